/** Reads and checks manifests. Never reads more bytes than a manifest may have. */
import { assertVideoId, isBlobKey, MAX_MANIFEST_BYTES, manifestKey, parseManifestSteps, type VideoManifest } from '../core/index.js';
import { type ErrorContext, ReelwayError } from '../errors/index.js';
import { runCooperatively, throwIfAborted } from '../internal/index.js';
import type { AbortSignalLike, BlobSource } from '../ports/index.js';
import { asManifestError } from './errors.js';
import { readSmallBlob } from './read-blob.js';
import { type FailureListener, withAttempts } from './retry-loop.js';
import { type StoreReader, storeReaderOf } from './transfer-context.js';
import type { StoredManifest, StoreReadOptions } from './types.js';

/** A manifest and the bytes that it was read from. */
export interface ReadManifest {
  readonly manifest: VideoManifest;
  readonly key: string;
  readonly bytes: Uint8Array;
}

/** What {@link fetchManifest} reads, and how. */
export interface ManifestRequest {
  readonly key: string;
  /** The video that the manifest must describe. @default any */
  readonly videoId?: string | undefined;
  readonly signal?: AbortSignalLike | undefined;
  /** Whether failed attempts are repeated. @default true */
  readonly retries?: boolean;
  readonly onFailure?: FailureListener | undefined;
}

/**
 * Reads one manifest without a fetcher and without a cache.
 *
 * @param key the manifest's key in the blob store
 * @throws {ReelwayError} MANIFEST_NOT_FOUND, MANIFEST_INVALID, MANIFEST_TOO_LARGE, MANIFEST_VERSION_UNSUPPORTED,
 * URL_NOT_ALLOWED, INVALID_CONFIG and the network's codes
 */
export async function readManifest(blobStore: BlobSource, key: string, options: StoreReadOptions = {}): Promise<StoredManifest> {
  const reader = storeReaderOf(blobStore, options);
  const { manifest, bytes } = await fetchManifest(reader, { key: assertKey(key), signal: options.signal });
  return { manifest, key, sizeBytes: bytes.length };
}

/** The key of a manifest: the app's own, or the default of the video. @throws {ReelwayError} INVALID_VIDEO_ID, URL_NOT_ALLOWED */
export function manifestKeyOf(videoUrl: string | undefined, videoId: string): string {
  assertVideoId(videoId);
  return videoUrl === undefined ? manifestKey(videoId) : assertKey(videoUrl);
}

/** Reads and checks a manifest. */
export async function fetchManifest(reader: StoreReader, request: ManifestRequest): Promise<ReadManifest> {
  const { key, videoId, signal } = request;
  const context: ErrorContext = { key, ...(videoId === undefined ? {} : { videoId }) };
  const translate = (error: unknown): ReelwayError => asManifestError(error, context);
  const attempt = async (): Promise<ReadManifest> => {
    const bytes = await readSmallBlob(reader, { key, signal }, MAX_MANIFEST_BYTES);
    const manifest = await runCooperatively(reader.clock, parseManifestSteps(bytes, videoId === undefined ? {} : { videoId }));
    return { manifest, key, bytes };
  };
  if (request.retries !== false) return withAttempts(reader, { signal, translate, onFailure: request.onFailure }, attempt);
  try {
    return await attempt();
  } catch (error) {
    throwIfAborted(signal);
    throw translate(error);
  }
}

function assertKey(key: unknown): string {
  if (typeof key === 'string' && isBlobKey(key)) return key;
  throw new ReelwayError('URL_NOT_ALLOWED', {
    message: `A manifest's key must be names of [A-Za-z0-9._-] joined by "/", got ${JSON.stringify(String(key).slice(0, 80))}`,
    context: { field: 'videoUrl' },
  });
}
