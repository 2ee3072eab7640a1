/** One engine from `start` to `stop`: creates its parts, and ends them in order. */
import { MAX_SEGMENT_BYTES, type VideoMetadata } from '../../core/index.js';
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
import { type Journal, leasedStore, openJournal, type UploadJournal } from '../journal/index.js';
import type { Settings } from '../options.js';
import { checkVideo, recordVideo } from '../queue/add-upload.js';
import { Admission } from '../queue/admission.js';
import { UploadQueue } from '../queue/upload-queue.js';
import { UploadRegistry } from '../queue/upload-registry.js';
import { clearStaging } from '../segments/staged-files.js';
import { clearCopies } from '../source/source-copies.js';
import type { AddOptions, EngineEvents, RuntimeSettings, UploadReport } from '../types.js';
import type { Upload } from '../upload.js';
import { eraseScope } from './erase-scope.js';

export class RunningEngine {
  readonly context: EngineContext;
  readonly queue: UploadQueue;
  readonly registry: UploadRegistry;
  private readonly settings: Settings;
  private readonly events: Emitter<EngineEvents>;
  private readonly lease: Lease;
  /** Calls of the app that are under way. */
  private readonly calls = new Set<Promise<unknown>>();
  /** Aborted at the end, so that `stop` does not wait for a long copy. */
  private readonly over = createAbortHandle();
  private readonly admission: Admission;
  private ended: Promise<void> | undefined;

  private constructor(settings: Settings, events: Emitter<EngineEvents>, lease: Lease, journal: Journal, counters: Counters) {
    this.settings = settings;
    this.events = events;
    this.lease = lease;
    const { clock, retry, limits, policy } = settings;
    const networkHealth = createNetworkHealth(clock, retry, () => this.registry.wake());
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
    this.registry = new UploadRegistry(this.context, events);
    this.admission = new Admission(this.context, pool, this.registry);
    this.queue = new UploadQueue(this.context, this.registry, this.admission);
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
    engine.registry.restore(journal.uploads);
    engine.admission.watch();
    return engine;
  }

  private async clearStaging(journal: Journal): Promise<void> {
    try {
      await clearStaging(this.context);
      await clearCopies(this.context, journal);
    } catch (error) {
      this.warn(wrapError(error, 'FILE_UNREADABLE', 'Removing staged files of an earlier run failed'));
    }
  }

  async add(filePath: string, metadata: VideoMetadata, options: AddOptions): Promise<Upload> {
    this.assertRunning();
    const video = checkVideo(this.context, filePath, metadata, options);
    const releaseName = this.registry.reserve(video.videoId);
    const abort = createAbortHandle(options.signal, this.over.signal);
    try {
      const journal = await recordVideo(this.context, video, abort.signal);
      // The caller gets an error, so the next start must not find the upload in the queue.
      if (this.ended !== undefined) await this.withdraw(journal);
      this.assertRunning();
      return this.registry.add(journal);
    } finally {
      abort.dispose();
      releaseName();
    }
  }

  private async withdraw(journal: UploadJournal): Promise<void> {
    await journal.remove();
    await this.registry.release({ ...journal.record, status: 'canceled' });
  }

  configure(change: RuntimeSettings): void {
    this.admission.configure(change);
  }

  report(): UploadReport {
    return { uploads: this.registry.counts(), ...this.context.counters, peakBufferBytes: this.context.pool.peakBytes() };
  }

  /** Ends all work and releases the lock. */
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
    const left = await eraseScope(this.context, this.queue, this.registry, remote);
    await this.stop();
    if (left !== undefined) this.warn(left);
  }

  private async end(reason: ReelwayError): Promise<void> {
    this.over.abort(reason);
    this.admission.stop();
    this.registry.fail(reason);
    await this.queue.stopAll(reason);
    await this.registry.cleaner.stop();
    await this.context.backgroundPuts.stop();
    await this.registry.recordsSettled();
    // mutation-point: await-calls
    await Promise.all([...this.calls].map((called) => called.catch(() => undefined)));
    await this.registry.historySettled();
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
    this.events.emit('warning', { error: this.localize(wrapError(error, 'INTERNAL', 'A background step failed')) });
  }
}

/** @throws {ReelwayError} where the lock cannot be checked: nothing may be written then, and nothing is lost */
function isHeld(lease: Lease): boolean {
  try {
    return lease.isHeld();
  } catch (error) {
    throw wrapError(error, 'STORAGE_UNAVAILABLE', 'Checking the lock of the queue failed');
  }
}

function lockLost(): ReelwayError {
  return new ReelwayError('QUEUE_LOCKED', { message: 'Another process has taken the lock of the queue; this engine has stopped' });
}
