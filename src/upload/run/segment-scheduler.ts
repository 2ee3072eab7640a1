/**
 * The objects of one upload that still have to go, handed out one at a time as slots become free. A failed object waits
 * for its turn without holding a slot, and no more objects are begun than may be in flight at once.
 */
import { createRetryTracker, type RetryTracker } from '../../core/index.js';
import type { ReelwayError } from '../../errors/index.js';
import { createAbortHandle } from '../../internal/index.js';
import type { AbortSignalLike, AnnouncedPut } from '../../ports/index.js';
import { withContext, wrapError } from '../../transfer/index.js';
import type { EngineContext } from '../context.js';
import { decideRetry, type RetryDecision, UploadSuspended } from '../retry.js';
import type { PreparedUpload } from '../segments/prepared-upload.js';
import type { SegmentTarget } from '../segments/segment-target.js';
import { sendSegment } from '../segments/send-segment.js';
import type { Upload } from '../upload.js';

/** Reasons to wait for which requests under way are given up, because nothing comes of them. */
const HOPELESS: readonly string[] = ['offline'];

/** Maximum number of puts passed to `BlobStore.announce`. */
const MOST_ANNOUNCED = 40;
/** Where few objects of a long video are wanted, the rest is not searched for them at every turn. */
const MOST_LOOKED_AT = 400;

export class SegmentScheduler {
  /** Resolves when every wanted object is acknowledged; rejects when nothing is in flight any more after a failure. */
  readonly done: Promise<void>;
  private readonly context: EngineContext;
  private readonly target: SegmentTarget;
  private readonly prepared: PreparedUpload;
  private readonly wanted: ReadonlySet<number> | undefined;
  private readonly abort;
  private readonly onReady: () => void;
  private readonly again: number[] = [];
  private readonly delayed = new Map<number, () => void>();
  private readonly inFlight = new Set<number>();
  private readonly trackers = new Map<number, RetryTracker>();
  private cursor = 0;
  private parallel = 1;
  private held: UploadSuspended | undefined;
  private ending: Error | undefined;
  private settle: { resolve(): void; reject(error: unknown): void } = { resolve: () => undefined, reject: () => undefined };

