/** Work on many items, a few at a time. */

import { createAbortHandle } from '../abort/index.js';
import type { AbortSignalLike } from '../ports/index.js';

/**
 * Runs `work` for each item, `parallel` at a time. The first failure aborts the others; it rejects when nothing is under way any more.
 * Items are taken when they are needed, so an iterable may make them late.
 */
export async function forEachLimit<T>(
  items: Iterable<T>,
  parallel: number,
  signal: AbortSignalLike | undefined,
  work: (item: T, signal: AbortSignalLike) => Promise<void>,
): Promise<void> {
  const siblings = createAbortHandle(signal);
  const rest = items[Symbol.iterator]();
  let failure: { readonly error: unknown } | undefined;
  const walk = async (): Promise<void> => {
    for (let next = rest.next(); next.done !== true && failure === undefined; next = rest.next()) {
      // mutation-point: stop-after-first-failure
      try {
        await work(next.value, siblings.signal);
      } catch (error) {
        failure ??= { error };
        siblings.abort(error);
      }
    }
  };
  await Promise.all(Array.from({ length: parallel }, walk));
  siblings.dispose();
  if (failure !== undefined) throw failure.error;
}
