/**
 * Reading the journal at start. What cannot be read is never taken for empty: an unreadable store rejects, a damaged record
 * is set aside, a newer one is left alone, and all others go on.
 */
import { isReelwayError, ReelwayError } from '../../errors/index.js';
import { type CooperativeScheduler, createCooperativeScheduler } from '../../internal/index.js';
import type { Clock, KeyValueStore } from '../../ports/index.js';
import { readPage } from './ack-pages.js';
import { type JournalKeys, journalKeys, type Slot } from './keys.js';
import { decodeRecord, encodeRecord } from './record-envelope.js';
import { type JournalStorage, type RecordSlot, UploadJournal } from './upload-journal.js';
import { decodeItem, type UploadRecord } from './upload-record.js';

export interface Journal {
  /** Every upload that could be read, the oldest first. */
  readonly uploads: readonly UploadJournal[];
  /** Why records were set aside or left alone. */
  readonly problems: readonly ReelwayError[];
  /** Ids of uploads whose record was set aside, now or before, or left alone. */
  readonly unread: ReadonlySet<string>;
  /** A journal for a new upload; nothing is written before its first `update`. */
  create(record: UploadRecord): UploadJournal;
  /** Forgets everything of the scope but the records of these uploads. */
  clear(kept: ReadonlySet<string>): Promise<void>;
}

/** The keys of one upload. */
interface Found {
  readonly slots: Slot[];
  readonly pages: string[];
  setAside: boolean;
}

type Candidate = RecordSlot & { readonly record: UploadRecord };

/** Reads the journal of a scope. @throws {ReelwayError} STORAGE_UNAVAILABLE, STORAGE_FULL */
export async function openJournal(store: KeyValueStore, scope: string, clock: Clock): Promise<Journal> {
  const keys = journalKeys(scope);
  const found = groupKeys(await store.keys(keys.root), keys);
  const fence = await raiseFence(store, keys);
  const storage: JournalStorage = { store, keys, pageSuffix: () => `${fence}-${randomName(clock)}` };
  const problems: ReelwayError[] = [];
  const uploads: UploadJournal[] = [];
  // Some stores answer at once: a long queue would be read at a stretch.
  const scheduler = createCooperativeScheduler(clock);
  for (const [uploadId, what] of found) {
    if (scheduler.isOver()) await scheduler.rest();
    const journal = await openUpload(storage, uploadId, what, problems, scheduler);
    if (journal !== undefined) uploads.push(journal);
  }
  return {
    uploads: uploads.sort((one, other) => compare(one.record, other.record)),
    problems,
    unread: unreadOf(found, uploads),
    create: (record) => new UploadJournal(storage, record, { sequence: 0 }),
    clear: async (kept) => {
      for (const key of await store.keys(keys.root)) {
        const parsed = keys.parse(key);
        if (parsed?.kind !== 'item' || !kept.has(parsed.uploadId)) await store.remove(key);
      }
    },
  };
}

/** Ids of uploads that have a record, perhaps set aside, and were not restored. */
function unreadOf(found: ReadonlyMap<string, Found>, uploads: readonly UploadJournal[]): ReadonlySet<string> {
  const read = new Set(uploads.map(({ record }) => record.id));
  const hasRecord = ([uploadId, { slots, setAside }]: [string, Found]): boolean => (setAside || slots.length > 0) && !read.has(uploadId);
  return new Set([...found].filter(hasRecord).map(([uploadId]) => uploadId));
}

/** By age, then by id: the same order at every start. */
function compare(one: UploadRecord, other: UploadRecord): number {
  return one.createdMs - other.createdMs || (one.id < other.id ? -1 : 1);
}

