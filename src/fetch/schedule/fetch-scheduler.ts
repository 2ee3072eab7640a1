/**
 * Turns the videos in use into a state for the planner, and performs its actions: it starts a job while there is a free slot and
 * a free buffer. The order of segments is the planner's alone.
 */
import type { ReelwayError } from '../../errors/index.js';
import { abortableWait, abortReason } from '../../internal/index.js';
import type { AbortSignalLike } from '../../ports/index.js';
import { plan } from '../plan/planner.js';
import type { PlanAction, PlannedSegment, PlannedVideo, PlannerState, StartAction } from '../plan/planner-state.js';
import type { ActiveVideo, Waiter } from '../video/active-video.js';
import { type JobOutcome, type JobParts, type JobRequest, needsBuffer, SegmentJob } from './segment-job.js';

/** Fetches segments into the cache. */
export class FetchScheduler {
  private readonly parts: JobParts;
  private readonly videos = new Map<string, ActiveVideo>();
  /** In the order in which they began. */
  private readonly jobs = new Map<SegmentJob, Promise<void>>();
  private combining = 0;
  /** Plans that were performed so far. */
  private plans = 0;
  /** Unsubscribes from the conditions; set while the network is awaited. */
  private unwatch: (() => void) | undefined;

  constructor(parts: JobParts) {
    this.parts = parts;
    parts.limiter.onFree = (urgentOnly) => this.wake(urgentOnly);
    parts.buffers.onFree = () => this.wake();
  }

  /** Whether a video is played or loaded. */
  get isBusy(): boolean {
    return this.videos.size > 0;
  }

  /** Plans for this video, too. */
  add(video: ActiveVideo): void {
    this.videos.set(video.segments.videoId, video);
    this.wake();
  }

  /** Counts the files that are combined now, each of which needs a buffer of its own. */
  countCombining(change: 1 | -1): void {
    this.combining += change;
    this.wake();
  }

  /** Starts jobs that can start after a change. */
  wake(urgentOnly = false): void {
    for (;;) {
      const state = this.stateNow(urgentOnly, false);
      const actions = plan(state);
      // A full list that was performed to its end may leave more to start.
      if (!this.perform(actions) || actions.length < state.limit) return;
    }
  }

  /** Stops jobs that are not wanted any more, after a wish has gone, and starts others. */
  reconcile(): void {
    for (const [videoId, video] of [...this.videos]) {
      if (video.isIdle) this.videos.delete(videoId);
    }
    const actions = plan(this.stateNow(false, true));
    if (!actions.some(({ kind }) => kind === 'start')) this.endWatch();
    if (this.perform(actions)) this.wake();
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

  private stateNow(urgentOnly: boolean, stopsUnwanted: boolean): PlannerState {
    const limit = Math.max(1, this.parts.limiter.limit - this.jobs.size);
    const videos: PlannedVideo[] = [];
    for (const video of this.videos.values()) {
      if (video.isUrgent || !urgentOnly) videos.push(video.planned(limit, urgentOnly));
    }
    const jobs = [...this.jobs.keys()].map((job) => job.planned());
    return { videos, jobs, limit, urgentOnly, stopsUnwanted, bufferQuota: this.quota() };
  }

  /** Returns whether all actions were performed. */
  private perform(actions: readonly PlanAction[]): boolean {
    this.plans += 1;
    const current = this.plans;
    for (const action of actions) {
      // A listener of the app has changed the wishes, and these actions are out of date.
      if (current !== this.plans) return false;
      if (action.kind === 'stop') this.stopJob(action);
      else if (!this.tryStart(action)) return false;
    }
    return true;
  }

  private stopJob({ videoId, index }: PlannedSegment): void {
    for (const job of this.jobs.keys()) {
      if (job.index === index && job.video.segments.videoId === videoId) job.abort();
    }
  }

  /** Returns whether the job started. */
  private tryStart({ videoId, index, reason, insteadOf }: StartAction): boolean {
    if (this.isOffline()) {
      this.watch();
      return false;
    }
    const video = this.videos.get(videoId);
    if (video === undefined) return false;
    const slot = this.hasBuffer(video, index) ? this.parts.limiter.tryTake() : undefined;
    if (slot !== undefined) this.start({ video, index, reason, slot });
    else if (insteadOf !== undefined) this.stopJob(insteadOf);
    return slot !== undefined;
  }

  private start(request: JobRequest): void {
    const { video, index } = request;
    const job = new SegmentJob(this.parts, request);
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
    if (outcome.kind === 'cached') this.enterCached(video, index);
    // It does not fit into the cache, so it is not fetched ahead again; but a load has reserved room for it.
    if (outcome.kind === 'served' && video.loads.length === 0) video.giveUp(index, this.parts.cache.full(video.cached, 0));
    if (outcome.kind === 'failed') this.fail(video, index, outcome.error);
  }

  private enterCached(video: ActiveVideo, index: number): void {
    const { segmentEvents } = this.parts;
    segmentEvents.segment(video, index, 'cached');
    video.settle(index);
    segmentEvents.progress(video);
    video.advanceLoads();
    if (video.isComplete) for (const load of video.loads.splice(0)) load.resolve();
  }

  private fail(video: ActiveVideo, index: number, error: ReelwayError): void {
    const { segmentEvents, reader } = this.parts;
    segmentEvents.segment(video, index, 'failed');
    const hadReads = video.giveUp(index, error);
    if (!video.failLoads(error) && !hadReads) reader.warn(error);
    this.reconcile();
  }

  /** Buffers for jobs. Playing and combining keep one each, so that they go on while jobs wait for the network. */
  private quota(): number {
    const { buffers } = this.parts;
    const isPlaying = [...this.videos.values()].some((video) => video.sessions.length > 0);
    return Math.max(1, buffers.count - (isPlaying ? 1 : 0) - (this.combining > 0 ? 1 : 0));
  }

  private buffersInUse(): number {
    return [...this.jobs.keys()].filter((job) => job.usesBuffer && !job.isAborted).length;
  }

  private hasBuffer(video: ActiveVideo, index: number): boolean {
    if (!needsBuffer(video, index)) return true;
    return this.parts.buffers.isAvailable() && this.buffersInUse() < this.quota();
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
