/**
 * The one manifest of a video: looked for, put, and read back, since few stores keep the promise to replace nothing. One that
 * names our own upload is a success whose answer was lost; any other means that the name is taken.
 */
import {
  createManifest,
  encodeManifest,
  FRAGMENT_BYTES,
  guessContentType,
  manifestKey,
  parseManifest,
  type VideoManifest,
} from '../core/index.js';
import { isReelwayError, ReelwayError } from '../errors/index.js';
import type { AbortSignalLike, BlobBody, PieceReader } from '../ports/index.js';
import type { EngineContext } from './context.js';
import { createPoliteHash } from './hashing.js';
import type { UploadRecord } from './journal/index.js';
import { describeRendition } from './manifest-draft.js';
import type { Session } from './session.js';

/** The manifest under a video's name, if it is this upload's. @throws {ReelwayError} VIDEO_EXISTS where it is another's */
export async function findManifest(
  context: EngineContext,
  record: UploadRecord,
  signal: AbortSignalLike,
): Promise<VideoManifest | undefined> {
  const key = manifestKey(record.videoId);
  if ((await context.requests.head(key, signal)) === undefined) return undefined;
  const bytes = await readManifestBytes(context, key, signal);
  if (bytes === undefined) return undefined;
  const found = parseOrUndefined(bytes);
  if (found?.uploadId === record.id) return found;
  throw taken(record);
}

/** Describes what the store has. */
export function describeVideo(session: Session): VideoManifest {
  const { record, journal } = session.upload;
  const { algorithm } = record.plan;
  return createManifest({
    videoId: record.videoId,
    uploadId: record.id,
    layout: record.plan.layout,
    createdMs: record.createdMs,
    source: {
      sizeBytes: record.source.sizeBytes,
      contentType: record.metadata.contentType ?? guessContentType(record.source.path.path),
    },
    metadata: record.metadata,
    ...describeRendition(session, (index) => ({ [algorithm]: journal.acks.hashAt(index) })),
  });
}

/** Puts the manifest and sees it there. @throws {ReelwayError} VIDEO_EXISTS, BLOB_CORRUPT and the store's codes */
export async function putManifest(
  context: EngineContext,
  record: UploadRecord,
  manifest: VideoManifest,
  signal: AbortSignalLike,
): Promise<void> {
  const key = manifestKey(record.videoId);
  const bytes = encodeManifest(manifest);
  const hash = createPoliteHash(context.settings.hashes, context.settings.clock, record.plan.algorithm);
  await hash.update(bytes);
  context.assertHeld();
  try {
    const options = { contentType: 'application/json', hashes: { [record.plan.algorithm]: hash.digest() }, ifAbsent: true };
    await context.requests.put(key, bodyOf(context, bytes), options, signal);
  } catch (error) {
    if (!isReelwayError(error) || error.code !== 'BLOB_EXISTS') throw error;
  }
  await seeManifest(context, record, key, bytes, signal);
}

async function seeManifest(
  context: EngineContext,
  record: UploadRecord,
  key: string,
  bytes: Uint8Array,
  signal: AbortSignalLike,
): Promise<void> {
  const stored = await readManifestBytes(context, key, signal);
  if (stored === undefined)
    throw new ReelwayError('UNAVAILABLE', { message: 'The manifest was put, and is not there yet', context: { key } });
  if (isSame(stored, bytes)) return;
  const found = parseOrUndefined(stored);
  if (found === undefined) {
    // Ours was cut or mixed up on its way: make room, and try again.
    await context.requests.remove([key], signal);
    throw new ReelwayError('BLOB_CORRUPT', { message: 'The manifest arrived damaged', context: { key } });
  }
  if (found.uploadId !== record.id) throw taken(record);
}

/** The manifest of an upload that is completed. @throws {ReelwayError} MANIFEST_NOT_FOUND, MANIFEST_INVALID and the store's codes */
export async function readManifest(context: EngineContext, record: UploadRecord, signal: AbortSignalLike): Promise<VideoManifest> {
  const key = manifestKey(record.videoId);
  const bytes = await readManifestBytes(context, key, signal);
  if (bytes === undefined) throw new ReelwayError('MANIFEST_NOT_FOUND', { context: { key, videoId: record.videoId } });
  return parseManifest(bytes, { videoId: record.videoId });
}

async function readManifestBytes(context: EngineContext, key: string, signal: AbortSignalLike): Promise<Uint8Array | undefined> {
  try {
    return await context.requests.readSmall(key, signal);
  } catch (error) {
    if (isReelwayError(error) && error.code === 'BLOB_NOT_FOUND') return undefined;
    throw error;
  }
}

function parseOrUndefined(bytes: Uint8Array): VideoManifest | undefined {
  try {
    return parseManifest(bytes);
  } catch {
    // Whatever else lies there is not ours.
    return undefined;
  }
}

function taken(record: UploadRecord): ReelwayError {
  return new ReelwayError('VIDEO_EXISTS', { context: { videoId: record.videoId, uploadId: record.id, key: manifestKey(record.videoId) } });
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

/** Manifests of very long videos with long hashes are larger than one body of bytes may be. */
function bodyOf(context: EngineContext, bytes: Uint8Array): BlobBody {
  const { accepts } = context.settings.blobStore;
  if (bytes.length <= FRAGMENT_BYTES && accepts.includes('bytes')) return { kind: 'bytes', sizeBytes: bytes.length, bytes };
  if (accepts.includes('stream')) return { kind: 'stream', sizeBytes: bytes.length, open: async () => piecesOf(bytes) };
  throw new ReelwayError('NOT_SUPPORTED', {
    message: `The store takes ${accepts.join(', ')}, none of which fits a manifest of ${bytes.length} bytes`,
  });
}

function piecesOf(bytes: Uint8Array): PieceReader {
  let at = 0;
  return {
    next: async () => {
      if (at >= bytes.length) return undefined;
      const piece = bytes.subarray(at, at + FRAGMENT_BYTES);
      at += piece.length;
      return piece;
    },
    close: async () => {
      at = bytes.length;
    },
  };
}
