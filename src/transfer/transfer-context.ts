/** What it takes to read from a store: ports, settings, and the counters of the report. */
import { checkInteger, checkNumber, createHashService, createRetryPolicy, type HashSource, type RetryPolicy } from '../core/index.js';
import { isReelwayError } from '../errors/index.js';
import { systemClock } from '../internal/index.js';
import type { BlobSource, Conditions } from '../ports/index.js';
import type { BlobDownloads } from './read-blob.js';
import type { FetchRetryOptions, StoreReadOptions } from './types.js';

/** Figures that only grow. */
export interface Counters {
  bytesFetched: number;
  bytesFromCache: number;
  retries: number;
}

/** What it takes to read from the store. */
export interface StoreReader extends BlobDownloads {
  readonly blobStore: BlobSource;
  readonly conditions?: Conditions | undefined;
  readonly hashes: HashSource;
  readonly retry: RetrySettings;
  readonly counters: Counters;
}

/** Attempts to fetch a damaged segment: a blob that is damaged in the store stays damaged. */
const CORRUPT_ATTEMPTS = 3;

/** How failed attempts are repeated. */
export interface RetrySettings {
  readonly policy: RetryPolicy;
  readonly stallMs: number;
}

/** Options with every default filled in. @throws {ReelwayError} INVALID_CONFIG */
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

/** A reader for work without a fetcher. @throws {ReelwayError} INVALID_CONFIG */
export function storeReaderOf(blobStore: BlobSource, options: StoreReadOptions): StoreReader {
  const counters: Counters = { bytesFetched: 0, bytesFromCache: 0, retries: 0 };
  return {
    blobStore,
    clock: options.clock ?? systemClock(),
    conditions: options.conditions,
    hashes: createHashService(options.hasher),
    retry: retryOf(options.retry),
    counters,
    // There is no listener: only closing a reader warns, and nothing is lost by that.
    warn: () => undefined,
    onBytes: (bytes) => {
      counters.bytesFetched += bytes;
    },
  };
}

/** Whether the network or the store failed, as opposed to the bytes that came. */
export function isLinkFailure({ retry }: Pick<StoreReader, 'retry'>, error: unknown): boolean {
  if (!isReelwayError(error)) return false;
  const kind = retry.policy.classOf(error.code);
  return kind === 'transient' || kind === 'throttle';
}
