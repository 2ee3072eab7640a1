/** A video's manifest, straight from its bucket. */
import { nodeHasher } from '../../../adapters/node/index.js';
import type { BlobSource, StoredManifest } from '../../index.js';
import { manifestKey, ReelwayError, readManifest } from '../../index.js';

/** Reads the manifest under a video's own key. @throws {ReelwayError} INVALID_VIDEO_ID, MANIFEST_NOT_FOUND, MANIFEST_UNTRUSTED and others */
export async function readVideo(store: BlobSource, videoId: string, signal?: AbortSignal): Promise<StoredManifest> {
  const key = manifestKey(videoId);
  const stored = await readManifest(store, key, { hasher: nodeHasher(), ...(signal === undefined ? {} : { signal }) });
  if (stored.manifest.videoId === videoId) return stored;
  throw new ReelwayError('MANIFEST_UNTRUSTED', {
    message: `The manifest at ${key} is about another video: ${stored.manifest.videoId}`,
    context: { key, videoId, field: 'videoId' },
  });
}
