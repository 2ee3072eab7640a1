/** Calls of the client: converts abort signals for it, and its errors to `ReelwayError`. */
import { abortReason, onAbort, throwIfAborted } from '../../src/adapter-kit/index.js';
import type { ErrorContext } from '../../src/errors/index.js';
import type { AbortSignalLike } from '../../src/ports/index.js';
import type { S3CallOptions } from './client.js';
import { s3Error } from './errors.js';

/** A signal of the host's own kind that follows ours: browsers' `fetch` refuses a look-alike. */
export interface FollowingSignal {
  /** An `AbortSignal`; see {@link S3CallOptions.abortSignal}. */
  readonly signal: never;
  abort(): void;
  /** Removes the listener, so that a long-lived signal does not leak listeners. */
  forget(): void;
}

/** Makes a host's signal that is aborted when `signal` is. */
export function followSignal(signal: AbortSignalLike | undefined): FollowingSignal {
  const controller = new AbortController();
  const forget = onAbort(signal, () => controller.abort());
  return { signal: controller.signal as never, abort: () => controller.abort(), forget };
}

/** Runs one call of the client; rejects with the signal's own reason after an abort. */
export async function call<Reply>(
  signal: AbortSignalLike | undefined,
  context: ErrorContext,
  run: (options: S3CallOptions) => Promise<Reply>,
): Promise<Reply> {
  throwIfAborted(signal);
  const following = followSignal(signal);
  try {
    return await run({ abortSignal: following.signal });
  } catch (error) {
    throw callError(error, signal, context);
  } finally {
    following.forget();
  }
}

export function callError(error: unknown, signal: AbortSignalLike | undefined, context: ErrorContext): unknown {
  return signal?.aborted === true ? abortReason(signal) : s3Error(error, context);
}
