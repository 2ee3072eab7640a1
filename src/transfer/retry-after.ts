/**
 * The times before which a store accepts no request (Retry-After), by key. They are kept apart from the attempts: an upload that was
 * paused, went offline or failed meanwhile must not come back earlier.
 */
import { isReelwayError } from '../errors/index.js';
import type { Clock } from '../ports/index.js';

/** The Retry-After times of one store. */
export interface RetryAfterTable {
  /** Remembers the time that an error carries, if any. */
  note(key: string, error: unknown): void;
  /** Milliseconds until requests for this key are accepted, ≥ 0. */
  leftMs(key: string): number;
}

/** Longer times are cut to this. */
const MAX_MS = 300_000;

/** An empty table. */
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
