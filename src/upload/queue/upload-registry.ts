/**
 * All uploads of one running engine: by id, in their order, with the names that are being added. Parts that know each other through
 * their uploads meet here: a change wakes the queue, and the last upload that comes to rest ends the waits for idle.
 */
import type { Priority, UploadQueueItem, UploadStatus } from '../../core/index.js';
import { ReelwayError, withMessages } from '../../errors/index.js';
import type { Emitter } from '../../internal/index.js';
import { wrapError } from '../../transfer/index.js';
import type { EngineContext } from '../context.js';
import type { UploadJournal, UploadRecord } from '../journal/index.js';
import { releaseCopy } from '../source/source-copies.js';
import type { EngineEvents, UploadEvents, UploadProgress, UploadReport, UploadState } from '../types.js';
import { Upload, type UploadListener, type Waiter } from '../upload.js';
import { recordAnew } from './add-upload.js';
import { type CanceledUploadCleaner, createCanceledUploadCleaner } from './canceled-uploads.js';
import { type CompletedUploadHistory, createCompletedUploadHistory } from './completed-uploads.js';

/** Priorities, the most urgent last. */
export const RANK: { readonly [Name in Priority]: number } = { high: 2, normal: 1, low: 0 };

/** By priority, then by age, then by id. */
export function compareUploads(one: Upload, other: Upload): number {
  const first = one.record;
  const second = other.record;
  return RANK[second.priority] - RANK[first.priority] || first.createdMs - second.createdMs || (first.id < second.id ? -1 : 1);
}

/** The uploads of one running engine. */
export class UploadRegistry implements UploadListener {
  readonly cleaner: CanceledUploadCleaner;
  private readonly context: EngineContext;
  private readonly events: Emitter<EngineEvents>;
  private readonly history: CompletedUploadHistory;
  private readonly uploads = new Set<Upload>();
  /** An upload that was restarted has an entry for each of its ids. */
  private readonly byId = new Map<string, Upload>();
  /** Videos that are being added. */
  private readonly reserved = new Set<string>();
  private readonly idleWaiters = new Set<Waiter<void>>();
  private listed: readonly UploadQueueItem[] = [];
  private onWake: () => void = () => undefined;

  constructor(context: EngineContext, events: Emitter<EngineEvents>) {
    this.context = context;
    this.events = events;
    this.cleaner = createCanceledUploadCleaner(context);
    this.history = createCompletedUploadHistory(context, (upload) => this.forget(upload));
  }

  /** Every upload, in no order. */
  get all(): ReadonlySet<Upload> {
    return this.uploads;
  }

  sorted(): Upload[] {
    return [...this.uploads].sort(compareUploads);
  }

  /** The items in their order: the same array until one of them changes. */
  items(): readonly UploadQueueItem[] {
    const items = this.sorted().map((upload) => upload.snapshot.item);
    const isSame = items.length === this.listed.length && items.every((item, index) => item === this.listed[index]);
    if (!isSame) this.listed = items;
    return this.listed;
  }

  /** @throws {ReelwayError} UPLOAD_NOT_FOUND */
  find(uploadId: string): Upload {
    const upload = this.byId.get(uploadId);
    if (upload === undefined) throw new ReelwayError('UPLOAD_NOT_FOUND', { context: { uploadId } });
    return upload;
  }

  /** How many uploads have each status. */
  counts(): UploadReport['uploads'] {
    const counts: { [Status in UploadStatus]: number } = {
      pending: 0,
      processing: 0,
      publishing: 0,
      completed: 0,
      failed: 0,
      canceled: 0,
      paused: 0,
      waiting: 0,
    };
    for (const upload of this.uploads) counts[upload.status] += 1;
    return counts;
  }

  /** Keeps a name for a video that is being added; returns what releases it. @throws {ReelwayError} VIDEO_EXISTS */
  reserve(videoId: string): () => void {
    const isLive = (upload: Upload): boolean =>
      upload.record.videoId === videoId && !['failed', 'canceled', 'completed'].includes(upload.status);
    if (this.reserved.has(videoId) || [...this.uploads].some(isLive)) {
      throw new ReelwayError('VIDEO_EXISTS', { message: 'The queue already has a video with this videoId', context: { videoId } });
    }
    this.reserved.add(videoId);
    return () => this.reserved.delete(videoId);
  }

