/** Work on many items, a few at a time. */
import { createAbortHandle } from '../internal/index.js';
import type { AbortSignalLike } from '../ports/index.js';

/** Runs `work` for each item, a few at a time. Ends with the first failure, once nothing is under way any more. */
export async function forEachLimit<T>(
  items: readonly T[],
  parallel: number,
  signal: AbortSignalLike,
  work: (item: T, signal: AbortSignalLike) => Promise<void>,
): Promise<void> {
  const siblings = createAbortHandle(signal);
  let next = 0;
  let failure: { readonly error: unknown } | undefined;
  const walk = async (): Promise<void> => {
    while (next < items.length && failure === undefined) {
      const item = items[next] as T;
      next += 1;
      // mutation-point: stop-after-first-failure
      try {
        await work(item, siblings.signal);
      } catch (error) {
        failure ??= { error };
        siblings.abort(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallel, items.length) }, walk));
  siblings.dispose();
  if (failure !== undefined) throw failure.error;
}
