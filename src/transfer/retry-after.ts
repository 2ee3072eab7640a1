/**
 * When a store wants to be asked again (Retry-After), by key. Kept beside the attempts, since an upload that was paused, went
 * offline or failed meanwhile must not come back earlier than it was told to.
 */
import { isReelwayError } from '../errors/index.js';
import type { Clock } from '../ports/index.js';

/** Remembers wishes of the store. */
export interface RetryAfterTable {
  /** Takes in an error that may carry a wish. */
  note(key: string, error: unknown): void;
  /** Milliseconds until this key may be asked for again, ≥ 0. */
  leftMs(key: string): number;
}

/** Longer wishes are cut. */
const MAX_MS = 300_000;

/** Wishes of one store. */
export function createRetryAfterTable(clock: Pick<Clock, 'monotonicMs'>): RetryAfterTable {
  const notBefore = new Map<string, number>();
  const leftMs = (key: string): number => {
    const left = (notBefore.get(key) ?? 0) - clock.monotonicMs();
    if (left > 0) return left;
    notBefore.delete(key);
    return 0;
  };
  return {
    leftMs,
    note: (key, error) => {
      const askedMs = isReelwayError(error) ? error.context.retryAfterMs : undefined;
      if (askedMs === undefined || !(askedMs > 0)) return;
      for (const known of [...notBefore.keys()]) leftMs(known);
      // mutation-point: remember-retry-after
      notBefore.set(key, clock.monotonicMs() + Math.min(askedMs, MAX_MS));
    },
  };
}
