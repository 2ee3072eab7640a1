/**
 * One upload's way from its record to completed. The order is what makes it safe to be killed anywhere: acknowledged objects,
 * all of them checked, the manifest, the publish step, the record of completion.
 */
import { manifestKey, type VideoManifest } from '../../core/index.js';
import { ReelwayError } from '../../errors/index.js';
import { runCooperatively, throwIfAborted } from '../../internal/index.js';
import type { AbortSignalLike } from '../../ports/index.js';
import type { EngineContext } from '../context.js';
import { validateStoredManifest } from '../manifest/check-manifest.js';
import { describeVideo, findManifest, type ManifestPlace, putManifest } from '../manifest/stored-manifest.js';
import { retryEachRequest, withRetry } from '../retry.js';
import { type PreparedUpload, prepareUpload } from '../segments/prepared-upload.js';
import type { Goal, Upload } from '../upload.js';
import { publishVideo } from './publish.js';
import { SegmentScheduler } from './segment-scheduler.js';
import { findBroken, verifySource } from './verify-segments.js';

/** Gives slots to schedulers. */
export interface RunHost {
  open(scheduler: SegmentScheduler): void;
  close(scheduler: SegmentScheduler): void;
  /** Something may be taken now. */
  wake(): void;
  /** No more objects are in flight for this upload. */
  finishing(upload: Upload): void;
  /** The packaging has changed: the upload goes on under a new id. */
  restartUpload(upload: Upload): Promise<void>;
}

/** How often missing objects are sent again before the manifest. */
const MAX_ROUNDS = 3;

/** Runs an upload towards its goal; the manifest, where the goal was to finish. */
export async function runUpload(
  context: EngineContext,
  host: RunHost,
  upload: Upload,
  goal: Goal,
  signal: AbortSignalLike,
): Promise<VideoManifest | undefined> {
  upload.startWork();
  const place = manifestPlace(context, upload, signal);
  const found = await withRetry(context, upload, signal, async () => {
    // An earlier life's manifest may still be on its way.
    await context.backgroundPuts.waitUntilSettled(manifestKey(upload.record.videoId), false, signal);
    return findManifest(place);
  });
  const known = found === undefined ? undefined : await validateStoredManifest(context, upload, place, found);
  const manifest = known ?? (await uploadVideo(context, host, upload, goal, signal));
  if (manifest === undefined || !goal.finish) return undefined;
  host.finishing(upload);
  await publishAndComplete(context, upload, manifest, signal);
  return manifest;
}

function manifestPlace(context: EngineContext, upload: Upload, signal: AbortSignalLike): ManifestPlace {
  return { context, record: upload.record, signal, ask: retryEachRequest(context, upload, signal) };
}

async function uploadVideo(
  context: EngineContext,
  host: RunHost,
  upload: Upload,
  goal: Goal,
  signal: AbortSignalLike,
): Promise<VideoManifest | undefined> {
  const prepared = await openOrRestart(context, host, upload, signal);
  try {
    upload.meter.begin();
    if (!goal.finish) {
      await sendSegments(context, host, prepared, goal, signal);
      return undefined;
    }
    await uploadMissingSegments(context, host, prepared, goal, signal);
    const manifest = await runCooperatively(context.settings.clock, describeVideo(prepared));
    const place = manifestPlace(context, upload, signal);
    await withRetry(context, upload, signal, () => putManifest(place, manifest));
    return manifest;
  } finally {
    upload.meter.pause();
    // mutation-point: close-source
    await prepared.close();
  }
}

async function openOrRestart(context: EngineContext, host: RunHost, upload: Upload, signal: AbortSignalLike): Promise<PreparedUpload> {
  const open = (): Promise<PreparedUpload | undefined> => withRetry(context, upload, signal, () => prepareUpload(context, upload, signal));
  const prepared = await open();
  if (prepared !== undefined) return prepared;
  await withRetry(context, upload, signal, () => host.restartUpload(upload));
  const anew = await open();
  if (anew !== undefined) return anew;
  throw new ReelwayError('INTERNAL', { message: 'The packaging gives another version at each call' });
}

/** Sends what is missing until the store has everything. */
async function uploadMissingSegments(
  context: EngineContext,
  host: RunHost,
  prepared: PreparedUpload,
  goal: Goal,
  signal: AbortSignalLike,
): Promise<void> {
  const { upload } = prepared;
  for (let round = 0; ; round += 1) {
    // mutation-point: send-missing-segments
    await sendSegments(context, host, prepared, goal, signal);
    host.finishing(upload);
    await verifySource(context, prepared, signal);
    // mutation-point: verify-segments
    const broken = await findBroken(context, prepared, signal);
    if (broken.length === 0) return;
    if (round === MAX_ROUNDS) {
      throw new ReelwayError('SEGMENT_MISSING', {
        message: `The store loses objects: ${broken.length} are missing or damaged after ${MAX_ROUNDS} repetitions`,
        context: { segmentIndex: broken[0] ?? 0, uploadId: upload.id },
      });
    }
    for (const index of broken) {
      upload.journal.acks.drop(index);
      upload.sent.add(index);
      upload.resentIndices.add(index);
    }
  }
}

async function sendSegments(
  context: EngineContext,
  host: RunHost,
  prepared: PreparedUpload,
  goal: Goal,
  signal: AbortSignalLike,
): Promise<void> {
  const scheduler = new SegmentScheduler(context, prepared, goal.indices, signal, () => host.wake());
  host.open(scheduler);
  try {
    await scheduler.done;
  } finally {
    host.close(scheduler);
  }
}

async function publishAndComplete(context: EngineContext, upload: Upload, manifest: VideoManifest, signal: AbortSignalLike): Promise<void> {
  const { clock, publish } = context.settings;
  upload.meter.finish();
  upload.move('publish');
  upload.emitProgress();
  if (publish !== undefined && upload.record.published !== true) {
    await upload.journal.update((record) => ({ ...record, status: 'publishing' }));
    await publishVideo(context, upload, publish, manifest, signal);
    await upload.journal.update((record) => ({ ...record, published: true }));
    throwIfAborted(signal);
  }
  upload.isCommitting = true;
  try {
    await upload.journal.update((record) => ({ ...record, status: 'completed', finishedMs: clock.wallMs() }));
  } finally {
    upload.isCommitting = false;
  }
  upload.move('complete');
  upload.emitProgress();
}
