/**
 * How fast the link is. Two moving averages, one quick and one slow, by time and not by sample: the lower of them is what
 * may be relied on, and the slow one alone tells how long the rest takes, so that the figure on the screen does not jump.
 */
import { invalidOption } from '../check-option.js';

/** How {@link createThroughputEstimate} averages. */
interface ThroughputOptions {
  /** Milliseconds after which half of the quick average is new, > 0. @default 3,000 */
  readonly fastHalfLifeMs?: number;
  /** Milliseconds after which half of the slow average is new, > 0. @default 15,000 */
  readonly slowHalfLifeMs?: number;
}

/** A running estimate of the link. */
export interface ThroughputEstimate {
  /** Takes in that `bytes` (≥ 0) moved over the link within `elapsedMs` (> 0) of wall time, all transfers together; anything else is ignored. */
  add(bytes: number, elapsedMs: number): void;
  /** Bytes a second that may be relied on, the lower of both averages; `undefined` before the first sample. */
  readonly bytesPerSecond: number | undefined;
  /** Milliseconds for `remainingBytes` (≥ 0) at the slow average; `undefined` before the first sample or while nothing moves. */
  etaMs(remainingBytes: number): number | undefined;
  /** Forgets all, for another link. */
  reset(): void;
}

interface Average {
  add(rate: number, elapsedMs: number): void;
  readonly value: number;
}

/** A fresh estimate. @throws {ReelwayError} INVALID_CONFIG */
export function createThroughputEstimate(options: ThroughputOptions = {}): ThroughputEstimate {
  const fastMs = halfLife('fastHalfLifeMs', options.fastHalfLifeMs ?? 3_000);
  const slowMs = halfLife('slowHalfLifeMs', options.slowHalfLifeMs ?? 15_000);
  let fast: Average | undefined;
  let slow: Average | undefined;
  return {
    add(bytes, elapsedMs) {
      if (!isAmount(bytes) || !isAmount(elapsedMs) || elapsedMs === 0) return;
      const rate = (bytes * 1_000) / elapsedMs;
      fast ??= createAverage(fastMs);
      slow ??= createAverage(slowMs);
      fast.add(rate, elapsedMs);
      slow.add(rate, elapsedMs);
    },
    get bytesPerSecond() {
      return fast && slow && Math.min(fast.value, slow.value);
    },
    etaMs(remainingBytes) {
      if (slow === undefined || slow.value <= 0) return undefined;
      return (Math.max(remainingBytes, 0) * 1_000) / slow.value;
    },
    reset() {
      fast = undefined;
      slow = undefined;
    },
  };
}

/** Weighs by time; divides by the weight so far, since otherwise the start at zero would drag the first figures down. */
function createAverage(halfLifeMs: number): Average {
  let sum = 0;
  let weight = 0;
  return {
    add(rate, elapsedMs) {
      const keep = 0.5 ** (elapsedMs / halfLifeMs);
      sum = sum * keep + rate * (1 - keep);
      weight = weight * keep + (1 - keep);
    },
    get value() {
      return sum / weight;
    },
  };
}

function isAmount(value: number): boolean {
  return Number.isFinite(value) && value >= 0;
}

function halfLife(field: string, value: number): number {
  if (Number.isFinite(value) && value > 0) return value;
  throw invalidOption(field, `must be more than 0, got ${value}`);
}
