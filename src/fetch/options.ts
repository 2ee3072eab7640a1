/** Checks what an app hands in, once, so that nothing below has to doubt a number. */
import { assertScope, createRetryPolicy, FRAGMENT_BYTES, type RetryPolicy } from '../core/index.js';
import { ReelwayError } from '../errors/index.js';
import type { CacheOptions, FetchLimits, FetchRetryOptions, VideoFetcherOptions } from './types.js';

const MIB = 1_048_576;
const DEFAULT_CACHE_BYTES = 256 * MIB;
const DEFAULT_MEMORY_BYTES = 3 * FRAGMENT_BYTES;
const MAX_CONCURRENCY = 16;
/** A damaged segment is fetched so often in all: a store that keeps a damaged blob will not mend it by being asked. */
const CORRUPT_ATTEMPTS = 3;

/** Options with every default filled in. */
export interface FetchSettings {
  readonly scope: string;
  readonly directory: string;
  readonly maxCacheBytes: number;
  /** Buffers of 524,288 bytes, ≥ 1. */
  readonly maxBuffers: number;
  readonly concurrency: number;
  readonly retry: RetrySettings;
}

/** How attempts are repeated, with every default filled in. */
export interface RetrySettings {
  readonly policy: RetryPolicy;
  readonly stallMs: number;
}

/** @throws {ReelwayError} INVALID_CONFIG with `context.field` */
export function settingsOf(options: VideoFetcherOptions): FetchSettings {
  requirePorts(options);
  const limits: FetchLimits = options.limits ?? {};
  const memoryBytes = integer('limits.memoryBytes', limits.memoryBytes ?? DEFAULT_MEMORY_BYTES, FRAGMENT_BYTES, Number.MAX_SAFE_INTEGER);
  return {
    scope: assertScope(options.scope),
    ...cacheOf(options.cache),
    maxBuffers: Math.floor(memoryBytes / FRAGMENT_BYTES),
    concurrency: concurrencyOf('limits.concurrency', limits.concurrency),
    retry: retryOf(options.retry),
  };
}

/** @throws {ReelwayError} INVALID_CONFIG */
export function concurrencyOf(field: string, value: number | undefined): number {
  return integer(field, value ?? 3, 1, MAX_CONCURRENCY);
}

/** @throws {ReelwayError} INVALID_CONFIG */
export function retryOf(options: FetchRetryOptions = {}): RetrySettings {
  const { baseDelayMs = 300, stallMs = 30_000 } = options;
  number('retry.baseDelayMs', baseDelayMs, 1);
  const maxDelayMs = number('retry.maxDelayMs', options.maxDelayMs ?? Math.max(10_000, baseDelayMs), baseDelayMs);
  const retries = integer('retry.maxAttempts', options.maxAttempts ?? 8, 1, 1_000_000) - 1;
  return {
    stallMs: number('retry.stallMs', stallMs, 1_000),
    policy: createRetryPolicy({
      baseMs: baseDelayMs,
      maxDelayMs,
      budgets: { transient: retries, throttle: retries, storage: retries, corrupt: Math.min(retries, CORRUPT_ATTEMPTS - 1) },
    }),
  };
}

function requirePorts(options: VideoFetcherOptions): void {
  if (typeof options !== 'object' || options === null) throw invalid('options', 'must be an object');
  for (const port of ['fileSystem', 'keyValueStore', 'blobStore'] as const) {
    if (typeof options[port] !== 'object' || options[port] === null) throw invalid(port, 'must be a port');
  }
}

function cacheOf(cache: CacheOptions): { readonly directory: string; readonly maxCacheBytes: number } {
  const directory: unknown = cache?.directory;
  if (typeof directory !== 'string' || directory === '') throw invalid('cache.directory', 'must be a path');
  return {
    directory: directory.length > 1 ? directory.replace(/\/$/, '') : directory,
    maxCacheBytes: integer('cache.maxBytes', cache.maxBytes ?? DEFAULT_CACHE_BYTES, MIB, Number.MAX_SAFE_INTEGER),
  };
}

function integer(field: string, value: number, least: number, most: number): number {
  if (!Number.isSafeInteger(value)) throw invalid(field, `must be a whole number, not ${value}`);
  if (value < least || value > most) throw invalid(field, `must be from ${least} to ${most}, not ${value}`);
  return value;
}

function number(field: string, value: number, least: number): number {
  if (!Number.isFinite(value) || value < least) throw invalid(field, `must be at least ${least}, not ${value}`);
  return value;
}

function invalid(field: string, problem: string): ReelwayError {
  return new ReelwayError('INVALID_CONFIG', { message: `${field} ${problem}`, context: { field } });
}
