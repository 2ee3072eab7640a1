/**
 * Puts that the operating system continues after the process has ended. An engine waits for a pending put and never sends the same
 * object beside it. A file that such a put may still read is kept.
 */
import { abortable, abortableWait, createAbortHandle, createSerialWriter } from '../internal/index.js';
import type { AbortSignalLike, BlobStore, Clock } from '../ports/index.js';
import { type StallLimits, withStallTimeout } from './stall-timeout.js';

/** The pending puts of one store. */
export interface BackgroundPuts {
  /** Whether puts continue after the process has ended. */
  readonly supported: boolean;
  /** Every key that the store has reported as pending in this run. */
  readonly reportedKeys: ReadonlySet<string>;
  /**
   * Waits until no put of this key is pending. Resolves with false where that takes longer than ten minutes.
   *
   * @param isOurs whether this run may have put it, so that only a new answer counts
   */
  waitUntilSettled(key: string, isOurs: boolean, signal: AbortSignalLike): Promise<boolean>;
  /** The pending keys. Rejects where the store cannot list them. */
  now(): Promise<ReadonlySet<string>>;
  /** Something has changed: every wait asks again. */
  wake(): void;
  /** Ends all requests; resolves when none is under way. */
  stop(): Promise<void>;
}

/** Milliseconds between two requests: doubled from the first number up to the second. */
const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;
/** Milliseconds of waiting for one key; `BlobStore.pending` names the same number. */
const PATIENCE_MS = 600_000;

/** Asks one store for its pending puts. */
export function createBackgroundPuts(store: BlobStore, limits: StallLimits): BackgroundPuts {
  const { clock } = limits;
  const reportedKeys = new Set<string>();
  const wakers = new Set<() => void>();
  const end = createAbortHandle();
  let named: ReadonlySet<string> | undefined;
  let askedMs = Number.NEGATIVE_INFINITY;
  // A call during a request waits for the next request: the answer may be older than a put made meanwhile.
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
  // A key that no answer of this run has reported can only have been put by this run.
  const isFree = (key: string, isOurs: boolean): boolean => store.pending === undefined || (!isOurs && named?.has(key) === false);
  const waitUntilSettled = async (key: string, isOurs: boolean, signal: AbortSignalLike): Promise<boolean> => {
    if (isFree(key, isOurs)) return true;
    let waitedMs = 0;
    await abortable(now(), signal);
    for (let delayMs = FIRST_MS; named?.has(key) === true; delayMs = Math.min(delayMs * 2, LONGEST_MS)) {
      if (waitedMs >= PATIENCE_MS) return false;
      const beganMs = clock.monotonicMs();
      const wasWoken = await nap(clock, delayMs, signal, wakers);
      // A timer that fires late means that the device slept: that time does not count.
      waitedMs += Math.min(clock.monotonicMs() - beganMs, delayMs);
      // Another wait may have asked a moment ago.
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

/** Sleeps until the time has passed or `wake` is called; resolves with whether it was woken. */
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
