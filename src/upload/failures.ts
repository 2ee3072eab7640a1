/** What a failure means for an upload: again after a while, wait for something, or fail. */
import type { RetryTracker, WaitingReason } from '../core/index.js';
import type { ReelwayError } from '../errors/index.js';
import { abortable } from '../internal/index.js';
import type { AbortSignalLike } from '../ports/index.js';
import { isUnanswered } from '../transfer/index.js';
import type { EngineContext } from './context.js';

/** The upload has to wait; thrown through its run. */
export class Waiting extends Error {
  readonly reason: WaitingReason;
  readonly error: ReelwayError | undefined;

  constructor(reason: WaitingReason, error?: ReelwayError) {
    super(`Waiting: ${reason}`);
    this.reason = reason;
    this.error = error;
  }
}

/** What to do now. */
export type Verdict =
  | { readonly action: 'retry'; readonly delayMs: number }
  | { readonly action: 'wait'; readonly reason: WaitingReason }
  | { readonly action: 'fail' };

/**
 * Judges one failure.
 *
 * @param generation of the credentials with which the attempt began
 * @throws the signal's reason while credentials are renewed
 */
export async function judgeFailure(
  context: EngineContext,
  tracker: RetryTracker,
  error: ReelwayError,
  generation: number,
  signal: AbortSignalLike,
): Promise<Verdict> {
  const { policy } = context.settings;
  const kind = policy.classOf(error.code);
  if (kind === 'auth') {
    return (await abortable(context.auth.renew(error, generation), signal))
      ? { action: 'retry', delayMs: 0 }
      : { action: 'wait', reason: 'auth' };
  }
  // mutation-point: wait-while-offline
  if (isUnanswered(error.code) && (context.isOffline() || context.link.state() !== 'up')) return { action: 'wait', reason: 'offline' };
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
