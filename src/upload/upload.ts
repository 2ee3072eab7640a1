/** One upload while the app runs: its status, its listeners and its waiters. It moves only by the table in core. */
import {
  manifestKey,
  type Priority,
  transition,
  type UploadQueueItem,
  type UploadSignal,
  type UploadStatus,
  type VideoManifest,
  type WaitingReason,
} from '../core/index.js';
import { ReelwayError } from '../errors/index.js';
import { type AbortHandle, abortable, createEmitter, type Emitter, joinPath } from '../internal/index.js';
import type { Clock, FileSystem } from '../ports/index.js';
import { acknowledgedBytes, restoreError, storeError, type UploadJournal, type UploadRecord } from './journal/index.js';
import { ProgressMeter } from './progress.js';
import type { UploadEvents, UploadProgress, UploadState, WaitOptions } from './types.js';

/** The part of an upload that is wanted now. */
export interface Goal {
  /** Objects to send; `undefined`: all. */
  readonly indices: ReadonlySet<number> | undefined;
  /** Whether manifest and publish follow. */
  readonly finish: boolean;
}

/** A promise that is settled at an upload's end, or at the end of a step. */
export interface Waiter<T> {
  resolve(value: T): void;
  reject(error: ReelwayError): void;
}

/** What an app sees of an upload at one moment. */
export interface UploadSnapshot {
  readonly state: UploadState;
  readonly item: UploadQueueItem;
  readonly progress: UploadProgress;
}

/** How an upload reports its changes. */
export interface UploadListener {
  onStatus(upload: Upload, state: UploadState): void;
  onProgress(progress: UploadProgress): void;
  onRetry(event: UploadEvents['retry']): void;
  onListenerError(error: unknown): void;
  /** The error in the app's own words. */
  localize(error: ReelwayError): ReelwayError;
}

export class Upload {
  readonly events: Emitter<UploadEvents>;
  readonly meter: ProgressMeter;
  /** Objects that were handed to the store before, as far as is known. */
  readonly sent = new Set<number>();
  /** Objects that progress has counted and that have to be sent again. */
  readonly resentIndices = new Set<number>();
  /** Objects in a row that were looked for in the store and not found. */
  consecutiveMisses = 0;
  journal: UploadJournal;
  /** The run that is under way. */
  run: { readonly abort: AbortHandle; readonly done: Promise<void> } | undefined;
  goal: Goal | undefined;
  /** Resolves when the record of a cancellation is durable. */
  cancellation: Promise<void> | undefined;
  waitingFor: WaitingReason | undefined;
  error: ReelwayError | undefined;
  /** The last durable step is under way: too late for a pause or a cancel. */
  isCommitting = false;
  /** Waits in a row for the device's storage. */
  storageWaits = 0;
  cancelWake: () => void = () => undefined;
  /** Settled at the end, and at the end of the steps by hand. */
  private readonly waiters = new Set<Waiter<VideoManifest>>();
  private readonly stepWaiters = new Set<Waiter<void>>();
  private readonly fileSystem: FileSystem;
  private readonly listener: UploadListener;
  private current: UploadStatus;
  private currentState: UploadState;
  private latest: { readonly record: UploadRecord; readonly snapshot: UploadSnapshot } | undefined;

  constructor(journal: UploadJournal, clock: Clock, fileSystem: FileSystem, listener: UploadListener) {
    this.journal = journal;
    this.fileSystem = fileSystem;
    this.listener = listener;
    this.current = journal.record.status === 'publishing' ? 'pending' : journal.record.status;
    this.events = createEmitter<UploadEvents>((error) => listener.onListenerError(error));
    this.meter = new ProgressMeter(clock, totalsOf(journal.record));
    const { error, byHand, id, videoId } = journal.record;
    if (error !== undefined) this.error = listener.localize(restoreError(error, { videoId, uploadId: id }));
    if (!byHand) this.goal = { indices: undefined, finish: true };
    const { acks } = journal;
    const { plan } = journal.record;
    if (this.current === 'completed') this.meter.finish();
    else this.meter.restore(acknowledgedBytes(plan, acks.acknowledgedCount, acks.has(plan.count - 1)), acks.acknowledgedCount);
    this.currentState = this.describeState();
  }

  get record(): UploadRecord {
    return this.journal.record;
  }

  get id(): string {
    return this.journal.record.id;
  }

  get status(): UploadStatus {
    return this.current;
  }

  get priority(): Priority {
    return this.journal.record.priority;
  }

  /** Writes the acknowledgements that an earlier run could not write, and counts their objects. */
  async flushAcknowledgements(): Promise<void> {
    const { plan } = this.record;
    for (const index of await this.journal.flush()) {
      if (!this.resentIndices.has(index)) this.meter.count(acknowledgedBytes(plan, 1, index === plan.count - 1));
    }
  }

  /** Whether nothing happens to it without a command of the app. */
  get isResting(): boolean {
    return this.run === undefined && (this.goal === undefined || ['completed', 'failed', 'canceled', 'paused'].includes(this.current));
  }

  /** Whether a run may begin. */
  get isReady(): boolean {
    return this.run === undefined && this.goal !== undefined && (this.current === 'pending' || this.current === 'processing');
  }

  /** What an app sees of it now: the same object until something changes. */
  get snapshot(): UploadSnapshot {
    const { record, currentState: state } = this;
    const progress = this.meter.now();
    const { latest } = this;
    if (latest?.record === record && latest.snapshot.state === state && latest.snapshot.progress === progress) return latest.snapshot;
    const snapshot = { state, progress, item: this.describeItem(progress) };
    this.latest = { record, snapshot };
    return snapshot;
  }

