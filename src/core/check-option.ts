/** Checks of single options. The field at fault stands in the message and in `context.field`. */
import { ReelwayError } from '../errors/index.js';

/** The error for an option: `problem` says what was expected and what was got. */
export function invalidOption(field: string, problem: string): ReelwayError {
  return new ReelwayError('INVALID_CONFIG', { message: `${field} ${problem}`, context: { field } });
}

/** The number, if it is finite and in its range. @throws {ReelwayError} INVALID_CONFIG */
export function checkNumber(field: string, value: number, least: number, most: number = Number.MAX_VALUE): number {
  if (typeof value === 'number' && value >= least && value <= most) return value;
  const range = most === Number.MAX_VALUE ? `at least ${least}` : `from ${least} to ${most}`;
  throw invalidOption(field, `must be ${range}, got ${String(value)}`);
}

/** The integer, if it is in its range. @throws {ReelwayError} INVALID_CONFIG */
export function checkInteger(field: string, value: number, least: number, most: number = Number.MAX_SAFE_INTEGER): number {
  if (!Number.isInteger(value)) throw invalidOption(field, `must be an integer, got ${String(value)}`);
  return checkNumber(field, value, least, most);
}

/** The value, if it is one of those allowed. @throws {ReelwayError} INVALID_CONFIG */
export function checkOneOf<T extends string>(field: string, value: T, allowed: readonly T[]): T {
  if (allowed.includes(value)) return value;
  throw invalidOption(field, `must be one of ${allowed.join(', ')}, got ${String(value)}`);
}
