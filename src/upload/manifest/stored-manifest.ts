/**
 * The one manifest of a video: looked for, put, and read back, since few stores keep the promise to replace nothing. One that
 * names our own upload is a success whose answer was lost; any other means that the name is taken.
 */
import {
  type CooperativeTask,
  createManifestSteps,
  encodeManifestSteps,
  guessContentType,
  latin1Decode,
  latin1DecodeSteps,
  MAX_SEGMENT_BYTES,
  manifestKey,
  parseManifestSteps,
  type VideoManifest,
} from '../../core/index.js';
import { isReelwayError, ReelwayError } from '../../errors/index.js';
import { runCooperatively } from '../../internal/index.js';
import type { AbortSignalLike, BlobBody, PieceReader } from '../../ports/index.js';
import { createYieldingHash } from '../../transfer/index.js';
import type { EngineContext } from '../context.js';
import type { UploadRecord } from '../journal/index.js';
import type { Ask } from '../retry.js';
import type { PreparedUpload } from '../segments/prepared-upload.js';
import { clearStaged, stageBytes, withStaged } from '../segments/staged-files.js';
import { describeRendition } from './manifest-draft.js';

const MAX_READS = 3;

/** Whose manifest it is, and how its place in the store is asked. */
export interface ManifestPlace {
  readonly context: EngineContext;
  readonly record: UploadRecord;
  readonly signal: AbortSignalLike;
  /** How each request is repeated. */
  readonly ask: Ask;
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
export async function findManifest(place: ManifestPlace): Promise<FoundManifest | undefined> {
  const { context, record, signal, ask } = place;
  const key = manifestKey(record.videoId);
  if ((await ask(() => context.store.head(key, signal))) === undefined) return undefined;
  const bytes = await readBytes(place);
  if (bytes === undefined) return undefined;
  const manifest = await parseOwn(place, bytes);
  return manifest === undefined ? findStable(place, bytes) : { manifest, bytes };
}

/** The same once two reads agree, for bytes that are not ours at first sight or not what they should be. */
export async function findStable(place: ManifestPlace, first: Uint8Array): Promise<FoundManifest | undefined> {
  const bytes = await readUntilStable(place, first);
  const manifest = bytes === undefined ? undefined : await assertOwnManifest(place, bytes);
  return bytes === undefined || manifest === undefined ? undefined : { manifest, bytes };
}

/** Describes what the store has; `hashOf` an object by its index in the package. */
export function* describeVideo(
  prepared: Pick<PreparedUpload, 'upload' | 'pack'>,
  hashOf: (index: number) => string = (index) => prepared.upload.journal.acks.hashAt(index),
): CooperativeTask<VideoManifest> {
  const { record } = prepared.upload;
  const { algorithm } = record.plan;
  const draft = yield* describeRendition(prepared, (index) => ({ [algorithm]: hashOf(index) }));
  return yield* createManifestSteps({
    videoId: record.videoId,
    uploadId: record.id,
    layout: record.plan.layout,
    createdMs: record.createdMs,
    source: {
      sizeBytes: record.source.sizeBytes,
      contentType: record.metadata.contentType ?? guessContentType(record.source.path.path),
    },
    metadata: record.metadata,
    ...draft,
  });
}

/** Puts the manifest and sees it there. @throws {ReelwayError} VIDEO_EXISTS, BLOB_CORRUPT and the store's codes */
export async function putManifest(place: ManifestPlace, manifest: VideoManifest): Promise<void> {
  const { context, record, signal, ask } = place;
  const key = manifestKey(record.videoId);
  const bytes = await runCooperatively(context.settings.clock, encodeManifestSteps(manifest));
  const hash = createYieldingHash(context.settings.hashes, context.settings.clock, record.plan.algorithm);
  await hash.update(bytes);
  const options = { contentType: 'application/json', hashes: { [record.plan.algorithm]: hash.digest() }, ifAbsent: true };
  await ask(async () => {
    if ((await context.backgroundPuts.waitUntilSettled(key, true, signal)) && context.backgroundPuts.reportedKeys.has(key))
      await clearStaged(context, key);
    context.assertLockHeld();
    try {
      await withBody(context, key, bytes, (body, onUnresponsive) => context.store.put(key, body, options, signal, onUnresponsive));
    } catch (error) {
      if (!isReelwayError(error) || error.code !== 'BLOB_EXISTS') throw error;
    }
  });
  // mutation-point: read-back-manifest
  await verifyWrittenManifest(place, bytes);
}

async function verifyWrittenManifest(place: ManifestPlace, bytes: Uint8Array): Promise<void> {
  const { record } = place;
  const key = manifestKey(record.videoId);
  const seen = await readBytes(place);
  if (seen !== undefined && (await isSame(place, seen, bytes))) return;
  const stored = seen === undefined ? undefined : await readUntilStable(place, seen);
  if (stored === undefined)
    throw new ReelwayError('UNAVAILABLE', { message: 'The manifest was put, and is not there yet', context: { key } });
  if (await isSame(place, stored, bytes)) return;
  await assertOwnManifest(place, stored);
  // Ours was cut or mixed up on its way: make room, and try again.
  await removeDamagedManifest(place);
  throw new ReelwayError('BLOB_CORRUPT', { message: 'The manifest arrived damaged', context: { key } });
}

/** Removes what was damaged on its way, so that it can be put again. */
export async function removeDamagedManifest(place: ManifestPlace): Promise<void> {
  const { context, record, signal, ask } = place;
  await ask(async () => {
    context.assertLockHeld();
    await context.store.remove([manifestKey(record.videoId)], signal);
  });
}

/** What lies there once two reads agree: a slip of the network on the way here must not cost anybody a video. */
async function readUntilStable(place: ManifestPlace, first: Uint8Array): Promise<Uint8Array | undefined> {
  let before = first;
  for (let reads = 0; reads < MAX_READS; reads += 1) {
    const again = await readBytes(place);
    if (again === undefined || (await isSame(place, before, again))) return again;
    before = again;
  }
  throw new ReelwayError('BLOB_CORRUPT', {
    message: 'The manifest reads differently each time',
    context: { videoId: place.record.videoId },
  });
}

/** The manifest in these bytes, if it is this upload's; `undefined` where it is only what is left of one. @throws {ReelwayError} VIDEO_EXISTS */
async function assertOwnManifest(place: ManifestPlace, bytes: Uint8Array): Promise<VideoManifest | undefined> {
  const { record } = place;
  const { clock } = place.context.settings;
  let isReadable = true;
  try {
    const found = await runCooperatively(clock, parseManifestSteps(bytes));
    if (found.uploadId === record.id) return found;
  } catch (error) {
    isReadable = isReelwayError(error) && error.code === 'MANIFEST_VERSION_UNSUPPORTED';
  }
  // Our id stands in it more than once, so one damaged place does not hide that it is ours.
  if ((await runCooperatively(clock, latin1DecodeSteps(bytes))).includes(record.id)) return undefined;
  // One that is damaged for every reader makes room without anybody's loss; anything else that lies there stays.
  if (!isReadable && beginsAsManifest(bytes)) return undefined;
  throw videoExistsError(record);
}

const BEGINNING = '{"format":"reelway.manifest"';

/** Whether these bytes are what is left of a manifest of any upload. */
function beginsAsManifest(bytes: Uint8Array): boolean {
  return BEGINNING.startsWith(latin1Decode(bytes.subarray(0, BEGINNING.length)));
}

/** The manifest of an upload that is completed. @throws {ReelwayError} MANIFEST_NOT_FOUND, MANIFEST_INVALID and the store's codes */
export async function readManifest(place: ManifestPlace): Promise<VideoManifest> {
  const { videoId } = place.record;
  const bytes = await readBytes(place);
  if (bytes === undefined) throw new ReelwayError('MANIFEST_NOT_FOUND', { context: { key: manifestKey(videoId), videoId } });
  return runCooperatively(place.context.settings.clock, parseManifestSteps(bytes, { videoId }));
}

function readBytes(place: ManifestPlace): Promise<Uint8Array | undefined> {
  const { context, record, signal, ask } = place;
  return ask(async () => {
    try {
      return await context.store.readSmall(manifestKey(record.videoId), signal);
    } catch (error) {
      if (isReelwayError(error) && error.code === 'BLOB_NOT_FOUND') return undefined;
      throw error;
    }
  });
}

async function parseOwn({ context, record }: ManifestPlace, bytes: Uint8Array): Promise<VideoManifest | undefined> {
  try {
    const found = await runCooperatively(context.settings.clock, parseManifestSteps(bytes));
    return found.uploadId === record.id ? found : undefined;
  } catch {
    // Read once more before anything is made of it.
    return undefined;
  }
}

function videoExistsError(record: UploadRecord): ReelwayError {
  return new ReelwayError('VIDEO_EXISTS', { context: { videoId: record.videoId, uploadId: record.id, key: manifestKey(record.videoId) } });
}

/** Whether both are the same bytes. */
export function isSame({ context }: Pick<ManifestPlace, 'context'>, one: Uint8Array, other: Uint8Array): Promise<boolean> {
  return runCooperatively(context.settings.clock, compare(one, other));
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

/** The manifest in a form that the store takes: very long videos with long hashes have one larger than a body of bytes may be. */
async function withBody<T>(
  context: EngineContext,
  key: string,
  bytes: Uint8Array,
  put: (body: BlobBody, onUnresponsive?: () => void) => Promise<T>,
): Promise<T> {
  const { accepts } = context.settings.blobStore;
  if (bytes.length <= MAX_SEGMENT_BYTES && accepts.includes('bytes')) return put({ kind: 'bytes', sizeBytes: bytes.length, bytes });
  if (accepts.includes('stream')) return put({ kind: 'stream', sizeBytes: bytes.length, open: async () => piecesOf(bytes) });
  const path = await stageBytes(context, key, piecesOf(bytes));
  return withStaged(context, key, path, (onUnresponsive) => put({ kind: 'file', sizeBytes: bytes.length, path }, onUnresponsive));
}

function piecesOf(bytes: Uint8Array): PieceReader {
  let at = 0;
  return {
    next: async () => {
      if (at >= bytes.length) return undefined;
      const piece = bytes.subarray(at, at + MAX_SEGMENT_BYTES);
      at += piece.length;
      return piece;
    },
    close: async () => {
      at = bytes.length;
    },
  };
}
