/**
 * The app's last step, repeated until it resolves, under one idempotency key for ever. It never costs the upload: the video is
 * durable, so after a budget of failures the upload goes on waiting and trying, ever more rarely. Only a refusal that says of
 * itself that repeating is useless ends it, until `retry` is called.
 */
import { manifestKey, type VideoManifest } from '../../core/index.js';
import { isReelwayError, ReelwayError } from '../../errors/index.js';
import { abortable, createAbortHandle, sleep, throwIfAborted } from '../../internal/index.js';
import type { AbortSignalLike } from '../../ports/index.js';
import type { EngineContext } from '../context.js';
import { type UploadRun, UploadSuspended } from '../retry.js';
import type { PublishStep } from '../types.js';
import type { Upload } from '../upload.js';

/** Milliseconds that one call of the step may take before it is repeated. */
const LIMIT_MS = 300_000;

/** The last steps: the app's publish step, and the record of completion. */
export async function publishAndComplete(context: EngineContext, run: UploadRun, manifest: VideoManifest): Promise<void> {
  const { upload, signal, clock } = run;
  const { publish } = context.settings;
  upload.meter.finish();
  upload.move('publish');
  upload.emitProgress();
  if (publish !== undefined && upload.record.published !== true) {
    await upload.journal.update((record) => ({ ...record, status: 'publishing' }));
    // mutation-point: publish-video
    await publishVideo(context, upload, publish, manifest, signal);
    // mutation-point: save-published
    await upload.journal.update((record) => ({ ...record, published: true }));
    throwIfAborted(signal);
  }
  // mutation-point: save-completion
  await upload.commit((record) => ({ ...record, status: 'completed', finishedMs: clock.wallMs() }));
  upload.move('complete');
  upload.emitProgress();
}

/** Runs the publish step until it resolves. @throws {UploadSuspended} for a person to sign in; {ReelwayError} PUBLISH_FAILED where it was refused */
async function publishVideo(
  context: EngineContext,
  upload: Upload,
  publish: PublishStep,
  manifest: VideoManifest,
  signal: AbortSignalLike,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    throwIfAborted(signal);
    const epoch = context.retry.credentials.epoch();
    try {
      await callStep(context, publish, upload, manifest, signal);
      return;
    } catch (failure) {
      throwIfAborted(signal);
      const error = new ReelwayError('PUBLISH_FAILED', {
        context: { uploadId: upload.id, videoId: upload.record.videoId, attempt },
        cause: failure,
      });
      const isRenewed = await abortable(judge(context, failure, error, epoch), signal);
      if (!isRenewed) await backOff(context, upload, error, attempt, signal);
    }
  }
}

/** Whether credentials were renewed, so that the step may be called again at once. Throws where it may not be called again. */
async function judge(context: EngineContext, failure: unknown, error: ReelwayError, epoch: number): Promise<boolean> {
  if (!isReelwayError(failure)) return false;
  if (failure.code === 'AUTH_REQUIRED') {
    if (await context.retry.credentials.refresh(failure, epoch)) return true;
    throw new UploadSuspended('auth', error);
  }
  if (!failure.retryable) throw refused(error, failure.userMessage);
  return false;
}

/** The step knows best what a person can do. The sentence of the code announces another attempt, which does not follow. */
function refused({ message, context, cause }: ReelwayError, userMessage: string): ReelwayError {
  return new ReelwayError('PUBLISH_FAILED', { message, context, cause, userMessage, retryable: false });
}

async function callStep(
  context: EngineContext,
  publish: PublishStep,
  upload: Upload,
  manifest: VideoManifest,
  signal: AbortSignalLike,
): Promise<void> {
  const { id, videoId } = upload.record;
  const limit = createAbortHandle(signal);
  const cancel = context.retry.clock.after(LIMIT_MS, () => limit.abort(new ReelwayError('TIMEOUT')));
  // mutation-point: set-idempotency-key
  const idempotencyKey = `reelway-${id}`;
  const call = async (): Promise<void> =>
    publish({ item: upload.snapshot.item, manifest, manifestKey: manifestKey(videoId), idempotencyKey, signal: limit.signal });
  try {
    await abortable(call(), limit.signal);
  } finally {
    cancel();
    limit.dispose();
  }
}

async function backOff(
  context: EngineContext,
  upload: Upload,
  error: ReelwayError,
  attempt: number,
  signal: AbortSignalLike,
): Promise<void> {
  const { clock, policy, counters } = context.retry;
  const { retry } = context.settings;
  const decision = policy.decide({
    code: error.code,
    attemptsInClass: Math.max(1, Math.min(attempt, retry.maxAttempts - 1)),
    random: clock.random(),
  });
  const delayMs = decision.action === 'retry' ? decision.delayMs : retry.maxDelayMs;
  counters.retries += 1;
  upload.emitRetry(error, delayMs);
  upload.move('wait', { reason: 'backoff', error });
  await sleep(clock, delayMs, signal);
  upload.startWork();
  upload.move('publish');
}
