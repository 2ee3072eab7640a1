/** One operation of an upload, repeated until it succeeds, must wait, or fails for good. */
import { createRetryTracker, type RetryTracker } from '../core/index.js';
import { sleep, throwIfAborted } from '../internal/index.js';
import type { AbortSignalLike } from '../ports/index.js';
import { wrapError } from '../transfer/index.js';
import type { EngineContext } from './context.js';
import { decideRetry, UploadSuspended } from './failures.js';
import type { Upload } from './upload.js';

/** Runs `operation` until it succeeds. @throws {UploadSuspended} where something has to change first; the error that ended the budget */
export async function withRetry<T>(
  context: EngineContext,
  upload: Upload,
  signal: AbortSignalLike,
  operation: () => Promise<T>,
): Promise<T> {
  const { policy, clock } = context.settings;
  const tracker = createRetryTracker(policy, () => clock.random());
  for (;;) {
    throwIfAborted(signal);
    const epoch = context.credentials.epoch();
    try {
      const result = await operation();
      context.credentials.accepted();
      return result;
    } catch (failure) {
      throwIfAborted(signal);
      await backOff(context, upload, signal, tracker, failure, epoch);
    }
  }
}

/** Waits until the operation may be tried again. Throws where it may not. */
async function backOff(
  context: EngineContext,
  upload: Upload,
  signal: AbortSignalLike,
  tracker: RetryTracker,
  failure: unknown,
  epoch: number,
): Promise<void> {
  if (failure instanceof UploadSuspended) throw failure;
  const error = wrapError(failure, 'INTERNAL', 'A step of the upload failed');
  // A part of this operation has used up its own budget: repeating the whole would only multiply the attempts.
  if (context.exhaustedErrors.has(error)) throw error;
  const decision = await decideRetry(context, tracker, error, epoch, signal);
  throwIfAborted(signal);
  if (decision.action === 'fail') {
    context.exhaustedErrors.add(error);
    throw error;
  }
  if (decision.action === 'wait') throw new UploadSuspended(decision.reason, error);
  context.counters.retries += 1;
  upload.emitRetry(error, decision.delayMs);
  if (decision.delayMs === 0) return;
  upload.move('wait', { reason: 'backoff', error });
  await sleep(context.settings.clock, decision.delayMs, signal);
  upload.startWork();
}

/** Repeats one request until it succeeds, or not at all. */
export type Ask = <T>(request: () => Promise<T>) => Promise<T>;

/** Repeats each request by itself, so that a step of many requests does not fail because each of them failed once. */
export function retryEachRequest(context: EngineContext, upload: Upload, signal: AbortSignalLike): Ask {
  return (request) => withRetry(context, upload, signal, request);
}

/** Asks once. */
export const once: Ask = (request) => request();
