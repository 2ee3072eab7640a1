/** The world is good again: now every upload must come to its end, and nothing may be left behind. */
import type { ReelwayErrorCode } from '../../../src/errors/index.js';
import type { UploadQueueItem } from '../../../src/index.js';
import type { UploadEngine } from '../../../src/upload/index.js';
import { LATEST_LANDING_MS } from '../world/blobs.js';
import { BASE_RATES } from '../world/faults.js';
import type { App, Surroundings } from './app.js';
import type { Job } from './ledger.js';

/** Failures that nobody can retry away. */
const FINAL: readonly ReelwayErrorCode[] = ['SOURCE_CHANGED', 'SOURCE_NOT_FOUND', 'VIDEO_EXISTS'];
const TRANSIENT: readonly ReelwayErrorCode[] = ['NETWORK', 'TIMEOUT', 'UNAVAILABLE', 'THROTTLED', 'STORAGE_UNAVAILABLE', 'STORAGE_FULL'];
/** Faults that may cost an attempt. */
const TROUBLES = Object.keys(BASE_RATES).filter(
  (kind) => !['crash', 'crashInWrite', 'shortRead', 'deaf', 'duplicate', 'tornRecord'].includes(kind),
);
const SWEEPS_END_MS = 3_600_000;
const ROUNDS = 12;

export async function finish(around: Surroundings, app: App): Promise<void> {
  app.calm = true;
  await bringToAnEnd(around, app);
  await pass(around, LATEST_LANDING_MS + SWEEPS_END_MS);
  await ready(around, app);
  await app.stop();
  // Once more, as after a night: what was completed stays so, what was canceled stays gone.
  app.boot();
  for (let engine = await ready(around, app); ; engine = await ready(around, app)) {
    await Promise.race([engine.idle({ signal: app.life.signal }).catch((error: unknown) => app.excuse('idle', error)), app.ended()]);
    await pass(around, SWEEPS_END_MS);
    if (app.engine !== engine) continue;
    judge(around, engine);
    judgeLeftovers(around, engine);
    break;
  }
  await app.stop();
}

/** Resumes and retries whatever rests, until all has ended. */
async function bringToAnEnd(around: Surroundings, app: App): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const engine = await ready(around, app);
    await allAdded(around);
    engine.configure({ enabled: true });
    for (const item of engine.list()) await wake(around, app, engine, item, round);
    const idle = engine.idle({ signal: app.life.signal });
    await Promise.race([idle.catch((error: unknown) => app.excuse('idle', error)), app.ended(), pass(around, 120_000)]);
    // An engine that has lost its lock is replaced within this time.
    await pass(around, 1_000);
    if (app.engine === engine && engine.list().every((item) => isSettled(engine, item))) return;
  }
  around.world.violate('I2', `not everything has ended ${ROUNDS * 2} minutes after the last fault`);
}

/** Ended, and not by a failure that can be retried away. */
function isSettled(engine: UploadEngine, item: UploadQueueItem): boolean {
  const state = engine.get(item.id).state();
  return state.status === 'failed' ? FINAL.includes(state.error.code) : hasEnded(item);
}

function hasEnded(item: UploadQueueItem): boolean {
  return ['completed', 'failed', 'canceled'].includes(item.status);
}

async function wake(around: Surroundings, app: App, engine: UploadEngine, item: UploadQueueItem, round: number): Promise<void> {
  try {
    const handle = engine.get(item.id);
    const state = handle.state();
    if (state.status === 'paused' || (state.status === 'waiting' && state.reason === 'auth')) await handle.resume();
    if (state.status !== 'failed') return;
    judgeFailure(around, item.id, state.error.code);
    if (!FINAL.includes(state.error.code) && round < ROUNDS - 1) await handle.retry();
  } catch (error) {
    app.excuse('waking', error);
  }
}

/** I2b: an upload failed; something that happened in this world must explain it. */
function judgeFailure(around: Surroundings, uploadId: string, code: ReelwayErrorCode): void {
  const { world, ledger, engineOptions } = around;
  const job = ledger.accepted.get(uploadId);
  // Without a report from the device, a dead network is known by its silence alone, which costs a few attempts.
  const silence = around.conditions === undefined ? 6 * world.firedOf('offline') : 0;
  const troubles = TROUBLES.reduce((sum, kind) => sum + world.firedOf(kind), silence);
  const budget = engineOptions.retry?.maxAttempts ?? 10;
  if (TRANSIENT.includes(code) && troubles < budget)
    world.violate('I2b', `${uploadId} failed with ${code} after ${troubles} transient faults`);
  if (code === 'FORBIDDEN' && world.firedOf('forbidden') === 0) world.violate('I2b', `${uploadId} failed with FORBIDDEN by itself`);
  if ((code === 'SOURCE_CHANGED' || code === 'SOURCE_NOT_FOUND') && job !== undefined && !job.changed)
    world.violate('I2b', `${uploadId}: ${code}, and nobody touched the file`);
  if (code === 'VIDEO_EXISTS' && !isRival(around, uploadId, job)) world.violate('I2b', `${uploadId}: VIDEO_EXISTS without a rival`);
}

