/**
 * The app's last step, repeated until it resolves, under one idempotency key for ever. It never costs the upload: the video is
 * durable, so after a budget of failures the upload goes on waiting and trying, ever more rarely. Only a refusal that says of
 * itself that repeating is useless ends it, until somebody calls `retry`.
 */
import type { VideoManifest } from '../core/index.js';
import { manifestKey } from '../core/index.js';
import { isReelwayError, ReelwayError } from '../errors/index.js';
import { abortable, sleep, throwIfAborted } from '../internal/index.js';
import type { AbortSignalLike } from '../ports/index.js';
import type { EngineContext } from './context.js';
import { Waiting } from './failures.js';
import type { PublishStep } from './types.js';
import type { Upload } from './upload.js';

/** Runs the publish step until it resolves. @throws {Waiting} for a person to sign in; {ReelwayError} PUBLISH_FAILED where it was refused */
export async function publishVideo(
  context: EngineContext,
  upload: Upload,
  manifest: VideoManifest,
  signal: AbortSignalLike,
): Promise<void> {
  const { publish } = context.settings;
  if (publish === undefined || upload.record.published === true) return;
  for (let attempt = 1; ; attempt += 1) {
    const generation = context.auth.generation();
    try {
      await callStep(publish, upload, manifest, signal);
      return;
    } catch (failure) {
      throwIfAborted(signal);
      const error = new ReelwayError('PUBLISH_FAILED', {
        context: { uploadId: upload.id, videoId: upload.record.videoId, attempt },
        cause: failure,
      });
      if (isAuth(failure) && (await context.auth.renew(failure, generation))) continue;
      if (isAuth(failure)) throw new Waiting('auth', error);
      if (isReelwayError(failure) && !failure.retryable) throw error;
      await backOff(context, upload, error, attempt, signal);
    }
  }
}

function isAuth(failure: unknown): failure is ReelwayError {
  return isReelwayError(failure) && failure.code === 'AUTH_REQUIRED';
}

function callStep(publish: PublishStep, upload: Upload, manifest: VideoManifest, signal: AbortSignalLike): Promise<void> {
  const { id, videoId } = upload.record;
  const call = async (): Promise<void> =>
    publish({ item: upload.item(), manifest, manifestKey: manifestKey(videoId), idempotencyKey: `reelway-${id}`, signal });
  return abortable(call(), signal);
}

async function backOff(
  context: EngineContext,
  upload: Upload,
  error: ReelwayError,
  attempt: number,
  signal: AbortSignalLike,
): Promise<void> {
  const { clock, policy, retry } = context.settings;
  const decision = policy.decide({ code: error.code, attemptsInClass: Math.min(attempt, retry.maxAttempts - 1), random: clock.random() });
  const delayMs = decision.action === 'retry' ? decision.delayMs : retry.maxDelayMs;
  context.counters.retries += 1;
  upload.tellRetry(error, delayMs);
  upload.move('wait', { reason: 'backoff', error });
  await sleep(clock, delayMs, signal);
  upload.startWork();
  upload.move('publish');
}
