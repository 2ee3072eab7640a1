/** What a failure means for an upload: again after a while, wait for something, or fail. */
import type { RetryTracker, WaitingReason } from '../core/index.js';
import type { ReelwayError } from '../errors/index.js';
import { abortable } from '../internal/index.js';
import type { AbortSignalLike } from '../ports/index.js';
import { isNoResponse } from '../transfer/index.js';
import type { EngineContext } from './context.js';

/** The upload has to wait; thrown through its run. */
export class UploadSuspended extends Error {
  readonly reason: WaitingReason;
  readonly error: ReelwayError | undefined;

  constructor(reason: WaitingReason, error?: ReelwayError) {
    super(`Waiting: ${reason}`);
    this.reason = reason;
    this.error = error;
  }
}

/** What to do now. */
export type RetryDecision =
  | { readonly action: 'retry'; readonly delayMs: number }
  | { readonly action: 'wait'; readonly reason: WaitingReason }
  | { readonly action: 'fail' };

/**
 * Decides what follows one failure.
 *
 * @param epoch of the credentials with which the attempt began
 * @throws the signal's reason while credentials are renewed
 */
export async function decideRetry(
  context: EngineContext,
  tracker: RetryTracker,
  error: ReelwayError,
  epoch: number,
  signal: AbortSignalLike,
): Promise<RetryDecision> {
  const { policy } = context.settings;
  const kind = policy.classOf(error.code);
  if (kind === 'auth') {
    return (await abortable(context.credentials.refresh(error, epoch), signal))
      ? { action: 'retry', delayMs: 0 }
      : { action: 'wait', reason: 'auth' };
  }
  // mutation-point: wait-while-offline
  if (isNoResponse(error.code) && (context.isOffline() || context.networkHealth.state() !== 'up'))
    return { action: 'wait', reason: 'offline' };
  // mutation-point: read-retry-after
  const { retryAfterMs } = error.context;
  // mutation-point: read-online
  const online = !context.isOffline();
  const decision = tracker.fail({ code: error.code, retryAfterMs, online });
  if (decision.action === 'retry') return { action: 'retry', delayMs: decision.delayMs };
  if (decision.action === 'wait') return { action: 'wait', reason: decision.reason };
  // The device's own storage comes back; a video is not given up because the phone was locked.
  return error.code === 'STORAGE_UNAVAILABLE' ? { action: 'wait', reason: 'storage' } : { action: 'fail' };
}