  /** The record becomes another attempt's, under another id. */
  replace(journal: UploadJournal): void {
    this.journal = journal;
    this.sent.clear();
    this.resentIndices.clear();
    this.meter.restart(totalsOf(journal.record));
  }

  /** One step of the table. @throws {ReelwayError} INVALID_STATE */
  move(signal: UploadSignal, detail: { readonly reason?: WaitingReason; readonly error?: ReelwayError } = {}): void {
    this.current = transition(this.current, signal);
    this.waitingFor = detail.reason;
    this.error = detail.error && this.listener.localize(detail.error);
    this.cancelWake();
    const state = this.describeState();
    this.currentState = state;
    this.events.emit('status', state);
    this.listener.onStatus(this, state);
  }

  /** Moves from `pending` or `waiting` to `processing`. */
  startWork(): void {
    if (this.current === 'waiting') this.move('resume');
    if (this.current === 'pending') this.move('start');
  }

  /** Reports an attempt that failed and is repeated. */
  emitRetry(error: ReelwayError, delayMs: number, segmentIndex?: number): void {
    this.journal.note((record) => ({ ...record, retryCount: record.retryCount + 1 }));
    const event = {
      uploadId: this.id,
      error: this.listener.localize(error),
      delayMs,
      ...(segmentIndex === undefined ? {} : { segmentIndex }),
    };
    this.events.emit('retry', event);
    this.listener.onRetry(event);
  }

  /** Reports progress, unless the last report was just now. */
  emitProgress(): void {
    if (!this.meter.isDue()) return;
    const { progress } = this.snapshot;
    this.events.emit('progress', progress);
    this.listener.onProgress(progress);
  }

  /** A change that marks the record as failed. */
  noteError(error: ReelwayError): (record: UploadRecord) => UploadRecord {
    return (record) => ({ ...record, status: 'failed', error: storeError(error) });
  }

  private describeState(): UploadState {
    const status = this.current;
    if (status === 'waiting') {
      return { status, reason: this.waitingFor ?? 'backoff', ...(this.error === undefined ? {} : { error: this.error }) };
    }
    if (status === 'completed') return { status, manifestKey: manifestKey(this.record.videoId) };
    if (status === 'failed') return { status, error: this.error ?? new ReelwayError('INTERNAL') };
    return { status };
  }

  private describeItem(progress: UploadProgress): UploadQueueItem {
    const { id, metadata, priority, retryCount, videoId, source, createdMs } = this.record;
    return {
      id,
      filePath: this.filePath(),
      metadata,
      priority,
      retryCount,
      status: this.current,
      videoId,
      sizeBytes: source.sizeBytes,
      createdMs,
      ...(this.current === 'waiting' ? { waitingFor: this.waitingFor ?? 'backoff' } : {}),
      acknowledgedBytes: Math.min(progress.acknowledgedBytes, source.sizeBytes),
    };
  }

  /** The manifest, once it is durable and published; the signal ends only the waiting. */
  whenCompleted(options?: WaitOptions): Promise<VideoManifest> {
    return waitIn(this.waiters, options);
  }

  /** Resolves when the steps by hand that are under way have ended. */
  whenStepsDone(options?: WaitOptions): Promise<void> {
    return waitIn(this.stepWaiters, options);
  }

  /** The store lacks an object that was acknowledged: it has to be sent again. */
  resend(index: number): void {
    this.journal.acks.drop(index);
    this.sent.add(index);
    this.resentIndices.add(index);
  }

  /** Makes the last durable change; meanwhile it is too late for a pause or a cancel. */
  async commit(change: (record: UploadRecord) => UploadRecord): Promise<void> {
    this.isCommitting = true;
    try {
      await this.journal.update(change);
    } finally {
      this.isCommitting = false;
    }
  }

  /** Resolves all waiters with the manifest. */
  settle(manifest: VideoManifest): void {
    const waiters = [...this.waiters];
    this.waiters.clear();
    this.settleSteps();
    for (const waiter of waiters) waiter.resolve(manifest);
  }

  /** Resolves the waiters of a step by hand. */
  settleSteps(): void {
    const waiters = [...this.stepWaiters];
    this.stepWaiters.clear();
    for (const waiter of waiters) waiter.resolve();
  }

  /** Rejects all waiters. */
  fail(error: ReelwayError): void {
    const waiters = [...this.waiters, ...this.stepWaiters];
    this.waiters.clear();
    this.stepWaiters.clear();
    for (const waiter of waiters) waiter.reject(error);
  }

  private filePath(): string {
    const { path } = this.record.source;
    try {
      return joinPath(this.fileSystem, path);
    } catch {
      // Its root is missing in this launch; the rest of the path still says which file it was.
      return path.path;
    }
  }
}

/** Adds a waiter until it is settled; the signal ends only the waiting. */
function waitIn<T>(waiters: Set<Waiter<T>>, { signal }: WaitOptions = {}): Promise<T> {
  let waiter: Waiter<T> | undefined;
  const waiting = new Promise<T>((resolve, reject) => {
    waiter = { resolve, reject };
    waiters.add(waiter);
  });
  return abortable(waiting, signal).finally(() => {
    if (waiter !== undefined) waiters.delete(waiter);
  });
}

function totalsOf(record: UploadRecord): { readonly uploadId: string; readonly totalBytes: number; readonly totalSegments: number } {
  return { uploadId: record.id, totalBytes: record.plan.totalBytes, totalSegments: record.plan.count };
}
