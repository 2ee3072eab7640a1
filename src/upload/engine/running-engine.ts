/** One engine from `start` to `stop`: its parts put together, and what they tell each other. */
import { MAX_SEGMENT_BYTES, type UploadStatus, type VideoMetadata } from '../../core/index.js';
import { isReelwayError, ReelwayError, withMessages } from '../../errors/index.js';
import { createAbortHandle, createBufferPool, type Emitter } from '../../internal/index.js';
import type { AbortSignalLike, Lease } from '../../ports/index.js';
import {
  createBackgroundPuts,
  createCredentialRefresher,
  createNetworkHealth,
  createStoreClient,
  wrapError,
} from '../../transfer/index.js';
import type { Counters, EngineContext } from '../context.js';
import { type Journal, leasedStore, openJournal, type UploadJournal, type UploadRecord } from '../journal/index.js';
import type { Settings } from '../options.js';
import { checkVideo, recordAnew, recordVideo } from '../queue/add-upload.js';
import { type CanceledUploadCleaner, createCanceledUploadCleaner } from '../queue/canceled-uploads.js';
import { type CompletedUploadHistory, createCompletedUploadHistory } from '../queue/completed-uploads.js';
import { compareUploads, isResting, UploadQueue } from '../queue/upload-queue.js';
import { clearStaging } from '../segments/staged-files.js';
import { clearCopies, releaseCopy } from '../source/source-copies.js';
import type { AddOptions, EngineEvents, RuntimeSettings, UploadReport } from '../types.js';
import { Upload } from '../upload.js';
import { Admission } from './admission.js';
import { eraseScope } from './erase-scope.js';
import type { HandleHost } from './upload-handle.js';

/** A running engine. */
export class RunningEngine implements HandleHost {
  readonly context: EngineContext;
  readonly queue: UploadQueue;
  readonly cleaner: CanceledUploadCleaner;
  private readonly settings: Settings;
  private readonly events: Emitter<EngineEvents>;
  private readonly lease: Lease;
  private readonly byId = new Map<string, Upload>();
  /** Videos that are being added. */
  private readonly reserved = new Set<string>();
  private readonly idleWaiters = new Set<{ resolve(): void; reject(error: ReelwayError): void }>();
  /** Calls of the app that are under way. */
  private readonly calls = new Set<Promise<unknown>>();
  /** Aborted at the end: nobody waits for a long copy then. */
  private readonly over = createAbortHandle();
  private readonly admission: Admission;
  private readonly history: CompletedUploadHistory;
  private ended: Promise<void> | undefined;

  private constructor(settings: Settings, events: Emitter<EngineEvents>, lease: Lease, journal: Journal, counters: Counters) {
    this.settings = settings;
    this.events = events;
    this.lease = lease;
    const { clock, retry, limits, policy } = settings;
    const networkHealth = createNetworkHealth(clock, retry, () => this.queue.wake());
    const pool = createBufferPool(MAX_SEGMENT_BYTES, Math.floor(limits.memoryBytes / MAX_SEGMENT_BYTES));
    this.context = {
      journal,
      counters,
      settings,
      store: createStoreClient(settings.blobStore, { clock, stallMs: retry.stallMs }, networkHealth, (error) => this.warn(error)),
      backgroundPuts: createBackgroundPuts(settings.blobStore, { clock, stallMs: retry.stallMs }),
      pool,
      retry: {
        policy,
        clock,
        networkHealth,
        credentials: createCredentialRefresher(settings.refreshAuth, (error) =>
          this.warn(wrapError(error, 'AUTH_REQUIRED', 'Refreshing the credentials failed')),
        ),
        counters,
        exhaustedErrors: new WeakSet(),
        isOffline: () => settings.conditions?.current().online === false,
      },
      assertLockHeld: () => this.assertLockHeld(),
      warn: (error) => this.warn(error),
    };
    this.cleaner = createCanceledUploadCleaner(this.context);
    this.admission = new Admission(this.context, pool, () => this.queue);
    this.history = createCompletedUploadHistory(this.context, (upload) => this.forget(upload));
    this.queue = new UploadQueue(this.context, {
      blockedReason: () => this.admission.blockedReason(),
      restartUpload: (upload) => this.restartUpload(upload),
      completed: (upload) => this.afterCompletion(upload),
      onQueueSettled: (isNew) => this.onQueueSettled(isNew),
    });
  }

