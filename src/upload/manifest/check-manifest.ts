/**
 * A manifest that an earlier life has put is accepted only as far as the journal says the same: it may have been damaged on its
 * way to the store in a place that no reader misses, and the process killed before it was read back. It is a pure function of the
 * record, the packaging and the acknowledged hashes, so it is made again and compared byte for byte; where the journal has lost a
 * hash, the object itself is asked.
 */
import {
  asciiJson,
  type CooperativeTask,
  encodeManifestSteps,
  guessContentType,
  manifestKey,
  resolveSegmentKey,
  segmentAt,
  type VideoManifest,
} from '../../core/index.js';
import { isReelwayError, ReelwayError } from '../../errors/index.js';
import { forEachLimit, runCooperatively } from '../../internal/index.js';
import { planBySize } from '../../packaging/index.js';
import type { Package } from '../../ports/index.js';
import type { EngineContext } from '../context.js';
import type { UploadRun } from '../retry.js';
import { blobAddress } from '../segments/blob-address.js';
import { objectKey, objectPrefix, prepareUpload } from '../segments/prepared-upload.js';
import { askFor, PARALLEL, type WantedObject } from '../segments/stored-segment.js';
import type { Upload } from '../upload.js';
import { describeVideo } from './manifest-draft.js';
import { removeDamagedManifest } from './put-manifest.js';
import { type FoundManifest, findStable, isSame } from './stored-manifest.js';

/** The manifest, if it is what this upload has written; else there is room for it again. @throws {ReelwayError} VIDEO_EXISTS */
export async function validateStoredManifest(
  context: EngineContext,
  run: UploadRun,
  found: FoundManifest,
): Promise<VideoManifest | undefined> {
  const { upload } = run;
  // mutation-point: compare-stored-manifest
  if (await matchesJournal(context, run, found)) return found.manifest;
  // The way here may have changed it as well as the way there.
  const again = await run.repeat(() => findStable(run, upload.record, found.bytes));
  if (again === undefined) return undefined;
  if (!(await isSame(run.clock, again.bytes, found.bytes)) && (await matchesJournal(context, run, again))) return again.manifest;
  context.warn(
    new ReelwayError('BLOB_CORRUPT', {
      message: 'The stored manifest does not match the journal; it is written again',
      context: { key: manifestKey(upload.record.videoId), uploadId: upload.id },
    }),
  );
  await removeDamagedManifest(context, run);
  return undefined;
}

async function matchesJournal(context: EngineContext, run: UploadRun, found: FoundManifest): Promise<boolean> {
  const wanted = await withPackage(context, run, (pack) => compare(run, pack, found));
  if (wanted === undefined) return false;
  let isWhole = true;
  await forEachLimit(wanted, PARALLEL, run.signal, async (object, own) => {
    // mutation-point: verify-unjournaled-segment
    if (isWhole && (await askFor(context, run, own, object)) !== 'good') isWhole = false;
  });
  return isWhole;
}

/** Plans the video again: without its source where its size is enough; with `undefined` where the source or its packaging is gone. */
async function withPackage<T>(
  context: EngineContext,
  { upload, repeat, signal }: UploadRun,
  use: (pack: Package | undefined) => Promise<T>,
): Promise<T> {
  const { plan, source } = upload.record;
  const planned = await planBySize(plan, source.sizeBytes);
  if (planned !== undefined) return use(planned);
  try {
    const prepared = await repeat(() => prepareUpload(context, upload, signal));
    if (prepared === undefined) return await use(undefined);
    try {
      return await use(prepared.pack);
    } finally {
      await prepared.close();
    }
  } catch (error) {
    if (isReelwayError(error) && /^(SOURCE|FILE)_/.test(error.code)) return use(undefined);
    throw error;
  }
}

/** The objects whose hashes only the manifest knows; `undefined` where it does not say what the journal says. */
async function compare(
  { upload, clock }: UploadRun,
  pack: Package | undefined,
  { manifest, bytes }: FoundManifest,
): Promise<WantedObject[] | undefined> {
  if (pack === undefined) return hasFacts(upload, manifest) ? runCooperatively(clock, allSegments(upload, manifest)) : undefined;
  const unjournaled = await runCooperatively(clock, unjournaledSegments(upload, pack, manifest));
  if (unjournaled === undefined) return undefined;
  const hashOf = (index: number): string => unjournaled.get(index)?.hash ?? upload.journal.acks.hashAt(index);
  const address = await runCooperatively(clock, blobAddress(upload.record, pack));
  const same = await runCooperatively(clock, describeVideo({ upload, pack }, address, hashOf));
  const written = await runCooperatively(clock, encodeManifestSteps(same));
  return (await isSame(clock, written, bytes)) ? [...unjournaled.values()] : undefined;
}

/** Objects that the journal does not know, with the hashes that the manifest has of them; `undefined` where it has none. */
function* unjournaledSegments(
  upload: Upload,
  pack: Package,
  manifest: VideoManifest,
): CooperativeTask<Map<number, WantedObject> | undefined> {
  const { acks } = upload.journal;
  const unjournaled = new Map<number, WantedObject>();
  let number = 0;
  for (let index = 0; index < pack.count; index += 1) {
    yield;
    const { role, name, sizeBytes } = pack.describe(index);
    if (!acks.has(index)) {
      const hash = hashFromManifest(upload, manifest, role, number);
      if (hash === undefined) return undefined;
      unjournaled.set(index, { key: objectKey(upload.record, name), sizeBytes, hash });
    }
    if (role === 'segment') number += 1;
  }
  return unjournaled;
}

/** What the manifest says of an object; the empty text for objects that no manifest has a hash of. */
function hashFromManifest({ record }: Upload, manifest: VideoManifest, role: string, number: number): string | undefined {
  const { algorithm } = record.plan;
  if (role === 'segment') return number < manifest.segmentCount ? segmentAt(manifest, number).hashes[algorithm] : undefined;
  return role === 'init' ? manifest.renditions[0].init?.hashes[algorithm] : '';
}

/** What the record knows of a manifest. */
function hasFacts({ record }: Upload, { layout, createdMs, source, metadata }: VideoManifest): boolean {
  const contentType = record.metadata.contentType ?? guessContentType(record.source.path.path);
  const facts = [record.plan.layout, record.createdMs, record.source.sizeBytes, contentType, record.metadata];
  return asciiJson([layout, createdMs, source.sizeBytes, source.contentType, metadata]) === asciiJson(facts);
}

/** Every segment by the manifest's own word; `undefined` where one is none of this upload's. */
function* allSegments(upload: Upload, manifest: VideoManifest): CooperativeTask<WantedObject[] | undefined> {
  const place = manifestKey(upload.record.videoId);
  const folder = objectPrefix(upload.record);
  const wanted: WantedObject[] = [];
  for (let number = 0; number < manifest.segmentCount; number += 1) {
    yield;
    const { url, size, hashes } = segmentAt(manifest, number);
    const key = resolveSegmentKey(place, url);
    const hash = hashes[upload.record.plan.algorithm];
    if (!key.startsWith(folder) || hash === undefined) return undefined;
    wanted.push({ key, sizeBytes: size, hash });
  }
  return wanted;
}
