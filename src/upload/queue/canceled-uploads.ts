/**
 * What canceled uploads have left in the store. The record stays as a tombstone until it has been swept twice: the last put of
 * a killed process, or one that was given up, can land after the first sweep.
 */
import { manifestKey } from '../../core/index.js';
import { createAbortSource } from '../../internal/index.js';
import type { AbortSignalLike } from '../../ports/index.js';
import { wrapError } from '../../transfer/index.js';
import type { EngineContext } from '../context.js';
import type { UploadJournal, UploadRecord } from '../journal/index.js';
import { findManifest } from '../manifest/stored-manifest.js';
import { once } from '../retry.js';
import { objectKey, packagingFor } from '../segments/prepared-upload.js';
import { openKnown } from '../source/source-file.js';

/** Sweeps behind canceled uploads. */
export interface Garbage {
  /** When the last sweep of an upload that is canceled now is due, in milliseconds since 1970. */
  dueMs(): number;
  /**
   * Takes a tombstone over: sweeps at once and again when nothing can land any more, then forgets it and calls `onGone`.
   * Resolves after the first sweep, also when it failed: it is repeated.
   */
  bury(journal: UploadJournal, onGone: () => void): Promise<void>;
  /** One sweep. Rejects where the store cannot be asked. */
  sweep(record: UploadRecord): Promise<void>;
  stop(): Promise<void>;
}

/** Beyond twice the stall limit nothing that was sent before can still land. */
const MARGIN_MS = 60_000;
const BATCH = 100;
const FIRST_RETRY_MS = 5_000;
const MAX_RETRY_MS = 300_000;

interface Grave {
  readonly journal: UploadJournal;
  readonly onGone: () => void;
  failures: number;
  /** At the last visit the operating system still carried something. */
  wasCarried: boolean;
}

/** Who sweeps for one running engine. */
export function createGarbage(context: EngineContext): Garbage {
  const { clock, retry } = context.settings;
  const stop = createAbortSource();
  const running = new Set<Promise<void>>();
  const lifetimeMs = 2 * retry.stallMs + MARGIN_MS;
  const nextVisitMs = (leftMs: number): number => (leftMs > 0 ? Math.min(leftMs, lifetimeMs) : lifetimeMs);

  const visit = async (grave: Grave): Promise<void> => {
    if (stop.signal.aborted) return;
    // Asked before the sweep: what lands during it is not seen by it.
    const leftMs = (grave.journal.record.sweepMs ?? 0) - clock.wallMs();
    try {
      const canLand = await mayStillLand(context, grave);
      await grave.journal.dropPages();
      await sweep(context, grave.journal.record, stop.signal);
      // mutation-point: end-cleanup
      if (leftMs <= 0 && !canLand) {
        await grave.journal.remove();
        grave.onGone();
        return;
      }
      grave.failures = 0;
      // Wall clocks jump: never longer than a request can live, counted from now.
      visitLater(grave, nextVisitMs(leftMs));
    } catch (error) {
      if (stop.signal.aborted) return;
      context.warn(wrapError(error, 'UNAVAILABLE', 'What a canceled upload has left could not be removed yet'));
      visitLater(grave, Math.min(FIRST_RETRY_MS * 2 ** grave.failures, MAX_RETRY_MS));
      grave.failures += 1;
    }
  };
  const track = (work: Promise<void>): Promise<void> => {
    const tracked = work.finally(() => running.delete(tracked));
    running.add(tracked);
    return tracked;
  };
  const visitLater = (grave: Grave, delayMs: number): void => {
    // A visit may end after `stop` began. Timers that exist by then are canceled by the end of the engine's clock.
    // mutation-point: refuse-visit-after-stop
    if (stop.signal.aborted) return;
    // mutation-point: schedule-visit
    clock.after(delayMs, () => void track(visit(grave)));
  };

  return {
    dueMs: () => clock.wallMs() + lifetimeMs,
    bury: (journal, onGone) => track(visit({ journal, onGone, failures: 0, wasCarried: false })),
    sweep: (record) => sweep(context, record, stop.signal),
    stop: async () => {
      // mutation-point: stop-visits
      stop.abort();
      await Promise.all(running);
    },
  };
}

/** Whether something is carried, or was at the last visit: then there is one sweep more. */
async function mayStillLand(context: EngineContext, grave: Grave): Promise<boolean> {
  const { wasCarried } = grave;
  grave.wasCarried = await isCarried(context, grave.journal.record);
  // mutation-point: detect-background-put
  return wasCarried || grave.wasCarried;
}

/** Whether the operating system still carries something of an upload, which will land behind any sweep. */
export async function isCarried(context: EngineContext, record: UploadRecord): Promise<boolean> {
  const folder = folderOf(record);
  const place = manifestKey(record.videoId);
  return [...(await context.carried.now())].some((key) => key === place || key.startsWith(folder));
}

/** What the keys of all of an upload's objects begin with. */
function folderOf(record: UploadRecord): string {
  return objectKey(record, 'x').slice(0, -1);
}

/** Removes everything that an upload may have written: its manifest first, so that nothing points to what is going. */
async function sweep(context: EngineContext, record: UploadRecord, signal: AbortSignalLike): Promise<void> {
  context.assertHeld();
  await removeManifest(context, record, signal);
  // By name first: a listing may be cut short, and one that does not end is an error.
  // mutation-point: remove-by-name
  await removeKnown(context, record, signal);
  if (context.requests.lists) await removeListed(context, record, signal);
}

async function removeManifest(context: EngineContext, record: UploadRecord, signal: AbortSignalLike): Promise<void> {
  try {
    const manifest = await findManifest({ context, record, signal, ask: once });
    if (manifest !== undefined) await context.requests.remove([manifestKey(record.videoId)], signal);
  } catch (error) {
    // Another upload's manifest stays.
    if (wrapError(error, 'INTERNAL', '').code !== 'VIDEO_EXISTS') throw error;
  }
}

/** Removes what else is listed below the upload's own prefix, page by page: objects that its plan does not name. */
async function removeListed(context: EngineContext, record: UploadRecord, signal: AbortSignalLike): Promise<void> {
  await context.requests.eachPage(folderOf(record), signal, (blobs) =>
    removeBatches(
      context,
      blobs.map(({ key }) => key),
      signal,
    ),
  );
}

async function removeKnown(context: EngineContext, record: UploadRecord, signal: AbortSignalLike): Promise<void> {
  const names = await namesOf(context, record);
  await removeBatches(
    context,
    names.map((name) => objectKey(record, name)),
    signal,
  );
}

/** Raw objects are named by their number; the names of others come from their packaging, which reads the source. */
async function namesOf(context: EngineContext, record: UploadRecord): Promise<string[]> {
  const { count, layout } = record.plan;
  if (layout === 'raw') return Array.from({ length: count }, (_, index) => String(index));
  try {
    return await packagedNames(context, record);
  } catch (error) {
    // The source may be gone; then the listing alone says what there is.
    if (context.requests.lists) return [];
    throw error;
  }
}

async function packagedNames(context: EngineContext, record: UploadRecord): Promise<string[]> {
  const source = await openKnown(context.settings, record.source);
  try {
    const pack = await packagingFor(context, record.plan).open(source.handle, record.source.sizeBytes);
    return Array.from({ length: pack.count }, (_, index) => pack.describe(index).name);
  } finally {
    await source.close();
  }
}

async function removeBatches(context: EngineContext, keys: readonly string[], signal: AbortSignalLike): Promise<void> {
  for (let at = 0; at < keys.length; at += BATCH) await context.requests.remove(keys.slice(at, at + BATCH), signal);
}