  /** @param onReady called when an object may be taken that could not be taken before */
  constructor(
    context: EngineContext,
    target: SegmentTarget,
    prepared: PreparedUpload,
    wanted: ReadonlySet<number> | undefined,
    signal: AbortSignalLike,
    onReady: () => void,
  ) {
    this.context = context;
    this.target = target;
    this.prepared = prepared;
    this.wanted = wanted;
    this.onReady = onReady;
    this.abort = createAbortHandle(signal);
    this.done = new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
    });
    this.abort.signal.addEventListener('abort', () => this.conclude());
    this.conclude();
  }

  get upload(): Upload {
    return this.prepared.upload;
  }

  /** The next object to send, if there is one and fewer than `parallel` are under way or in backoff. */
  take(parallel: number): number | undefined {
    this.parallel = parallel;
    while (this.held === undefined && !this.isEnding() && this.inFlight.size + this.delayed.size < parallel) {
      const index = this.again.shift() ?? this.advance();
      if (index === undefined) return undefined;
      const askedMs = this.context.store.leftMs(this.prepared.keyOf(index));
      if (askedMs <= 0) {
        this.inFlight.add(index);
        this.announceFrom(index);
        return index;
      }
      // An earlier run has ended before the store wanted to be asked again.
      this.putOff(index, askedMs);
    }
    return undefined;
  }

  /** One attempt for an object that was taken; never rejects. */
  async work(index: number): Promise<void> {
    const epoch = this.context.retry.credentials.epoch();
    try {
      await sendSegment(this.context, this.target, this.prepared, index, this.abort.signal);
      this.succeeded(index);
    } catch (error) {
      if (!this.isEnding()) await this.failed(index, wrapError(error, 'INTERNAL', 'Sending a segment failed'), epoch);
    }
    this.inFlight.delete(index);
    this.conclude();
  }

  /** Begins nothing new; what is in flight ends, then the scheduler does. */
  hold(reason: UploadSuspended): void {
    this.held = reason;
    if (HOPELESS.includes(reason.reason)) this.end(reason);
    else this.conclude();
  }

  /** Goes on, if it has not ended meanwhile. */
  release(): void {
    this.held = undefined;
  }

  private isEnding(): boolean {
    return this.ending !== undefined || this.abort.signal.aborted;
  }

  private advance(): number | undefined {
    const index = this.peek();
    if (index !== undefined) this.cursor = index + 1;
    return index;
  }

  /** The next object that was not begun. */
  private peek(): number | undefined {
    const { acks } = this.upload.journal;
    for (; this.cursor < acks.count; this.cursor += 1) if (this.isWanted(this.cursor)) return this.cursor;
    return undefined;
  }

  private isWanted(index: number): boolean {
    return !this.upload.journal.acks.has(index) && (this.wanted === undefined || this.wanted.has(index));
  }

  private announceFrom(index: number): void {
    try {
      this.context.store.announce(() => this.coming(index));
    } catch (error) {
      this.context.warn(wrapError(error, 'INTERNAL', 'Announcing the next segments to the store failed'));
    }
  }

  /** This object, and those that will probably follow it. */
  private coming(index: number): readonly AnnouncedPut[] {
    const end = Math.min(this.upload.journal.acks.count, this.cursor + MOST_LOOKED_AT);
    const indices = [index];
    for (let next = this.cursor; next < end && indices.length < MOST_ANNOUNCED; next += 1) if (this.isWanted(next)) indices.push(next);
    return indices.map((each) => {
      const { contentType, sizeBytes } = this.prepared.pack.describe(each);
      return { key: this.prepared.keyOf(each), contentType, sizeBytes };
    });
  }

  private succeeded(index: number): void {
    const { upload } = this;
    const { sizeBytes } = this.prepared.pack.describe(index);
    this.trackers.delete(index);
    upload.storageWaits = 0;
    upload.meter.add(sizeBytes, upload.resentIndices.has(index));
    upload.events.emit('segment', { uploadId: upload.id, index, sizeBytes });
    upload.emitProgress();
  }

  private async failed(index: number, failure: ReelwayError, epoch: number): Promise<void> {
    const { id, videoId } = this.upload.record;
    const error = withContext(failure, { uploadId: id, videoId, segmentIndex: index });
    const decision = await this.judge(index, error, epoch);
    if (decision === undefined || this.isEnding()) return;
    if (decision.action === 'fail') this.end(error);
    else if (decision.action === 'wait') this.end(new UploadSuspended(decision.reason, error));
    else {
      this.context.retry.counters.retries += 1;
      this.upload.emitRetry(error, decision.delayMs, index);
      this.delay(index, decision.delayMs, error);
    }
  }

  private async judge(index: number, error: ReelwayError, epoch: number): Promise<RetryDecision | undefined> {
    try {
      return await decideRetry(this.context.retry, this.trackerOf(index), error, epoch, this.abort.signal);
    } catch {
      // The scheduler ended while credentials were refreshed; its end has a reason of its own.
      return undefined;
    }
  }

  private trackerOf(index: number): RetryTracker {
    const { policy, clock } = this.context.retry;
    const tracker = this.trackers.get(index) ?? createRetryTracker(policy, () => clock.random());
    this.trackers.set(index, tracker);
    return tracker;
  }

  private putOff(index: number, delayMs: number): void {
    const { clock } = this.context.retry;
    const ready = (): void => {
      this.delayed.delete(index);
      this.again.push(index);
      this.upload.startWork();
      this.onReady();
    };
    this.delayed.set(index, clock.after(delayMs, ready));
  }

  private delay(index: number, delayMs: number, error: ReelwayError): void {
    if (delayMs === 0) {
      this.again.push(index);
      return;
    }
    this.putOff(index, delayMs);
    // This one is still counted as in flight: only when it is alone, and nothing else may begin, does the upload as a whole wait.
    const isFull = this.delayed.size >= this.parallel || this.peek() === undefined;
    if (this.inFlight.size === 1 && this.again.length === 0 && isFull) this.upload.move('wait', { reason: 'backoff', error });
  }

  /** Ends the scheduler with this outcome, once nothing is in flight. */
  private end(outcome: Error): void {
    if (this.ending !== undefined) return;
    this.ending = outcome;
    if (!(outcome instanceof UploadSuspended) || HOPELESS.includes(outcome.reason)) this.abort.abort(outcome);
    this.conclude();
  }

  private conclude(): void {
    if (this.isEnding() || this.held !== undefined) for (const index of [...this.delayed.keys()]) this.wake(index);
    if (this.inFlight.size > 0) return;
    if (this.ending !== undefined || this.abort.signal.aborted) this.finish(this.ending ?? this.abort.signal.reason);
    else if (this.again.length + this.delayed.size === 0 && this.peek() === undefined) this.finish(undefined);
    else if (this.held !== undefined) this.finish(this.held);
  }

  /** Ends a backoff early; the next scheduler sends the object. */
  private wake(index: number): void {
    this.delayed.get(index)?.();
    this.delayed.delete(index);
    this.again.push(index);
  }

  private finish(outcome: unknown): void {
    this.abort.dispose();
    if (outcome === undefined) this.settle.resolve();
    else this.settle.reject(outcome);
  }
}
