/**
 * Puts that the operating system goes on with after the process has gone. What it still carries is waited for, and never put
 * beside it; a file that it may still read stays.
 */
import { abortable, abortableWait, createAbortHandle, createSerialWriter } from '../internal/index.js';
import type { AbortSignalLike, BlobStore, Clock } from '../ports/index.js';
import { type StallLimits, withStallTimeout } from './stall-timeout.js';

/** What the operating system carries. */
export interface BackgroundPuts {
  /** Whether puts outlive the process here. */
  readonly supported: boolean;
  /** Every key that was named in this run. */
  readonly reportedKeys: ReadonlySet<string>;
  /**
   * Waits until a key is carried no longer; false where that takes too long.
   *
   * @param isOurs this run may have put it, so that only a fresh answer counts
   */
  waitUntilSettled(key: string, isOurs: boolean, signal: AbortSignalLike): Promise<boolean>;
  /** The keys that are carried now. Rejects where the store cannot tell. */
  now(): Promise<ReadonlySet<string>>;
  /** Something has changed: whoever waits asks again. */
  wake(): void;
  /** Asks no more; resolves when nothing is being asked. */
  stop(): Promise<void>;
}

/** Milliseconds between two questions, doubled up to the second. */
const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;
/** Milliseconds of waiting for one key; `BlobStore.pending` names the same number. */
const PATIENCE_MS = 600_000;

/** Watches one store. */
export function createBackgroundPuts(store: BlobStore, limits: StallLimits): BackgroundPuts {
  const { clock } = limits;
  const reportedKeys = new Set<string>();
  const wakers = new Set<() => void>();
  const end = createAbortHandle();
  let named: ReadonlySet<string> | undefined;
  let askedMs = Number.NEGATIVE_INFINITY;
  // Who asks during a question waits for the next one: an answer may be older than what was put meanwhile.
  const asking = createSerialWriter(async () => {
    const nowMs = clock.monotonicMs();
    named = new Set(await withStallTimeout(limits, end.signal, async () => (await store.pending?.()) ?? []));
    for (const key of named) reportedKeys.add(key);
    askedMs = nowMs;
  });
  const now = async (): Promise<ReadonlySet<string>> => {
    if (store.pending !== undefined) await asking.request();
    return named ?? new Set();
  };
  // What no answer of this run has named can only have been put by this run itself.
  const isFree = (key: string, isOurs: boolean): boolean => store.pending === undefined || (!isOurs && named?.has(key) === false);
  const waitUntilSettled = async (key: string, isOurs: boolean, signal: AbortSignalLike): Promise<boolean> => {
    if (isFree(key, isOurs)) return true;
    let waitedMs = 0;
    await abortable(now(), signal);
    for (let delayMs = FIRST_MS; named?.has(key) === true; delayMs = Math.min(delayMs * 2, LONGEST_MS)) {
      if (waitedMs >= PATIENCE_MS) return false;
      const beganMs = clock.monotonicMs();
      const wasWoken = await nap(clock, delayMs, signal, wakers);
      // A timer that comes late means that the device slept, and nobody waited.
      waitedMs += Math.min(clock.monotonicMs() - beganMs, delayMs);
      // Another who waits may have asked just now.
      if (wasWoken || clock.monotonicMs() - askedMs >= FIRST_MS) await abortable(now(), signal);
    }
    return true;
  };
  return {
    supported: store.pending !== undefined,
    reportedKeys,
    waitUntilSettled,
    now,
    wake: () => {
      for (const wake of [...wakers]) wake();
    },
    stop: async () => {
      end.abort();
      await asking.settled();
    },
  };
}

/** Sleeps until the time has passed or somebody wakes it; whether somebody has. */
function nap(clock: Clock, delayMs: number, signal: AbortSignalLike, wakers: Set<() => void>): Promise<boolean> {
  return abortableWait(signal, (resolve) => {
    const wake = (): void => resolve(true);
    const cancel = clock.after(delayMs, () => resolve(false));
    wakers.add(wake);
    return () => {
      cancel();
      wakers.delete(wake);
    };
  });
}
