/**
 * Objects of canceled uploads in the store. The record stays as a tombstone until it has been swept twice: the last put of
 * a killed process, or one that was given up, can land after the first sweep.
 */
import { manifestKey } from '../../core/index.js';
import { createAbortHandle } from '../../internal/index.js';
import { wrapError } from '../../transfer/index.js';
import type { EngineContext } from '../context.js';
import type { UploadJournal, UploadRecord } from '../journal/index.js';
import { objectPrefix } from '../segments/prepared-upload.js';
import { sweepUpload } from './sweep-upload.js';

/** Sweeps the store for canceled uploads. */
export interface CanceledUploadCleaner {
  /** When the last sweep of an upload that is canceled now is due, in milliseconds since 1970. */
  dueMs(): number;
  /**
   * Takes a tombstone over: sweeps at once and again when nothing can land any more, then forgets it and calls `onGone`.
   * Resolves after the first sweep, also when it failed: it is repeated.
   */
  scheduleCleanup(journal: UploadJournal, onGone: () => void): Promise<void>;
  /** One sweep. Rejects where the store cannot be asked. */
  sweep(record: UploadRecord): Promise<void>;
  stop(): Promise<void>;
}

/** Beyond twice the stall limit nothing that was sent before can still land. */
const MARGIN_MS = 60_000;
const FIRST_RETRY_MS = 5_000;
const MAX_RETRY_MS = 300_000;

interface Tombstone {
  readonly journal: UploadJournal;
  readonly onGone: () => void;
  failures: number;
  /** At the last cleanup the operating system still carried something. */
  wasCarried: boolean;
}

export function createCanceledUploadCleaner(context: EngineContext): CanceledUploadCleaner {
  const { clock, retry } = context.settings;
  const stop = createAbortHandle();
  const running = new Set<Promise<void>>();
  const lifetimeMs = 2 * retry.stallMs + MARGIN_MS;
  const nextCleanupMs = (leftMs: number): number => (leftMs > 0 ? Math.min(leftMs, lifetimeMs) : lifetimeMs);

  const cleanUp = async (tombstone: Tombstone): Promise<void> => {
    if (stop.signal.aborted) return;
    // Asked before the sweep: what lands during it is not seen by it.
    const leftMs = (tombstone.journal.record.sweepMs ?? 0) - clock.wallMs();
    try {
      const canLand = await mayStillLand(context, tombstone);
      await tombstone.journal.dropPages();
      await sweepUpload(context, tombstone.journal.record, stop.signal);
      // mutation-point: end-cleanup
      if (leftMs <= 0 && !canLand) {
        await tombstone.journal.remove();
        tombstone.onGone();
        return;
      }
      tombstone.failures = 0;
      // Wall clocks jump: never longer than a request can live, counted from now.
      cleanUpLater(tombstone, nextCleanupMs(leftMs));
    } catch (error) {
      if (stop.signal.aborted) return;
      context.warn(wrapError(error, 'UNAVAILABLE', 'Removing the objects of a canceled upload failed; it is repeated'));
      cleanUpLater(tombstone, Math.min(FIRST_RETRY_MS * 2 ** tombstone.failures, MAX_RETRY_MS));
      tombstone.failures += 1;
    }
  };
  const track = (work: Promise<void>): Promise<void> => {
    const tracked = work.finally(() => running.delete(tracked));
    running.add(tracked);
    return tracked;
  };
  const cleanUpLater = (tombstone: Tombstone, delayMs: number): void => {
    // A visit may end after `stop` began. Timers that exist by then are canceled by the end of the engine's clock.
    // mutation-point: refuse-visit-after-stop
    if (stop.signal.aborted) return;
    // mutation-point: schedule-visit
    clock.after(delayMs, () => void track(cleanUp(tombstone)));
  };

  return {
    dueMs: () => clock.wallMs() + lifetimeMs,
    scheduleCleanup: (journal, onGone) => track(cleanUp({ journal, onGone, failures: 0, wasCarried: false })),
    sweep: (record) => sweepUpload(context, record, stop.signal),
    stop: async () => {
      // mutation-point: stop-visits
      stop.abort();
      await Promise.all(running);
    },
  };
}

/** Whether the operating system uploads something, or did at the last cleanup: then one more sweep follows. */
async function mayStillLand(context: EngineContext, tombstone: Tombstone): Promise<boolean> {
  const { wasCarried } = tombstone;
  tombstone.wasCarried = await isCarried(context, tombstone.journal.record);
  // mutation-point: detect-background-put
  return wasCarried || tombstone.wasCarried;
}

/** Whether the operating system still carries something of an upload, which will land behind any sweep. */
export async function isCarried(context: EngineContext, record: UploadRecord): Promise<boolean> {
  const folder = objectPrefix(record);
  const place = manifestKey(record.videoId);
  return [...(await context.backgroundPuts.now())].some((key) => key === place || key.startsWith(folder));
}
