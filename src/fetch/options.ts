/** Checks the options of an app once, so that no other code has to. */
import { assertScope, checkInteger, invalidOption, MAX_SEGMENT_BYTES } from '../core/index.js';
import { type RetrySettings, retryOf } from '../transfer/index.js';
import type { CacheOptions, FetchLimits, VideoFetcherOptions } from './types.js';

const MIB = 1_048_576;
const DEFAULT_CACHE_BYTES = 256 * MIB;
const DEFAULT_MEMORY_BYTES = 3 * MAX_SEGMENT_BYTES;
const MAX_CONCURRENCY = 16;

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

/** @throws {ReelwayError} INVALID_CONFIG with `context.field` */
export function settingsOf(options: VideoFetcherOptions): FetchSettings {
  requirePorts(options);
  const limits: FetchLimits = options.limits ?? {};
  const memoryBytes = checkInteger('limits.memoryBytes', limits.memoryBytes ?? DEFAULT_MEMORY_BYTES, MAX_SEGMENT_BYTES);
  return {
    scope: assertScope(options.scope),
    ...cacheOf(options.cache),
    maxBuffers: Math.floor(memoryBytes / MAX_SEGMENT_BYTES),
    concurrency: concurrencyOf('limits.concurrency', limits.concurrency),
    retry: retryOf(options.retry),
  };
}

/** @throws {ReelwayError} INVALID_CONFIG */
export function concurrencyOf(field: string, value: number | undefined): number {
  return checkInteger(field, value ?? 3, 1, MAX_CONCURRENCY);
}

function requirePorts(options: VideoFetcherOptions): void {
  if (typeof options !== 'object' || options === null) throw invalidOption('options', 'must be an object');
  for (const port of ['fileSystem', 'keyValueStore', 'blobStore'] as const) {
    if (typeof options[port] !== 'object' || options[port] === null) throw invalidOption(port, 'is missing');
  }
}

function cacheOf(cache: CacheOptions): { readonly directory: string; readonly maxCacheBytes: number } {
  const directory: unknown = cache?.directory;
  if (typeof directory !== 'string' || directory === '') throw invalidOption('cache.directory', 'must be a path');
  return {
    directory: directory.length > 1 ? directory.replace(/\/$/, '') : directory,
    maxCacheBytes: checkInteger('cache.maxBytes', cache.maxBytes ?? DEFAULT_CACHE_BYTES, MIB),
  };
}
