/** The engine's own stages, called by hand. */
import { createManifestSteps, segmentsOf, type VideoManifest, type VideoSegment } from '../../core/index.js';
import { ReelwayError } from '../../errors/index.js';
import { runCooperatively } from '../../internal/index.js';
import type { AbortSignalLike } from '../../ports/index.js';
import { describeRendition } from '../manifest/manifest-draft.js';
import { blobAddress } from '../segments/blob-address.js';
import { prepareUpload } from '../segments/prepared-upload.js';
import type { WaitOptions } from '../types.js';
import type { Goal, Upload } from '../upload.js';
import type { RunningEngine } from './running-engine.js';

/** Plans a video's segments. Hashes are not known before the bytes are read. */
export async function planSegments(engine: RunningEngine, upload: Upload, ended: AbortSignalLike): Promise<VideoSegment[]> {
  const { record } = upload;
  const prepared = await prepareUpload(engine.context, upload, ended);
  if (prepared === undefined) {
    throw new ReelwayError('INVALID_STATE', {
      message: 'The packaging has changed since the video was added: add it again',
      context: { uploadId: upload.id },
    });
  }
  try {
    const { clock } = engine.context.settings;
    const address = await runCooperatively(clock, blobAddress(record, prepared.pack));
    const draft = await runCooperatively(
      clock,
      describeRendition(prepared, address, () => ({})),
    );
    const task = createManifestSteps({
      videoId: record.videoId,
      uploadId: record.id,
      layout: record.plan.layout,
      createdMs: record.createdMs,
      source: { sizeBytes: record.source.sizeBytes, contentType: 'application/octet-stream' },
      metadata: record.metadata,
      ...draft,
    });
    return [...segmentsOf(await runCooperatively(clock, task))];
  } finally {
    await prepared.close();
  }
}

/** Sends these segments, all that are missing by default; resolves when they are acknowledged. */
export async function sendSegments(
  engine: RunningEngine,
  upload: Upload,
  segmentIds: readonly string[] | undefined,
  options?: WaitOptions,
): Promise<void> {
  const indices = segmentIds === undefined ? undefined : new Set(segmentIds.map((id) => indexOf(upload, id)));
  await reach(engine, upload, { indices, finish: false }, options);
}

/** Checks, describes and publishes. @throws {ReelwayError} INVALID_STATE where segments are missing */
export async function finalize(engine: RunningEngine, upload: Upload, options?: WaitOptions): Promise<VideoManifest> {
  const { acks } = upload.journal;
  if (acks.acknowledgedCount < acks.count && upload.status !== 'completed') {
    throw new ReelwayError('INVALID_STATE', {
      message: `Finalizing needs all ${acks.count} segments, got ${acks.acknowledgedCount}`,
      context: { uploadId: upload.id },
    });
  }
  requireFree(upload);
  const done = upload.whenCompleted(options);
  start(engine, upload, { indices: undefined, finish: true });
  return done;
}

async function reach(engine: RunningEngine, upload: Upload, goal: Goal, options: WaitOptions | undefined): Promise<void> {
  requireFree(upload);
  const done = upload.whenStepsDone(options);
  start(engine, upload, goal);
  await done;
}

function start(engine: RunningEngine, upload: Upload, goal: Goal): void {
  upload.goal = goal;
  engine.registry.wake();
}

/** One step at a time. @throws {ReelwayError} INVALID_STATE */
function requireFree(upload: Upload): void {
  const isBusy = !upload.record.byHand || upload.goal !== undefined;
  const isAtRest = ['paused', 'failed', 'completed', 'canceled'].includes(upload.status);
  if (!isBusy && !isAtRest) return;
  throw new ReelwayError('INVALID_STATE', {
    message: isAtRest ? `The upload is ${upload.status}` : 'The upload is already running, by itself or for another step',
    context: { uploadId: upload.id },
  });
}

function indexOf(upload: Upload, segmentId: string): number {
  const [uploadId, digits = ''] = segmentId.split('/');
  const index = /^\d{1,6}$/.test(digits) ? Number(digits) : Number.NaN;
  if (uploadId === upload.id && index < upload.journal.acks.count) return index;
  throw new ReelwayError('INVALID_STATE', {
    message: `Expected the id of a segment of this upload, got ${JSON.stringify(segmentId)}`,
    context: { uploadId: upload.id },
  });
}
