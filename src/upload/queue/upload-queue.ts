/**
 * Which upload goes next. A slot that becomes free is given to the most urgent upload that has something to send, decided at
 * that moment, so that a high priority never waits for more than what is in flight.
 */
import PQueue from 'p-queue';
import type { VideoManifest, WaitingReason } from '../../core/index.js';
import type { ReelwayError } from '../../errors/index.js';
import { createAbortHandle } from '../../internal/index.js';
import { RequestLimiter, wrapError } from '../../transfer/index.js';
import type { EngineContext } from '../context.js';
import { UploadSuspended } from '../retry.js';
import { type RunHost, runUpload } from '../run/run-upload.js';
import type { SegmentScheduler } from '../run/segment-scheduler.js';
import { asSourceError } from '../source/source-file.js';
import type { Goal, Upload } from '../upload.js';
import type { Admission } from './admission.js';
import { compareUploads, RANK, type UploadRegistry } from './upload-registry.js';

/** Uploads that may hold a file open although they wait for the end of a backoff. */
const SPARE_RUNS = 4;
const STORAGE_WAIT_MS = 5_000;
const MAX_STORAGE_WAIT_MS = 300_000;
/** Reasons that end by themselves when the gate opens. */
const GATED: readonly (WaitingReason | undefined)[] = ['offline', 'metered', 'power'];

export class UploadQueue implements RunHost {
  private readonly context: EngineContext;
  private readonly registry: UploadRegistry;
  private readonly admission: Admission;
  private readonly limiter: RequestLimiter;
  /** Objects in flight. The limiter decides their number. */
  private readonly work = new PQueue();
  private readonly schedulers = new Set<SegmentScheduler>();
  /** Uploads with a run whose objects are all acknowledged. */
  private readonly finishingUploads = new Set<Upload>();
  private readonly stop = createAbortHandle();
  private isDispatchDue = false;
  private wasBusy = false;

  constructor(context: EngineContext, registry: UploadRegistry, admission: Admission) {
    this.context = context;
    this.registry = registry;
    this.admission = admission;
    // mutation-point: create-request-slots
    this.limiter = new RequestLimiter(context.settings.clock, admission.concurrency, 'fixed');
    registry.whenWoken(() => this.wake());
  }

  /** Looks for work in the next microtask; calls before it make one look. */
  wake(): void {
    if (this.isDispatchDue || this.stop.signal.aborted) return;
    this.isDispatchDue = true;
    void Promise.resolve().then(() => {
      this.isDispatchDue = false;
      if (!this.stop.signal.aborted) this.dispatch();
    });
  }

  open(scheduler: SegmentScheduler): void {
    this.finishingUploads.delete(scheduler.upload);
    this.schedulers.add(scheduler);
    this.wake();
  }

  close(scheduler: SegmentScheduler): void {
    this.schedulers.delete(scheduler);
    this.wake();
  }

  finishing(upload: Upload): void {
    this.finishingUploads.add(upload);
    this.wake();
  }

  restartUpload(upload: Upload): Promise<void> {
    return this.registry.restart(upload);
  }

  /** Ends an upload's run, if it has one; resolves when nothing of it is under way. */
  async halt(upload: Upload, reason: ReelwayError): Promise<void> {
    upload.cancelWake();
    upload.run?.abort.abort(reason);
    await upload.run?.done;
  }

  /** Ends all work; resolves when nothing is under way. */
  async stopAll(reason: ReelwayError): Promise<void> {
    this.stop.abort(reason);
    for (const upload of this.registry.all) upload.cancelWake();
    await Promise.all([...this.registry.all].map((upload) => upload.run?.done));
    await this.work.onIdle();
  }

  private dispatch(): void {
    // mutation-point: change-request-slots
    this.limiter.resize(this.admission.concurrency);
    if (this.admission.enabled) {
      const blockedReason = this.admission.blockedReason();
      if (blockedReason === undefined) this.openGate();
      else this.closeGate(blockedReason);
    }
    this.emitSettled();
  }

  private openGate(): void {
    for (const scheduler of this.schedulers) scheduler.release();
    for (const upload of this.registry.sorted()) {
      const isGated = upload.run === undefined && upload.status === 'waiting' && GATED.includes(upload.waitingFor);
      if (isGated && upload.goal !== undefined && this.mayProbe()) upload.move('resume');
    }
    this.startRuns();
    this.fillSlots();
  }

  private closeGate(reason: WaitingReason): void {
    for (const scheduler of this.schedulers) scheduler.hold(new UploadSuspended(reason));
    for (const upload of this.registry.sorted()) {
      if (upload.run !== undefined || upload.goal === undefined) continue;
      const isGated = upload.status === 'waiting' && GATED.includes(upload.waitingFor) && upload.waitingFor !== reason;
      if (upload.status === 'pending' || isGated) upload.move('wait', { reason });
    }
  }

  /** While the network is in doubt, one upload tries for all. */
  private mayProbe(): boolean {
    return (
      this.context.retry.networkHealth.state() === 'up' ||
      ![...this.registry.all].some((upload) => upload.run !== undefined || upload.isReady)
    );
  }

