/** What every part of the fetch engine is given: ports, settings, and the counters of the report. */
import { createHashService, type HashSource } from '../core/index.js';
import { isReelwayError, type ReelwayError } from '../errors/index.js';
import { systemClock } from '../internal/index.js';
import type { BlobSource, Clock, Conditions } from '../ports/index.js';
import { type RetrySettings, retryOf } from './retry-options.js';
import type { StoreReadOptions } from './types.js';

/** Figures that only grow. */
export interface Counters {
  bytesFetched: number;
  bytesFromCache: number;
  retries: number;
}

/** What it takes to read from the store. */
export interface StoreReader {
  readonly blobStore: BlobSource;
  readonly clock: Clock;
  readonly conditions?: Conditions | undefined;
  readonly hashes: HashSource;
  readonly retry: RetrySettings;
  readonly counters: Counters;
  /** Something that changes no outcome, but that somebody should know. */
  readonly warn: (error: ReelwayError) => void;
  /** Bytes arrived from the store. */
  readonly onBytes?: (bytes: number) => void;
}

/** A reader for work without a fetcher. @throws {ReelwayError} INVALID_CONFIG */
export function storeReaderOf(blobStore: BlobSource, options: StoreReadOptions): StoreReader {
  return {
    blobStore,
    clock: options.clock ?? systemClock(),
    conditions: options.conditions,
    hashes: createHashService(options.hasher),
    retry: retryOf(options.retry),
    counters: { bytesFetched: 0, bytesFromCache: 0, retries: 0 },
    // Nobody listens: only closing a reader warns, and that has lost nothing.
    warn: () => undefined,
  };
}

/** Whether it is the link or the store that failed, and not what came over it. */
export function isLinkFailure({ retry }: Pick<StoreReader, 'retry'>, error: unknown): boolean {
  if (!isReelwayError(error)) return false;
  const kind = retry.policy.classOf(error.code);
  return kind === 'transient' || kind === 'throttle';
}
