/** What the core's tests share. */
import { isReelwayError, type ReelwayError } from '../../src/errors/index.js';

/** The typed refusal that a call ends with; anything else fails the test. */
export function refusalOf(call: () => unknown): ReelwayError {
  try {
    call();
  } catch (error) {
    if (isReelwayError(error)) return error;
    throw error;
  }
  throw new Error('Expected a refusal, but the call succeeded');
}

/** The code that a call is refused with. */
export function codeOf(call: () => unknown): string {
  return refusalOf(call).code;
}

/** The field that a refusal names. */
export function fieldOf(call: () => unknown): string | undefined {
  return refusalOf(call).context.field;
}

/** A fixed sequence of numbers in [0, 1), for ids and jitter (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
