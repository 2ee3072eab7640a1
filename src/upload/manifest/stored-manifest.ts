/**
 * The one manifest of a video: looked for, put, and read back, since few stores keep the promise to replace nothing. One that
 * names our own upload is a success whose answer was lost; any other means that the name is taken.
 */
import {
  type CooperativeTask,
  latin1Decode,
  latin1DecodeSteps,
  manifestKey,
  parseManifestSteps,
  type VideoManifest,
} from '../../core/index.js';
import { isReelwayError, ReelwayError } from '../../errors/index.js';
import { runCooperatively } from '../../internal/index.js';
import type { AbortSignalLike, Clock } from '../../ports/index.js';
import type { StoreClient } from '../../transfer/index.js';
import type { UploadRecord } from '../journal/index.js';

const MAX_READS = 3;

/** Where a manifest is looked for: a store that asks once or repeats, and the clock by which long work yields. */
export interface ManifestSource {
  readonly store: Pick<StoreClient, 'head' | 'readSmall'>;
  readonly clock: Clock;
  readonly signal: AbortSignalLike;
}

/** A manifest that lies in the store, and the bytes that it was read from. */
export interface FoundManifest {
  readonly manifest: VideoManifest;
  readonly bytes: Uint8Array;
}

/**
 * The manifest under a video's name, if it is this upload's; whether it says what was written is not known yet, see `validateStoredManifest`.
 * @throws {ReelwayError} VIDEO_EXISTS where it is another's
 */
export async function findManifest(source: ManifestSource, record: UploadRecord): Promise<FoundManifest | undefined> {
  if ((await source.store.head(manifestKey(record.videoId), source.signal)) === undefined) return undefined;
  const bytes = await readBytes(source, record);
  if (bytes === undefined) return undefined;
  const manifest = await parseOwn(source, record, bytes);
  return manifest === undefined ? findStable(source, record, bytes) : { manifest, bytes };
}

/** The same once two reads agree, for bytes that are not ours at first sight or not what they should be. */
export async function findStable(source: ManifestSource, record: UploadRecord, first: Uint8Array): Promise<FoundManifest | undefined> {
  const bytes = await readUntilStable(source, record, first);
  const manifest = bytes === undefined ? undefined : await assertOwnManifest(source, record, bytes);
  return bytes === undefined || manifest === undefined ? undefined : { manifest, bytes };
}

/** The stored bytes once two reads agree, since one read may be damaged by the network. */
export async function readUntilStable(source: ManifestSource, record: UploadRecord, first: Uint8Array): Promise<Uint8Array | undefined> {
  let before = first;
  for (let reads = 0; reads < MAX_READS; reads += 1) {
    const again = await readBytes(source, record);
    if (again === undefined || (await isSame(source.clock, before, again))) return again;
    before = again;
  }
  throw new ReelwayError('BLOB_CORRUPT', {
    message: `Expected two equal reads of the manifest in a row, got none in ${MAX_READS + 1}`,
    context: { videoId: record.videoId },
  });
}

/** The manifest in these bytes, if it is this upload's; `undefined` where it is damaged and may be replaced. @throws {ReelwayError} VIDEO_EXISTS */
export async function assertOwnManifest(
  { clock }: Pick<ManifestSource, 'clock'>,
  record: UploadRecord,
  bytes: Uint8Array,
): Promise<VideoManifest | undefined> {
  let isReadable = true;
  try {
    const found = await runCooperatively(clock, parseManifestSteps(bytes));
    if (found.uploadId === record.id) return found;
  } catch (error) {
    isReadable = isReelwayError(error) && error.code === 'MANIFEST_VERSION_UNSUPPORTED';
  }
  // Our id stands in it more than once, so one damaged place does not hide that it is ours.
  if ((await runCooperatively(clock, latin1DecodeSteps(bytes))).includes(record.id)) return undefined;
  // No reader can use a damaged manifest, so it may be replaced; anything else stays.
  if (!isReadable && beginsAsManifest(bytes)) return undefined;
  throw videoExistsError(record);
}

const BEGINNING = '{"format":"reelway.manifest"';

/** Whether these bytes begin like a manifest of any upload. */
function beginsAsManifest(bytes: Uint8Array): boolean {
  return BEGINNING.startsWith(latin1Decode(bytes.subarray(0, BEGINNING.length)));
}

/** The manifest of an upload that is completed. @throws {ReelwayError} MANIFEST_NOT_FOUND, MANIFEST_INVALID and the store's codes */
export async function readManifest(source: ManifestSource, record: UploadRecord): Promise<VideoManifest> {
  const { videoId } = record;
  const bytes = await readBytes(source, record);
  if (bytes === undefined) throw new ReelwayError('MANIFEST_NOT_FOUND', { context: { key: manifestKey(videoId), videoId } });
  return runCooperatively(source.clock, parseManifestSteps(bytes, { videoId }));
}

/** The bytes under the manifest's key; `undefined` where there is no blob. */
export async function readBytes({ store, signal }: ManifestSource, { videoId }: UploadRecord): Promise<Uint8Array | undefined> {
  try {
    return await store.readSmall(manifestKey(videoId), signal);
  } catch (error) {
    if (isReelwayError(error) && error.code === 'BLOB_NOT_FOUND') return undefined;
    throw error;
  }
}

async function parseOwn({ clock }: ManifestSource, record: UploadRecord, bytes: Uint8Array): Promise<VideoManifest | undefined> {
  try {
    const found = await runCooperatively(clock, parseManifestSteps(bytes));
    return found.uploadId === record.id ? found : undefined;
  } catch {
    // The caller reads it a second time before it decides.
    return undefined;
  }
}

function videoExistsError(record: UploadRecord): ReelwayError {
  return new ReelwayError('VIDEO_EXISTS', { context: { videoId: record.videoId, uploadId: record.id, key: manifestKey(record.videoId) } });
}

/** Whether both are the same bytes. */
export function isSame(clock: Clock, one: Uint8Array, other: Uint8Array): Promise<boolean> {
  return runCooperatively(clock, compare(one, other));
}

/** Bytes of one step. */
const STEP = 8_192;

function* compare(one: Uint8Array, other: Uint8Array): CooperativeTask<boolean> {
  for (let at = 0; at < one.length; at += 1) {
    if (one[at] !== other[at]) return false;
    if (at % STEP === 0) yield;
  }
  return one.length === other.length;
}
