/**
 * One upload's way from its record to completed. The order is what makes it safe to be killed anywhere: acknowledged objects,
 * all of them checked, the manifest, the publish step, the record of completion.
 */
import { manifestKey, type VideoManifest } from '../../core/index.js';
import { ReelwayError } from '../../errors/index.js';
import { runCooperatively } from '../../internal/index.js';
import type { AbortSignalLike } from '../../ports/index.js';
import type { EngineContext } from '../context.js';
import { validateStoredManifest } from '../manifest/check-manifest.js';
import { describeVideo } from '../manifest/manifest-draft.js';
import { putManifest } from '../manifest/put-manifest.js';
import { findManifest } from '../manifest/stored-manifest.js';
import { createUploadRun, type UploadRun } from '../retry.js';
import { createBlobTarget } from '../segments/blob-target.js';
import { type PreparedUpload, prepareUpload } from '../segments/prepared-upload.js';
import type { SegmentTarget } from '../segments/segment-target.js';
import type { Goal, Upload } from '../upload.js';
import { publishAndComplete } from './publish.js';
import { SegmentScheduler } from './segment-scheduler.js';
import { verifySource } from './verify-source.js';

/** What a run needs of the queue. */
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
  const run = createUploadRun(context.retry, context.store, upload, signal);
  const found = await run.repeat(async () => {
    // An earlier process's manifest may still be on its way.
    await context.backgroundPuts.waitUntilSettled(manifestKey(upload.record.videoId), false, signal);
    return findManifest(run, upload.record);
  });
  const known = found === undefined ? undefined : await validateStoredManifest(context, run, found);
  const manifest = known ?? (await uploadVideo(context, host, run, goal));
  if (manifest === undefined || !goal.finish) return undefined;
  host.finishing(upload);
  await publishAndComplete(context, run, manifest);
  return manifest;
}

/** An upload whose source is open. */
interface Work {
  readonly run: UploadRun;
  readonly prepared: PreparedUpload;
  readonly target: SegmentTarget;
  readonly goal: Goal;
}

async function uploadVideo(context: EngineContext, host: RunHost, run: UploadRun, goal: Goal): Promise<VideoManifest | undefined> {
  const { upload } = run;
  const prepared = await openOrRestart(context, host, run);
  const work: Work = { run, prepared, target: createBlobTarget(context, run, prepared), goal };
  try {
    upload.meter.begin();
    if (!goal.finish) {
      await sendSegments(context, host, work);
      return undefined;
    }
    await uploadMissingSegments(context, host, work);
    const address = await work.target.finish();
    const manifest = await runCooperatively(run.clock, describeVideo(prepared, address));
    await run.repeat(() => putManifest(context, run, manifest));
    return manifest;
  } finally {
    upload.meter.pause();
    // mutation-point: close-source
    await prepared.close();
  }
}

async function openOrRestart(context: EngineContext, host: RunHost, { upload, signal, repeat }: UploadRun): Promise<PreparedUpload> {
  const open = (): Promise<PreparedUpload | undefined> => repeat(() => prepareUpload(context, upload, signal));
  const prepared = await open();
  if (prepared !== undefined) return prepared;
  await repeat(() => host.restartUpload(upload));
  const restarted = await open();
  if (restarted !== undefined) return restarted;
  throw new ReelwayError('INTERNAL', { message: 'Expected the same packaging version at two calls, got two versions' });
}

/** Sends what is missing until the store has everything. */
async function uploadMissingSegments(context: EngineContext, host: RunHost, work: Work): Promise<void> {
  const { run, prepared, target } = work;
  const { upload } = run;
  for (let round = 0; ; round += 1) {
    // mutation-point: send-missing-segments
    await sendSegments(context, host, work);
    host.finishing(upload);
    await verifySource(context, run, prepared);
    // mutation-point: verify-segments
    const broken = await target.verify();
    if (broken.length === 0) return;
    if (round === MAX_ROUNDS) {
      throw new ReelwayError('SEGMENT_MISSING', {
        message: `${broken.length} objects are missing or damaged in the store after ${MAX_ROUNDS} repetitions`,
        context: { segmentIndex: broken[0] ?? 0, uploadId: upload.id },
      });
    }
    for (const index of broken) upload.resend(index);
  }
}

async function sendSegments(context: EngineContext, host: RunHost, { run, prepared, target, goal }: Work): Promise<void> {
  const scheduler = new SegmentScheduler(context, target, prepared, goal.indices, run.signal, () => host.wake());
  host.open(scheduler);
  try {
    await scheduler.done;
  } finally {
    host.close(scheduler);
  }
}