  /** Takes in what the last run left. */
  restore(journals: readonly UploadJournal[]): void {
    const replaced = new Set(journals.map((journal) => journal.record.replaces));
    for (const journal of journals) {
      if (replaced.has(journal.record.id)) this.runInBackground(this.discardReplaced(journal));
      else this.add(journal);
    }
    this.history.prune(this.uploads);
  }

  /** Takes in one upload. */
  add(journal: UploadJournal): Upload {
    const upload = new Upload(journal, this.context.settings.clock, this.context.settings.fileSystem, this);
    this.byId.set(upload.id, upload);
    this.uploads.add(upload);
    this.wake();
    if (upload.status === 'canceled') void this.cleanUp(upload);
    if (upload.status === 'completed') this.history.dropPages(upload);
    return upload;
  }

  /** Removes what a canceled upload has left in the store, and forgets it. Resolves after the first sweep. */
  cleanUp(upload: Upload): Promise<void> {
    return this.cleaner.scheduleCleanup(upload.journal, () => this.forget(upload));
  }

  /** The packaging has changed: the upload goes on under a new id, and its old objects are removed. */
  async restart(upload: Upload): Promise<void> {
    const former = upload.journal;
    const journal = await recordAnew(this.context, former.record);
    upload.replace(journal);
    this.byId.set(journal.record.id, upload);
    await this.discardReplaced(former);
  }

  /** An upload is completed: what only its work needed goes. */
  async complete(upload: Upload): Promise<void> {
    await this.release(upload.record);
    this.history.dropPages(upload);
    this.history.prune(this.uploads);
  }

  /** Removes the copy of an upload's source, if it is not read any more. */
  release(record: UploadRecord): Promise<void> {
    return releaseCopy(this.context, record);
  }

  /** Sets what looks for work when something has changed. */
  whenWoken(look: () => void): void {
    this.onWake = look;
  }

  /** Something has changed: there may be work. */
  wake(): void {
    this.onWake();
  }

  /** The queue was looked through. `isNew`: work has just come to rest. */
  settled(isNew: boolean): void {
    if (!isNew && this.idleWaiters.size === 0) return;
    const pending = [...this.uploads].filter((upload) => !upload.isResting).length;
    if (isNew) this.events.emit('idle', { pending });
    if (pending > 0) return;
    for (const waiter of this.idleWaiters) waiter.resolve();
    this.idleWaiters.clear();
  }

  /** Resolves when every upload rests. */
  idle(): Promise<void> {
    if ([...this.uploads].every((upload) => upload.isResting)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.idleWaiters.add({ resolve, reject });
    });
  }

  /** Rejects all that waits for an upload or for idle. */
  fail(reason: ReelwayError): void {
    for (const upload of this.uploads) upload.fail(this.localize(reason));
    for (const waiter of this.idleWaiters) waiter.reject(this.localize(reason));
    this.idleWaiters.clear();
  }

  /** Resolves when no record of an upload is being written. */
  async recordsSettled(): Promise<void> {
    await Promise.all([...this.uploads].map((upload) => upload.journal.settled()));
  }

  /** Resolves when no record of a completed upload is being removed. */
  historySettled(): Promise<void> {
    return this.history.settled();
  }

  onStatus(upload: Upload, state: UploadState): void {
    this.events.emit('status', { ...state, uploadId: upload.id });
    this.wake();
  }

  onProgress(progress: UploadProgress): void {
    this.events.emit('progress', progress);
  }

  onRetry(event: UploadEvents['retry']): void {
    this.events.emit('retry', event);
  }

  onListenerError(error: unknown): void {
    this.context.warn(wrapError(error, 'INTERNAL', 'A listener failed'));
  }

  localize(error: ReelwayError): ReelwayError {
    return withMessages(error, this.context.settings.messages);
  }

  private forget(upload: Upload): void {
    for (const [id, known] of this.byId) if (known === upload) this.byId.delete(id);
    this.uploads.delete(upload);
  }

  /** Objects that were sent under another packaging are removed like those of canceled uploads, without an upload that the app sees. */
  private async discardReplaced(journal: UploadJournal): Promise<void> {
    if (journal.record.status !== 'canceled') {
      await journal.update((record) => ({ ...record, status: 'canceled', sweepMs: this.cleaner.dueMs() }));
    }
    this.runInBackground(this.cleaner.scheduleCleanup(journal, () => undefined));
  }

  private runInBackground(work: Promise<void>): void {
    void work.catch((error: unknown) => this.context.warn(wrapError(error, 'STORAGE_UNAVAILABLE', 'A record could not be written')));
  }
}
