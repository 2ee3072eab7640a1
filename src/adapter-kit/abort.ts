/** Aborts as every host has them: `reason` may be missing, and `throwIfAborted` is not there on React Native. */
import { ReelwayError } from '../errors/index.js';
import type { AbortSignalLike } from '../ports/index.js';

/** What an aborted call rejects with: the signal's own reason, or ABORTED where the host has none. */
export function abortReason(signal: AbortSignalLike): unknown {
  return signal.reason ?? new ReelwayError('ABORTED');
}

/** Throws {@link abortReason} if the signal is there and aborted. */
export function throwIfAborted(signal: AbortSignalLike | undefined): void {
  if (signal?.aborted === true) throw abortReason(signal);
}

/** Calls `listener` at the abort, at once if it has happened already. Returns what forgets the listener. */
export function onAbort(signal: AbortSignalLike | undefined, listener: () => void): () => void {
  if (signal === undefined) return () => undefined;
  if (signal.aborted) {
    listener();
    return () => undefined;
  }
  signal.addEventListener('abort', listener);
  return () => signal.removeEventListener('abort', listener);
}
