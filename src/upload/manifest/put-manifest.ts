/** The manifest put into the store and read back, since few stores keep the promise to replace nothing. */
import { encodeManifestSteps, manifestKey, type VideoManifest } from '../../core/index.js';
import { isReelwayError, ReelwayError } from '../../errors/index.js';
import { runCooperatively } from '../../internal/index.js';
import type { EngineContext } from '../context.js';
import type { UploadRun } from '../retry.js';
import { hashFor } from '../segments/segment-body.js';
import { clearStaged } from '../segments/staged-files.js';
import { withBody } from './manifest-body.js';
import { assertOwnManifest, isSame, readBytes, readUntilStable } from './stored-manifest.js';

/** Puts the manifest and sees it there. @throws {ReelwayError} VIDEO_EXISTS, BLOB_CORRUPT and the store's codes */
export async function putManifest(context: EngineContext, run: UploadRun, manifest: VideoManifest): Promise<void> {
  const { upload, signal } = run;
  const { record } = upload;
  const key = manifestKey(record.videoId);
  const bytes = await runCooperatively(run.clock, encodeManifestSteps(manifest));
  const hash = hashFor(context, run);
  await hash.update(bytes);
  const options = { contentType: 'application/json', hashes: { [record.plan.algorithm]: hash.digest() }, ifAbsent: true };
  await run.repeat(async () => {
    if ((await context.backgroundPuts.waitUntilSettled(key, true, signal)) && context.backgroundPuts.reportedKeys.has(key))
      await clearStaged(context, key);
    const beforePut = (): void => {
      // mutation-point: check-lease-before-manifest
      context.assertLockHeld();
    };
    try {
      await withBody(context, key, bytes, (body, onUnresponsive) =>
        context.store.put(key, body, options, signal, { beforePut, onUnresponsive }),
      );
    } catch (error) {
      if (!isReelwayError(error) || error.code !== 'BLOB_EXISTS') throw error;
    }
  });
  // mutation-point: read-back-manifest
  await verifyWrittenManifest(context, run, bytes);
}

async function verifyWrittenManifest(context: EngineContext, run: UploadRun, bytes: Uint8Array): Promise<void> {
  const { record } = run.upload;
  const key = manifestKey(record.videoId);
  const seen = await readBytes(run, record);
  if (seen !== undefined && (await isSame(run.clock, seen, bytes))) return;
  const stored = seen === undefined ? undefined : await readUntilStable(run, record, seen);
  if (stored === undefined)
    throw new ReelwayError('UNAVAILABLE', { message: 'Expected the manifest after its put, got no blob', context: { key } });
  if (await isSame(run.clock, stored, bytes)) return;
  await assertOwnManifest(run, record, stored);
  // Ours was cut or mixed up on its way: make room, and try again.
  await removeDamagedManifest(context, run);
  throw new ReelwayError('BLOB_CORRUPT', { message: 'The stored manifest differs from the one that was put', context: { key } });
}

/** Removes a damaged manifest, so that it can be put again. */
export async function removeDamagedManifest(context: EngineContext, { upload, signal, repeat }: UploadRun): Promise<void> {
  await repeat(async () => {
    await context.store.remove([manifestKey(upload.record.videoId)], signal, () => context.assertLockHeld());
  });
}
