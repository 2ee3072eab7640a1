/** One operation of an upload, repeated until it succeeds, must wait, or fails for good. */
import { createRetryTracker } from '../core/index.js';
import { sleep, throwIfAborted } from '../internal/index.js';
import type { AbortSignalLike } from '../ports/index.js';
import type { EngineContext } from './context.js';
import { judgeFailure, Waiting } from './failures.js';
import type { Upload } from './upload.js';
import { wrapError } from './wrap-error.js';

/** Runs `operation` until it succeeds. @throws {Waiting} where something has to change first; the error that ended the budget */
export async function persist<T>(context: EngineContext, upload: Upload, signal: AbortSignalLike, operation: () => Promise<T>): Promise<T> {
  const { policy, clock } = context.settings;
  const tracker = createRetryTracker(policy, () => clock.random());
  for (;;) {
    const generation = context.auth.generation();
    try {
      const result = await operation();
      context.auth.accepted();
      return result;
    } catch (failure) {
      throwIfAborted(signal);
      if (failure instanceof Waiting) throw failure;
      const error = wrapError(failure, 'INTERNAL', 'A step of the upload failed');
      const verdict = await judgeFailure(context, tracker, error, generation);
      throwIfAborted(signal);
      if (verdict.action === 'fail') throw error;
      if (verdict.action === 'wait') throw new Waiting(verdict.reason, error);
      context.counters.retries += 1;
      upload.tellRetry(error, verdict.delayMs);
      if (verdict.delayMs === 0) continue;
      upload.move('wait', { reason: 'backoff', error });
      await sleep(clock, verdict.delayMs, signal);
      upload.startWork();
    }
  }
}
