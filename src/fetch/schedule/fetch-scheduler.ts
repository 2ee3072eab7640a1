/**
 * Carries out what the planner says: while there is a free slot and a free buffer, asks it for the next segment and starts a
 * job. Holds no opinion of its own on what comes first; but what is urgent does not wait behind what is not.
 */
import type { ReelwayError } from '../../errors/index.js';
import { abortableWait, abortReason } from '../../internal/index.js';
import type { AbortSignalLike } from '../../ports/index.js';
import type { Slot } from '../../transfer/index.js';
import { isWanted, type PlanAction, planNext } from '../plan/planner.js';
import type { ActiveVideo, Waiter } from '../video/active-video.js';
import { type JobOutcome, type JobParts, needsBuffer, SegmentJob } from './segment-job.js';

/** Fetches segments into the cache. */
export class FetchScheduler {
  private readonly parts: JobParts;
  private readonly videos = new Set<ActiveVideo>();
  /** In the order in which they began. */
  private readonly jobs = new Map<SegmentJob, Promise<void>>();
  private combining = 0;
  /** Ends watching for the network to come back. */
  private unwatch: (() => void) | undefined;

  constructor(parts: JobParts) {
    this.parts = parts;
    parts.limiter.onFree = (urgentOnly) => this.wake(urgentOnly);
    parts.buffers.onFree = () => this.wake();
  }

  /** Whether anything is played or loaded. */
  get isBusy(): boolean {
    return this.videos.size > 0;
  }

  /** The video's wishes count from now on. */
  add(video: ActiveVideo): void {
    this.videos.add(video);
    this.wake();
  }

  /** A file is being combined (1), or no longer (−1): it needs a buffer of its own. */
  countCombining(change: 1 | -1): void {
    this.combining += change;
    this.wake();
  }

  /** Something changed: starts what can start. */
  wake(urgentOnly = false): void {
    this.releaseBuffers();
    for (;;) {
      const action = planNext([...this.videos], urgentOnly);
      if (action === undefined || !this.tryStart(action)) return;
    }
  }

  /** Somebody wants less than before: stops what nobody wants any more. */
  reconcile(): void {
    for (const job of this.jobs.keys()) {
      if (!isWanted(job.video, job.index)) job.abort();
    }
    for (const video of [...this.videos]) {
      if (video.isIdle) this.videos.delete(video);
    }
    if (planNext([...this.videos]) === undefined) this.endWatch();
    this.wake();
  }

  /** Waits until a segment has been handed to `take`, or is in the cache. */
  wait(video: ActiveVideo, index: number, signal: AbortSignalLike, take?: (bytes: Uint8Array) => void): Promise<'taken' | 'cached'> {
    if (signal.aborted) return Promise.reject(abortReason(signal));
    // It may have come since its caller looked.
    if (video.cached.sizes.has(index)) return Promise.resolve('cached');
    const arrival = abortableWait<'taken' | 'cached'>(signal, (resolve, reject) => {
      const waiter: Waiter = { take, resolve, reject };
      video.addWaiter(index, waiter);
      return () => {
        if (!signal.aborted) return;
        video.removeWaiter(index, waiter);
        this.reconcile();
      };
    });
    this.add(video);
    return arrival;
  }

  /** Aborts everything and resolves when nothing is under way any more. */
  async stop(reason: ReelwayError): Promise<void> {
    this.videos.clear();
    this.endWatch();
    for (const job of this.jobs.keys()) job.abort(reason);
    await Promise.all(this.jobs.values());
  }

  private tryStart(action: PlanAction<ActiveVideo>): boolean {
    if (this.isOffline()) {
      this.watch();
      return false;
    }
    const slot = this.hasBuffer(action) ? this.parts.limiter.tryTake() : undefined;
    if (slot !== undefined) this.start(action, slot);
    else if (action.reason === 'waiting' || action.reason === 'opening') this.preempt();
    return slot !== undefined;
  }

  private start(action: PlanAction<ActiveVideo>, slot: Slot): void {
    const { video, index } = action;
    const job = new SegmentJob(this.parts, action, slot);
    video.busy.add(index);
    const ended = job.run().then((outcome) => {
      this.jobs.delete(job);
      video.busy.delete(index);
      this.finish(video, index, outcome);
      job.end();
      this.wake();
    });
    this.jobs.set(job, ended);
    this.parts.segmentEvents.segment(video, index, 'started');
  }

  private finish(video: ActiveVideo, index: number, outcome: JobOutcome): void {
    if (outcome.kind === 'cached') this.arrived(video, index);
    // Whoever needs it in the cache will not get it, and nobody is to fetch it ahead again; but a load has room of its own.
    if (outcome.kind === 'served' && video.loads.length === 0) video.giveUp(index, this.parts.cache.full(video.cached, 0));
    if (outcome.kind === 'failed') this.broke(video, index, outcome.error);
  }

  private arrived(video: ActiveVideo, index: number): void {
    const { segmentEvents } = this.parts;
    segmentEvents.segment(video, index, 'cached');
    video.settle(index);
    segmentEvents.progress(video);
    video.advanceLoads();
    if (video.isComplete) for (const load of video.loads.splice(0)) load.resolve();
  }

  private broke(video: ActiveVideo, index: number, error: ReelwayError): void {
    const { segmentEvents, reader } = this.parts;
    segmentEvents.segment(video, index, 'failed');
    const isHeard = video.giveUp(index, error);
    if (!video.failLoads(error) && !isHeard) reader.warn(error);
    this.reconcile();
  }

  /** Where something is played or combined, one buffer each stays free for that, whatever the network does. */
  private quota(): number {
    const { buffers } = this.parts;
    const isPlaying = [...this.videos].some((video) => video.sessions.length > 0);
    return Math.max(1, buffers.count - (isPlaying ? 1 : 0) - (this.combining > 0 ? 1 : 0));
  }

  private buffersInUse(): number {
    return [...this.jobs.keys()].filter((job) => job.usesBuffer && !job.isAborted).length;
  }

  private hasBuffer({ video, index }: PlanAction<ActiveVideo>): boolean {
    if (!needsBuffer(video, index)) return true;
    return this.parts.buffers.isAvailable() && this.buffersInUse() < this.quota();
  }

  private releaseBuffers(): void {
    for (let over = this.buffersInUse() - this.quota(); over > 0; over -= 1) this.preemptible()?.abort();
  }

  /** Makes way for something urgent; what was under way is planned again later. One at a time: its slot and buffer come free soon. */
  private preempt(): void {
    if (![...this.jobs.keys()].some((job) => job.isAborted)) this.preemptible()?.abort();
  }

  /** What is not urgent and loses least: a job that rests, else the latest. */
  private preemptible(): SegmentJob | undefined {
    const candidates = [...this.jobs.keys()].filter((job) => !job.isUrgent && !job.isAborted);
    return candidates.find((job) => job.isResting) ?? candidates.pop();
  }

  private isOffline(): boolean {
    return this.parts.reader.conditions?.current().online === false;
  }

  private watch(): void {
    this.unwatch ??= this.parts.reader.conditions?.subscribe(() => {
      if (this.isOffline()) return;
      this.endWatch();
      this.wake();
    });
  }

  private endWatch(): void {
    this.unwatch?.();
    this.unwatch = undefined;
  }
}