  /** Takes the lock and reads the journal. @throws {ReelwayError} QUEUE_LOCKED, STORAGE_UNAVAILABLE */
  static async open(
    settings: Settings,
    events: Emitter<EngineEvents>,
    lease: Lease,
    presets: readonly RuntimeSettings[],
  ): Promise<RunningEngine> {
    const counters: Counters = { bytesSent: 0, bytesResent: 0, journalBytes: 0, retries: 0 };
    let engine: RunningEngine | undefined;
    const store = leasedStore(settings.keyValueStore, {
      assertLockHeld: () => {
        if (engine !== undefined) engine.assertLockHeld();
        else if (!isHeld(lease)) throw lockLost();
      },
      onWrite: (characters) => {
        counters.journalBytes += characters;
      },
    });
    const journal = await openJournal(store, settings.scope, settings.clock);
    engine = new RunningEngine(settings, events, lease, journal, counters);
    for (const change of presets) engine.configure(change);
    for (const problem of journal.problems) engine.warn(problem);
    await engine.clearStaging(journal);
    engine.restoreUploads(journal.uploads);
    return engine;
  }

  private async clearStaging(journal: Journal): Promise<void> {
    try {
      await clearStaging(this.context);
      await clearCopies(this.context, journal);
    } catch (error) {
      this.warn(wrapError(error, 'FILE_UNREADABLE', 'What a former run has staged could not be removed'));
    }
  }

  /** Takes up what the last run left. */
  private restoreUploads(journals: readonly UploadJournal[]): void {
    const replaced = new Set(journals.map((journal) => journal.record.replaces));
    for (const journal of journals) {
      if (replaced.has(journal.record.id)) this.runInBackground(this.discardReplaced(journal));
      else this.register(this.createUpload(journal));
    }
    this.admission.watch();
    this.history.prune(this.queue.uploads);
    this.queue.wake();
  }

  private createUpload(journal: UploadJournal): Upload {
    const upload = new Upload(journal, this.settings.clock, this.settings.fileSystem, {
      onStatus: (one, state) => {
        this.events.emit('status', { ...state, uploadId: one.id });
        this.queue.wake();
      },
      onProgress: (progress) => this.events.emit('progress', progress),
      onRetry: (event) => this.events.emit('retry', event),
      onListenerError: (error) => this.warn(wrapError(error, 'INTERNAL', 'A listener failed')),
      localize: (error) => this.localize(error),
    });
    return upload;
  }

  private register(upload: Upload): void {
    this.byId.set(upload.id, upload);
    this.queue.add(upload);
    if (upload.status === 'canceled') void this.cleaner.scheduleCleanup(upload.journal, () => this.forget(upload));
    if (upload.status === 'completed') this.history.dropPages(upload);
  }

  forget(upload: Upload): void {
    for (const [id, known] of this.byId) if (known === upload) this.byId.delete(id);
    this.queue.uploads.delete(upload);
  }

  /** @throws {ReelwayError} UPLOAD_NOT_FOUND */
  find(uploadId: string): Upload {
    const upload = this.byId.get(uploadId);
    if (upload === undefined) throw new ReelwayError('UPLOAD_NOT_FOUND', { context: { uploadId } });
    return upload;
  }

  sorted(): Upload[] {
    return [...this.queue.uploads].sort(compareUploads);
  }

  async add(filePath: string, metadata: VideoMetadata, options: AddOptions): Promise<Upload> {
    this.assertRunning();
    const video = checkVideo(this.context, filePath, metadata, options);
    this.assertVideoIdFree(video.videoId);
    this.reserved.add(video.videoId);
    const abort = createAbortHandle(options.signal, this.over.signal);
    try {
      const journal = await recordVideo(this.context, video, abort.signal);
      // Whoever is told that it was not added must not find it in the queue at the next start.
      if (this.ended !== undefined) await this.withdraw(journal);
      this.assertRunning();
      const upload = this.createUpload(journal);
      this.register(upload);
      return upload;
    } finally {
      abort.dispose();
      this.reserved.delete(video.videoId);
    }
  }

  private async withdraw(journal: UploadJournal): Promise<void> {
    await journal.remove();
    await this.release({ ...journal.record, status: 'canceled' });
  }

  configure(change: RuntimeSettings): void {
    this.admission.configure(change);
  }

  report(): UploadReport {
    const uploads: { [Status in UploadStatus]: number } = {
      pending: 0,
      processing: 0,
      publishing: 0,
      completed: 0,
      failed: 0,
      canceled: 0,
      paused: 0,
      waiting: 0,
    };
    for (const upload of this.queue.uploads) uploads[upload.status] += 1;
    return { uploads, ...this.context.counters, peakBufferBytes: this.context.pool.peakBytes() };
  }