function groupKeys(all: readonly string[], keys: JournalKeys): Map<string, Found> {
  const found = new Map<string, Found>();
  for (const key of [...all].sort()) {
    const parsed = keys.parse(key);
    if (parsed === undefined) continue;
    const entry = found.get(parsed.uploadId) ?? { slots: [], pages: [], setAside: false };
    found.set(parsed.uploadId, entry);
    if (parsed.kind === 'item') entry.slots.push(parsed.slot);
    else if (parsed.kind === 'page') entry.pages.push(key);
    else entry.setAside = true;
  }
  return found;
}

/** A counter that each start increments. It makes page keys unique for each process; where it is lost, the random suffix still does. */
async function raiseFence(store: KeyValueStore, keys: JournalKeys): Promise<string> {
  const text = await store.get(keys.fence);
  const decoded = text === undefined ? undefined : decodeRecord(text);
  const last = decoded?.kind === 'record' ? decoded.sequence : 0;
  try {
    await store.set(keys.fence, encodeRecord(last + 1, ''));
  } catch (error) {
    // A full disk must not keep the queue from being seen; chance alone names the pages then.
    if (!isReelwayError(error) || error.code !== 'STORAGE_FULL') throw error;
  }
  return (last + 1).toString(36);
}

function randomName(clock: Clock): string {
  let name = '';
  for (let digit = 0; digit < 8; digit += 1) name += Math.floor(clock.random() * 36).toString(36);
  return name;
}

async function openUpload(
  storage: JournalStorage,
  uploadId: string,
  found: Found,
  problems: ReelwayError[],
  scheduler: CooperativeScheduler,
): Promise<UploadJournal | undefined> {
  if (found.slots.length === 0) {
    // Pages without a record belong to an upload that was forgotten; those of a record set aside stay with it.
    if (!found.setAside) for (const key of found.pages) await storage.store.remove(key);
    return undefined;
  }
  const read = await readSlots(storage, uploadId, found.slots);
  if (read === 'newer') {
    problems.push(new ReelwayError('QUEUE_RECORD_UNSUPPORTED', { context: { uploadId } }));
    return undefined;
  }
  if (read === undefined) {
    problems.push(await setAside(storage, uploadId, found.slots));
    return undefined;
  }
  const journal = new UploadJournal(storage, read.record, read);
  await restorePages(storage.store, journal, found.pages, scheduler);
  return journal;
}

/** The newest intact record of both places. */
async function readSlots(storage: JournalStorage, uploadId: string, slots: readonly Slot[]): Promise<Candidate | 'newer' | undefined> {
  let best: Candidate | undefined;
  for (const slot of slots) {
    const decoded = decodeRecord((await storage.store.get(storage.keys.item(uploadId, slot))) ?? '');
    if (decoded.kind === 'newer') return 'newer';
    if (decoded.kind === 'corrupt') continue;
    const record = decodeItem(decoded.body);
    if (record === undefined || record.id !== uploadId) continue;
    if (best === undefined || decoded.sequence > best.sequence) best = { record, slot, sequence: decoded.sequence };
  }
  return best;
}

/** Moves a damaged record aside unchanged, so that it can be examined. */
async function setAside(storage: JournalStorage, uploadId: string, slots: readonly Slot[]): Promise<ReelwayError> {
  let cause: unknown;
  try {
    for (const slot of slots) {
      const key = storage.keys.item(uploadId, slot);
      const text = await storage.store.get(key);
      if (text !== undefined) await storage.store.set(storage.keys.setAside(uploadId, slot), text);
      await storage.store.remove(key);
    }
  } catch (error) {
    // It stays where it is, and is set aside at the next start.
    cause = error;
  }
  return new ReelwayError('QUEUE_RECORD_CORRUPT', { context: { uploadId }, cause });
}

async function restorePages(
  store: KeyValueStore,
  journal: UploadJournal,
  keys: readonly string[],
  scheduler: CooperativeScheduler,
): Promise<void> {
  const { algorithm, count } = journal.record.plan;
  for (const key of keys) {
    const text = await store.get(key);
    if (text !== undefined) journal.restore(key, readPage(text, algorithm, count));
    if (scheduler.isOver()) await scheduler.rest();
  }
}
