/** Calls of a library that knows no signals: whoever waits is let go of at the abort, and its errors come out in our words. */
import { abortReason, onAbort, throwIfAborted } from '../../src/adapter-kit/index.js';
import type { ErrorContext } from '../../src/errors/index.js';
import type { AbortSignalLike } from '../../src/ports/index.js';
import { firebaseError } from './errors.js';

/**
 * Runs one call. At the abort `cancel` is called, and the wait ends with the signal's own reason at once: what is still under way then has
 * nothing of the caller's to read.
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
  // The abort may come while nobody waits for it.
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
