/** Progress events for people: a limit on their rate, and the figures of a throughput estimate. */
import type { ThroughputEstimate } from '../core/index.js';
import type { Clock } from '../ports/index.js';

/** Milliseconds between two events. */
const INTERVAL_MS = 100;

/** Limits the rate of one kind of event. */
export interface ProgressThrottle {
  /** Whether an event is due now. The last one of all (`isLast`) always is. */
  isDue(isLast: boolean): boolean;
}

/** Allows one event every 100 ms. */
export function createProgressThrottle(clock: Clock): ProgressThrottle {
  let lastMs = Number.NEGATIVE_INFINITY;
  return {
    isDue: (isLast) => {
      const nowMs = clock.monotonicMs();
      if (!isLast && nowMs - lastMs < INTERVAL_MS) return false;
      lastMs = nowMs;
      return true;
    },
  };
}

/** Figures of an estimate; absent until known. */
export interface ThroughputFigures {
  readonly bytesPerSecond?: number;
  readonly remainingMs?: number;
}

/** The throughput, and the time that `remainingBytes` (≥ 0) will take. */
export function throughputFigures(estimate: ThroughputEstimate, remainingBytes: number): ThroughputFigures {
  const { bytesPerSecond } = estimate;
  const remainingMs = estimate.etaMs(remainingBytes);
  return {
    ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }),
    ...(remainingMs === undefined ? {} : { remainingMs }),
  };
}
