/** How attempts are repeated, with every default filled in. */
import { checkInteger, checkNumber, createRetryPolicy, type RetryPolicy } from '../core/index.js';
import type { FetchRetryOptions } from './types.js';

/** A damaged segment is fetched so often in all: a store that keeps a damaged blob will not mend it by being asked. */
const CORRUPT_ATTEMPTS = 3;

/** How attempts are repeated, with every default filled in. */
export interface RetrySettings {
  readonly policy: RetryPolicy;
  readonly stallMs: number;
}

/** @throws {ReelwayError} INVALID_CONFIG */
export function retryOf(options: FetchRetryOptions = {}): RetrySettings {
  const { baseDelayMs = 300, stallMs = 30_000 } = options;
  checkNumber('retry.baseDelayMs', baseDelayMs, 1);
  const maxDelayMs = checkNumber('retry.maxDelayMs', options.maxDelayMs ?? Math.max(10_000, baseDelayMs), baseDelayMs);
  const retries = checkInteger('retry.maxAttempts', options.maxAttempts ?? 8, 1, 1_000_000) - 1;
  return {
    stallMs: checkNumber('retry.stallMs', stallMs, 1_000),
    policy: createRetryPolicy({
      baseMs: baseDelayMs,
      maxDelayMs,
      budgets: { transient: retries, throttle: retries, storage: retries, corrupt: Math.min(retries, CORRUPT_ATTEMPTS - 1) },
    }),
  };
}