  idle(): Promise<void> {
    if ([...this.queue.uploads].every(isResting)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.idleWaiters.add({ resolve, reject });
    });
  }

  /** Ends all work and lets go of the lock. */
  stop(reason: ReelwayError = new ReelwayError('ENGINE_STOPPED')): Promise<void> {
    this.ended ??= this.end(reason);
    return this.ended;
  }

  assertRunning(): void {
    if (this.ended !== undefined) throw new ReelwayError('ENGINE_STOPPED');
  }

  async call<T>(run: (ended: AbortSignalLike) => Promise<T>): Promise<T> {
    const called = run(this.over.signal);
    this.calls.add(called);
    try {
      return await called;
    } catch (error) {
      throw isReelwayError(error) ? this.localize(error) : error;
    } finally {
      this.calls.delete(called);
    }
  }

  localize(error: ReelwayError): ReelwayError {
    return withMessages(error, this.settings.messages);
  }

  /** Forgets everything of this scope; what it has left in the store goes too, if `remote`. */
  async erase(remote: boolean): Promise<void> {
    this.assertRunning();
    const left = await eraseScope(this.context, this.queue, this.cleaner, remote);
    await this.stop();
    if (left !== undefined) this.warn(left);
  }

  private async end(reason: ReelwayError): Promise<void> {
    this.over.abort(reason);
    this.admission.stop();
    for (const upload of this.queue.uploads) upload.fail(this.localize(reason));
    for (const waiter of this.idleWaiters) waiter.reject(this.localize(reason));
    this.idleWaiters.clear();
    await this.queue.stopAll(reason);
    await this.cleaner.stop();
    await this.context.backgroundPuts.stop();
    await Promise.all([...this.queue.uploads].map((upload) => upload.journal.settled()));
    // mutation-point: await-calls
    await Promise.all([...this.calls].map((called) => called.catch(() => undefined)));
    await this.history.settled();
    // mutation-point: end-clock
    this.settings.clock.end();
    await this.lease.release();
  }

  private assertLockHeld(): void {
    // mutation-point: check-lease
    if (isHeld(this.lease)) return;
    const error = lockLost();
    if (this.ended === undefined) {
      this.warn(error);
      void this.stop(error);
    }
    throw error;
  }

  private warn(error: ReelwayError): void {
    this.events.emit('warning', { error: this.localize(wrapError(error, 'INTERNAL', 'Something failed on the side')) });
  }

  private assertVideoIdFree(videoId: string): void {
    const isLive = (upload: Upload): boolean =>
      upload.record.videoId === videoId && !['failed', 'canceled', 'completed'].includes(upload.status);
    if (this.reserved.has(videoId) || [...this.queue.uploads].some(isLive)) {
      throw new ReelwayError('VIDEO_EXISTS', { message: 'A video of that name is in the queue already', context: { videoId } });
    }
  }

  private async restartUpload(upload: Upload): Promise<void> {
    const former = upload.journal;
    const journal = await recordAnew(this.context, former.record);
    upload.replace(journal);
    this.byId.set(journal.record.id, upload);
    await this.discardReplaced(former);
  }

  /** What was begun under another packaging goes the way of canceled uploads, unseen. */
  private async discardReplaced(journal: UploadJournal): Promise<void> {
    if (journal.record.status !== 'canceled') {
      await journal.update((record) => ({ ...record, status: 'canceled', sweepMs: this.cleaner.dueMs() }));
    }
    this.runInBackground(this.cleaner.scheduleCleanup(journal, () => undefined));
  }

  private runInBackground(work: Promise<void>): void {
    void work.catch((error: unknown) => this.warn(wrapError(error, 'STORAGE_UNAVAILABLE', 'A record could not be written')));
  }

  release(record: UploadRecord): Promise<void> {
    return releaseCopy(this.context, record);
  }

  private async afterCompletion(upload: Upload): Promise<void> {
    await this.release(upload.record);
    this.history.dropPages(upload);
    this.history.prune(this.queue.uploads);
  }

  private onQueueSettled(isNew: boolean): void {
    if (!isNew && this.idleWaiters.size === 0) return;
    const pending = [...this.queue.uploads].filter((upload) => !isResting(upload)).length;
    if (isNew) this.events.emit('idle', { pending });
    if (pending > 0) return;
    for (const waiter of this.idleWaiters) waiter.resolve();
    this.idleWaiters.clear();
  }
}

/** @throws {ReelwayError} where the lock cannot be checked: nothing may be written then, and nothing is lost */
function isHeld(lease: Lease): boolean {
  try {
    return lease.isHeld();
  } catch (error) {
    throw wrapError(error, 'STORAGE_UNAVAILABLE', 'The lock of the queue cannot be checked');
  }
}

function lockLost(): ReelwayError {
  return new ReelwayError('QUEUE_LOCKED', { message: 'The lock of the queue was lost to another process; this engine has stopped' });
}
