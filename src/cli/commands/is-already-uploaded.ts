/** Checks whether a bucket contains this file under this id; a repeated command is then complete, not a conflict. */
import { createHash as createNodeHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { type BlobSource, createHash, type HashAlgorithm, MAX_SEGMENT_BYTES, segmentsOf, type VideoManifest } from '../../index.js';
import { readVideo } from './read-video.js';

export interface SameVideoQuestion {
  readonly path: string;
  readonly videoId: string;
  /** Compared only if given. */
  readonly title?: string | undefined;
  readonly signal: AbortSignal;
}

/** The video with this id, if all of its segments equal the file. Reads only the file and the manifest. */
export async function sameVideo(
  store: BlobSource,
  { path, videoId, title, signal }: SameVideoQuestion,
): Promise<VideoManifest | undefined> {
  const { manifest } = await readVideo(store, videoId, signal);
  if (title !== undefined && title !== manifest.metadata.title) return undefined;
  // In other layouts the segments are not slices of the file.
  if (manifest.layout !== 'raw' || manifest.sizeBytes !== manifest.source.sizeBytes) return undefined;
  const file = await open(path, 'r');
  try {
    const isSame = (await file.stat()).size === manifest.sizeBytes && (await hasSegments(file, manifest, signal));
    return isSame ? manifest : undefined;
  } finally {
    await file.close();
  }
}

const ALGORITHMS: readonly HashAlgorithm[] = ['sha256', 'md5', 'crc32c'];

async function hasSegments(file: FileHandle, manifest: VideoManifest, signal: AbortSignal): Promise<boolean> {
  const buffer = new Uint8Array(MAX_SEGMENT_BYTES);
  for (const { range, hashes } of segmentsOf(manifest)) {
    signal.throwIfAborted();
    const algorithm = ALGORITHMS.find((name) => hashes[name] !== undefined);
    if (algorithm === undefined) return false;
    const hash = algorithm === 'crc32c' ? createHash(algorithm) : createNodeHash(algorithm);
    for (let at = range.start; at < range.end; ) {
      const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, range.end - at), at);
      if (bytesRead === 0) return false;
      hash.update(buffer.subarray(0, bytesRead));
      at += bytesRead;
    }
    if (hash.digest('hex') !== hashes[algorithm]) return false;
  }
  return true;
}