/** Whether another upload has the same video id. */
function isRival(around: Surroundings, uploadId: string, job: Job | undefined): boolean {
  const { ledger } = around;
  if (job?.videoId === undefined) return false;
  const same = [...ledger.accepted].some(([id, other]) => id !== uploadId && other.videoId === job.videoId);
  // An add whose answer was lost is an upload of its own.
  return same || around.world.firedOf('crash') + around.world.firedOf('recordStoreUnavailable') > 0;
}

/** I2, I3: every upload that was promised has ended, and as it must. */
function judge(around: Surroundings, engine: UploadEngine): void {
  const { ledger, oracle } = around;
  const items = new Map(engine.list().map((item) => [item.id, item]));
  for (const [uploadId, job] of ledger.accepted) judgeAccepted(around, engine, uploadId, job, items.get(uploadId));
  for (const uploadId of ledger.completed) {
    const videoId = items.get(uploadId)?.videoId;
    if (videoId !== undefined) oracle.checkCompleted(uploadId, `${videoId}/manifest.json`);
  }
}

function judgeAccepted(around: Surroundings, engine: UploadEngine, uploadId: string, job: Job, item: UploadQueueItem | undefined): void {
  const { world, ledger } = around;
  if (ledger.cancelAsked.has(uploadId)) judgeCanceled(around, uploadId, item);
  else if (item !== undefined) judgeItem(around, engine, item);
  else if (!ledger.completed.has(uploadId)) world.violate('I2', `${uploadId} (${job.name}) is lost`);
}

function judgeCanceled({ world, ledger }: Surroundings, uploadId: string, item: UploadQueueItem | undefined): void {
  if (item === undefined) return;
  const mustBe = ledger.canceled.has(uploadId);
  if (mustBe && item.status !== 'canceled') world.violate('I2', `${uploadId} was canceled, and is ${item.status}`);
  if (!hasEnded(item)) world.violate('I2', `${uploadId} is ${item.status}`);
}

function judgeItem(around: Surroundings, engine: UploadEngine, item: UploadQueueItem): void {
  const { world, ledger, hasPublish } = around;
  const state = engine.get(item.id).state();
  if (state.status === 'failed') {
    judgeFailure(around, item.id, state.error.code);
    if (!FINAL.includes(state.error.code))
      world.violate('I2b', `${item.id} failed for good with ${state.error.code}: ${state.error.message}`);
    return;
  }
  if (state.status !== 'completed') world.violate('I2', `${item.id} ended ${state.status}`);
  else if (hasPublish && !ledger.published.has(item.id)) world.violate('I3', `${item.id} is completed, and was not published`);
}

/** I8: what lies in the bucket belongs to a completed upload, or to one that can still be retried. */
function judgeLeftovers(around: Surroundings, engine: UploadEngine): void {
  const { world, bucket } = around;
  for (const [key, blob] of bucket.foreign) {
    if (bucket.blobs.get(key) !== blob) world.violate('I13', `${key} of another's video is gone`);
  }
  const stagedBytes = stagedFor(around, engine);
  if (stagedBytes > 0) world.violate('I8', `${stagedBytes} bytes are left staged`);
  // The last sweep is timed by the wall clock, which outlives the process; whoever sets it forward may sweep too early.
  if (world.firedOf('wallJump') > 0) return;
  const kept = new Map(engine.list().map((item) => [item.id, item]));
  const known = new Set([
    ...around.ledger.completed,
    ...[...kept.values()].filter((item) => item.status !== 'canceled').map((item) => item.id),
  ]);
  for (const key of bucket.blobs.keys()) {
    if (bucket.foreign.has(key)) continue;
    const [, second = ''] = key.split('/');
    if (second !== 'manifest.json' && !known.has(second)) world.violate('I8', `${key} is left behind`);
  }
}

/** Bytes that lie staged for nobody: a failed upload keeps its copy, since it can be retried, and so does one whose record was set aside. */
function stagedFor({ disk, records }: Surroundings, engine: UploadEngine): number {
  const kept = engine.list().filter((item) => item.status === 'failed');
  const setAside = [...records.keys()].map((key) => /\/set-aside\/([^/]+)/.exec(key)?.[1]);
  const isKept = (path: string): boolean =>
    kept.some(({ filePath }) => filePath === path) || setAside.some((id) => id !== undefined && path.includes(`-sources/${id}.`));
  let sum = 0;
  for (const [path, file] of disk.files) if (path.startsWith('/staging/') && !isKept(path)) sum += file.bytes.length;
  return sum;
}

/** The engine of a life that lives. */
async function ready(around: Surroundings, app: App): Promise<UploadEngine> {
  for (;;) {
    if (app.engine !== undefined && app.life.alive) return app.engine;
    await pass(around, 100);
  }
}

async function allAdded(around: Surroundings): Promise<void> {
  const { ledger, disk } = around;
  while (ledger.jobs.some((job) => !ledger.isDecided(job) && disk.files.has(job.path))) await pass(around, 500);
}

function pass(around: Surroundings, ms: number): Promise<void> {
  return new Promise((resolve) => {
    around.world.server.after(ms, resolve);
  });
}
