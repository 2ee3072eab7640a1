/** Checks of option values. */
import type { Priority } from '../index.js';
import { usageError } from './usage-error.js';

const PRIORITIES: readonly Priority[] = ['high', 'normal', 'low'];

/** `high`, `normal` or `low`. @throws {ReelwayError} INVALID_CONFIG */
export function parsePriority(text: string): Priority {
  const found = PRIORITIES.find((priority) => priority === text);
  if (found === undefined) throw usageError(`--priority must be one of ${PRIORITIES.join(', ')}: ${JSON.stringify(text)}`, 'priority');
  return found;
}

/** Bytes of the cache. @throws {ReelwayError} INVALID_CONFIG */
export function parseCacheBytes(text: string): number {
  const bytes = /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(bytes) || bytes < LEAST_CACHE_BYTES) {
    throw usageError(`--cache-bytes must be a whole number of at least ${LEAST_CACHE_BYTES}: ${JSON.stringify(text)}`, 'cache-bytes');
  }
  return bytes;
}

const LEAST_CACHE_BYTES = 1_048_576;

/** A path or a name that must not be empty. @throws {ReelwayError} INVALID_CONFIG */
export function notEmpty(text: string, field: string): string {
  if (text === '') throw usageError(`${field} must not be empty`, field);
  return text;
}