  private startRuns(): void {
    const isProbing = this.context.retry.networkHealth.state() !== 'up';
    for (const upload of this.registry.sorted()) {
      if (!upload.isReady || !this.hasRoomFor(upload) || this.hasTwinAtWork(upload)) continue;
      if (isProbing && this.runs().length > 0) return;
      this.start(upload, upload.goal as Goal);
    }
  }

  private hasRoomFor(upload: Upload): boolean {
    const runs = this.runs();
    // A publish step may take its time: it holds neither the file nor a buffer.
    const holding = runs.filter((other) => other.record.status !== 'publishing');
    if (holding.length >= this.admission.activeVideos + SPARE_RUNS) return false;
    // An upload in backoff does not keep others from running.
    const isRival = (other: Upload): boolean =>
      other.status !== 'waiting' && !this.finishingUploads.has(other) && RANK[other.priority] >= RANK[upload.priority];
    const rivals = runs.filter(isRival);
    return rivals.length < this.admission.activeVideos;
  }

  /** Two uploads of one name go one after the other: the second must see the first one's manifest. */
  private hasTwinAtWork(upload: Upload): boolean {
    return this.runs().some((other) => other.record.videoId === upload.record.videoId);
  }

  private runs(): Upload[] {
    return [...this.registry.all].filter((upload) => upload.run !== undefined);
  }

  private fillSlots(): void {
    const isProbing = this.context.retry.networkHealth.state() !== 'up';
    while (this.limiter.inUse < (isProbing ? 1 : this.limiter.limit)) {
      const job = this.takeBest();
      if (job === undefined) return;
      const slot = this.limiter.tryTake();
      // Never rejects: the scheduler handles its failures itself.
      void this.work
        .add(() => job.scheduler.work(job.index))
        .then(() => {
          slot?.abandon();
          this.wake();
        });
    }
  }

  private takeBest(): { readonly scheduler: SegmentScheduler; readonly index: number } | undefined {
    for (const scheduler of [...this.schedulers].sort((one, other) => compareUploads(one.upload, other.upload))) {
      const index = scheduler.take(this.limiter.limit);
      if (index !== undefined) return { scheduler, index };
    }
    return undefined;
  }

  private start(upload: Upload, goal: Goal): void {
    const abort = createAbortHandle(this.stop.signal);
    const work = async (): Promise<void> => {
      try {
        const manifest = await runUpload(this.context, this, upload, goal, abort.signal);
        await this.succeeded(upload, manifest);
      } catch (failure) {
        if (!abort.signal.aborted) await this.failed(upload, failure);
      }
    };
    const report = (problem: unknown): void =>
      this.context.warn(wrapError(problem, 'INTERNAL', 'Reporting the result of an upload failed'));
    const done = work()
      .catch(report)
      .finally(() => {
        abort.dispose();
        upload.run = undefined;
        this.finishingUploads.delete(upload);
        this.wake();
      });
    upload.run = { abort, done };
  }

  private async succeeded(upload: Upload, manifest: VideoManifest | undefined): Promise<void> {
    if (upload.record.byHand) upload.goal = undefined;
    if (manifest === undefined) {
      upload.settleSteps();
      return;
    }
    upload.settle(manifest);
    await this.registry.complete(upload);
  }

  private async failed(upload: Upload, failure: unknown): Promise<void> {
    if (failure instanceof UploadSuspended) {
      this.wait(upload, failure);
      return;
    }
    const error = asSourceError(wrapError(failure, 'INTERNAL', 'Unexpected upload error'));
    // The journal's disk is full or locked: nothing is lost, and it comes back.
    if (error.code === 'STORAGE_FULL' || error.code === 'STORAGE_UNAVAILABLE') {
      this.wait(upload, new UploadSuspended('storage', error));
      return;
    }
    if (upload.record.byHand) upload.goal = undefined;
    upload.move('fail', { error });
    await upload.journal
      .update(upload.noteError(error))
      .catch((problem: unknown) => this.context.warn(wrapError(problem, 'STORAGE_UNAVAILABLE', 'Writing the failure of an upload failed')));
    upload.fail(upload.error ?? error);
  }

  private wait(upload: Upload, suspended: UploadSuspended): void {
    const { reason, error } = suspended;
    upload.move('wait', { reason, ...(error === undefined ? {} : { error }) });
    if (reason !== 'storage') return;
    upload.storageWaits += 1;
    const delayMs = Math.min(STORAGE_WAIT_MS * 2 ** (upload.storageWaits - 1), MAX_STORAGE_WAIT_MS);
    upload.cancelWake = this.context.settings.clock.after(delayMs, () => {
      if (upload.status === 'waiting') upload.move('resume');
      this.wake();
    });
  }

  private emitSettled(): void {
    const isBusy = this.runs().length > 0;
    this.registry.settled(this.wasBusy && !isBusy);
    this.wasBusy = isBusy;
  }
}
