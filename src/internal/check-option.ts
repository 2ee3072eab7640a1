/** Checks of single options, with the field in the error. */
import { ReelwayError } from '../errors/index.js';

export function integer(field: string, value: number, least: number, most: number): number {
  if (!Number.isSafeInteger(value)) throw invalid(field, `must be a whole number, not ${value}`);
  if (value < least || value > most) throw invalid(field, `must be from ${least} to ${most}, not ${value}`);
  return value;
}

export function number(field: string, value: number, least: number): number {
  if (!Number.isFinite(value) || value < least) throw invalid(field, `must be at least ${least}, not ${value}`);
  return value;
}

export function invalid(field: string, problem: string): ReelwayError {
  return new ReelwayError('INVALID_CONFIG', { message: `${field} ${problem}`, context: { field } });
}
