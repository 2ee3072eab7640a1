/**
 * One upload's way from its record to completed. The order is what makes it safe to be killed anywhere: acknowledged objects,
 * all of them checked, the manifest, the publish step, the record of completion.
 */
import { manifestKey, type VideoManifest } from '../../core/index.js';
import { ReelwayError } from '../../errors/index.js';
import { inTurns, throwIfAborted } from '../../internal/index.js';
import type { AbortSignalLike } from '../../ports/index.js';
import type { EngineContext } from '../context.js';
import { believe } from '../manifest/check-manifest.js';
import { describeVideo, findManifest, type ManifestPlace, putManifest } from '../manifest/stored-manifest.js';
import { persist, persistently } from '../retry.js';
import { openSession, type Session } from '../segments/prepared-upload.js';
import type { Goal, Upload } from '../upload.js';
import { publishVideo } from './publish.js';
import { Lane } from './segment-scheduler.js';
import { findBroken, verifySource } from './verify-segments.js';

/** Who has slots for lanes. */
export interface LaneHost {
  open(lane: Lane): void;
  close(lane: Lane): void;
  /** Something may be taken now. */
  kick(): void;
  /** No more objects are in flight for this upload. */
  finishing(upload: Upload): void;
  /** The packaging has changed: the upload goes on under a new id. */
  beginAnew(upload: Upload): Promise<void>;
}

/** How often missing objects are sent again before the manifest. */
const MAX_ROUNDS = 3;

/** Runs an upload towards its goal; the manifest, where the goal was to finish. */
export async function runUpload(
  context: EngineContext,
  host: LaneHost,
  upload: Upload,
  goal: Goal,
  signal: AbortSignalLike,
): Promise<VideoManifest | undefined> {
  upload.startWork();
  const place = manifestPlace(context, upload, signal);
  const found = await persist(context, upload, signal, async () => {
    // An earlier life's manifest may still be on its way.
    await context.carried.over(manifestKey(upload.record.videoId), false, signal);
    return findManifest(place);
  });
  const known = found === undefined ? undefined : await believe(context, upload, place, found);
  const manifest = known ?? (await bringVideo(context, host, upload, goal, signal));
  if (manifest === undefined || !goal.finish) return undefined;
  host.finishing(upload);
  await publishAndComplete(context, upload, manifest, signal);
  return manifest;
}

function manifestPlace(context: EngineContext, upload: Upload, signal: AbortSignalLike): ManifestPlace {
  return { context, record: upload.record, signal, ask: persistently(context, upload, signal) };
}

async function bringVideo(
  context: EngineContext,
  host: LaneHost,
  upload: Upload,
  goal: Goal,
  signal: AbortSignalLike,
): Promise<VideoManifest | undefined> {
  const session = await openAnyhow(context, host, upload, signal);
  try {
    upload.meter.begin();
    if (!goal.finish) {
      await fillLane(context, host, session, goal, signal);
      return undefined;
    }
    await bringObjects(context, host, session, goal, signal);
    const manifest = await inTurns(context.settings.clock, describeVideo(session));
    const place = manifestPlace(context, upload, signal);
    await persist(context, upload, signal, () => putManifest(place, manifest));
    return manifest;
  } finally {
    upload.meter.pause();
    // mutation-point: close-source
    await session.close();
  }
}

async function openAnyhow(context: EngineContext, host: LaneHost, upload: Upload, signal: AbortSignalLike): Promise<Session> {
  const open = (): Promise<Session | undefined> => persist(context, upload, signal, () => openSession(context, upload, signal));
  const session = await open();
  if (session !== undefined) return session;
  await persist(context, upload, signal, () => host.beginAnew(upload));
  const anew = await open();
  if (anew !== undefined) return anew;
  throw new ReelwayError('INTERNAL', { message: 'The packaging gives another version at each call' });
}

/** Sends what is missing until the store has everything. */
async function bringObjects(context: EngineContext, host: LaneHost, session: Session, goal: Goal, signal: AbortSignalLike): Promise<void> {
  const { upload } = session;
  for (let round = 0; ; round += 1) {
    // mutation-point: send-missing-segments
    await fillLane(context, host, session, goal, signal);
    host.finishing(upload);
    await verifySource(context, session, signal);
    // mutation-point: verify-segments
    const broken = await findBroken(context, session, signal);
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
      upload.recounted.add(index);
    }
  }
}

async function fillLane(context: EngineContext, host: LaneHost, session: Session, goal: Goal, signal: AbortSignalLike): Promise<void> {
  const lane = new Lane(context, session, goal.indices, signal, () => host.kick());
  host.open(lane);
  try {
    await lane.done;
  } finally {
    host.close(lane);
  }
}

async function publishAndComplete(context: EngineContext, upload: Upload, manifest: VideoManifest, signal: AbortSignalLike): Promise<void> {
  const { clock, publish } = context.settings;
  upload.meter.finish();
  upload.move('publish');
  upload.tellProgress();
  if (publish !== undefined && upload.record.published !== true) {
    await upload.journal.update((record) => ({ ...record, status: 'publishing' }));
    await publishVideo(context, upload, publish, manifest, signal);
    await upload.journal.update((record) => ({ ...record, published: true }));
    throwIfAborted(signal);
  }
  upload.sealed = true;
  try {
    await upload.journal.update((record) => ({ ...record, status: 'completed', finishedMs: clock.wallMs() }));
  } finally {
    upload.sealed = false;
  }
  upload.move('complete');
  upload.tellProgress();
}
