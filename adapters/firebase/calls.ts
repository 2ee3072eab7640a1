/** Calls of a library without abort signals: an abort ends the wait, and errors are converted to `ReelwayError`. */
import { abortReason, onAbort, throwIfAborted } from '../../src/adapter-kit/index.js';
import type { ErrorContext } from '../../src/errors/index.js';
import type { AbortSignalLike } from '../../src/ports/index.js';
import { firebaseError } from './errors.js';

/**
 * Runs one call. At the abort `cancel` is called, and the wait ends at once with the signal's own reason. The request that still runs then
 * must not read memory of the caller.
 */
export async function call<Result>(
  signal: AbortSignalLike | undefined,
  context: ErrorContext,
  run: () => Promise<Result>,
  cancel: () => void = () => undefined,
): Promise<Result> {
  throwIfAborted(signal);
  let giveUp: (reason: unknown) => void = () => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    giveUp = reject;
  });
  // Prevents an unhandled rejection if the abort comes after the race.
  aborted.catch(() => undefined);
  const forget = onAbort(signal, () => {
    if (signal !== undefined) giveUp(abortReason(signal));
    cancel();
  });
  try {
    return await Promise.race([run(), aborted]);
  } catch (error) {
    throw signal?.aborted === true ? abortReason(signal) : firebaseError(error, context);
  } finally {
    forget();
  }
}
