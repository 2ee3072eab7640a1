/** Options of work with a store. */
import type { VideoManifest } from '../core/index.js';
import type { AbortSignalLike, Clock, Conditions, Hasher } from '../ports/index.js';

/** How failed attempts are repeated. */
export interface RetryOptions {
  /** Milliseconds, ≥ 1: the first backoff is drawn from 0 to this. @default 500 */
  readonly baseDelayMs?: number;
  /** Milliseconds, ≥ `baseDelayMs`: no backoff is longer, unless the store asks for it. @default 30,000 */
  readonly maxDelayMs?: number;
  /**
   * Attempts of one request that fail while others get through before the upload fails, ≥ 1. Where nothing gets through at all the
   * upload waits for the network instead, for as long as it takes. @default 10
   */
  readonly maxAttempts?: number;
  /** Milliseconds without a byte moving until an attempt is given up, ≥ 1,000. @default 60,000 */
  readonly stallMs?: number;
}

/** How failed attempts are repeated. */
export interface FetchRetryOptions {
  /** Milliseconds, ≥ 1. @default 300 */
  readonly baseDelayMs?: number;
  /** Milliseconds, ≥ `baseDelayMs`. @default 10,000 */
  readonly maxDelayMs?: number;
  /** Attempts of one request, ≥ 1. @default 8 */
  readonly maxAttempts?: number;
  /** Milliseconds without a byte until an attempt is given up, ≥ 1,000. @default 30,000 */
  readonly stallMs?: number;
}

/** An abort that ends the wait, not the work. */
export interface FetchWaitOptions {
  readonly signal?: AbortSignalLike;
}

/** Options of reads without a cache. */
export interface StoreReadOptions extends FetchWaitOptions {
  /** @default hashes in plain JavaScript */
  readonly hasher?: Hasher;
  readonly clock?: Clock;
  readonly conditions?: Conditions;
  readonly retry?: FetchRetryOptions;
}

/** A manifest in the bucket. */
export interface StoredManifest {
  readonly manifest: VideoManifest;
  /** The blob's key. */
  readonly key: string;
  /** Bytes of the blob, 1 to 8,388,608. */
  readonly sizeBytes: number;
}
