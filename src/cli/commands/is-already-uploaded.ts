/** Whether a bucket has a file under a name already: then a repeated command is done, and not a clash of names. */
import { createHash as createNodeHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { type BlobSource, createHash, type HashAlgorithm, MAX_SEGMENT_BYTES, segmentsOf, type VideoManifest } from '../../index.js';
import { readVideo } from './read-video.js';

/** What is compared. */
export interface SameVideoQuestion {
  readonly path: string;
  readonly videoId: string;
  /** Only where one was given: another title is another wish. */
  readonly title?: string | undefined;
  readonly signal: AbortSignal;
}

/** The video of that name, if it is this file, every segment of it. Reads the file and the manifest, and nothing else of the bucket. */
export async function sameVideo(
  store: BlobSource,
  { path, videoId, title, signal }: SameVideoQuestion,
): Promise<VideoManifest | undefined> {
  const { manifest } = await readVideo(store, videoId, signal);
  if (title !== undefined && title !== manifest.metadata.title) return undefined;
  // Of other layouts the segments are no slices of the file.
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
