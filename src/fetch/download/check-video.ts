/** Reads a whole video from the bucket, past any cache, and says of each segment what is wrong with it. */
import { manifestKey, type VideoManifest } from '../../core/index.js';
import { isReelwayError } from '../../errors/index.js';
import { createAbortSource, throwIfAborted } from '../../internal/index.js';
import type { AbortSignalLike, BlobSource } from '../../ports/index.js';
import { asReelwayError, type StoreReader, storeReaderOf } from '../../transfer/index.js';
import { concurrencyOf } from '../options.js';
import type { CheckOptions, SegmentCheck, VideoCheck } from '../types.js';
import { VideoView } from '../video/video-segments.js';
import { downloadPart, type PartSink } from './segment-download.js';

/**
 * Reads every segment of a video and judges it by its hash. Memory does not grow with the video: pieces are hashed as they come.
 *
 * A damaged segment is read again before it is called damaged, since the link may have done it.
 * @throws {ReelwayError} INVALID_CONFIG, URL_NOT_ALLOWED, and the network's codes where the store cannot be read; a fault of a segment is a result, no error
 */
export async function checkVideo(blobStore: BlobSource, manifest: VideoManifest, options: CheckOptions = {}): Promise<VideoCheck> {
  const reader = storeReaderOf(blobStore, options);
  const concurrency = concurrencyOf('concurrency', options.concurrency);
  const view = new VideoView(manifest, options.manifestKey ?? manifestKey(manifest.videoId));
  const source = createAbortSource(options.signal);
  const faults: SegmentCheck[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < view.count) {
      const index = next;
      next += 1;
      const check = await checkPart(reader, view, index, source.signal);
      if (check.fault !== undefined) faults.push(check);
      options.onSegment?.(check);
    }
  };
  try {
    throwIfAborted(source.signal);
    await inParallel(concurrency, work, (error) => source.abort(error));
  } finally {
    source.dispose();
  }
  faults.sort((a, b) => a.index - b.index);
  return { videoId: manifest.videoId, segments: view.count, bytes: reader.counters.bytesFetched, faults };
}

/** Runs so many workers; the first failure ends the others, and is the one that is told. */
async function inParallel(count: number, work: () => Promise<void>, stop: (error: unknown) => void): Promise<void> {
  const failures: unknown[] = [];
  const guarded = async (): Promise<void> => {
    try {
      await work();
    } catch (error) {
      failures.push(error);
      stop(error);
    }
  };
  await Promise.all(Array.from({ length: count }, guarded));
  if (failures.length > 0) throw failures[0];
}

async function checkPart(reader: StoreReader, view: VideoView, index: number, signal: AbortSignalLike): Promise<SegmentCheck> {
  const part = view.partAt(index);
  const segmentIndex = view.segmentIndexOf(index);
  const found = { index: segmentIndex, key: part.key, range: view.rangeOf(index) };
  try {
    await downloadPart(reader, part, NOWHERE, { signal, context: { videoId: view.videoId, segmentIndex } });
    return found;
  } catch (error) {
    throwIfAborted(signal);
    const fault = faultOf(error);
    if (fault === undefined) throw asReelwayError(error);
    return { ...found, fault };
  }
}

function faultOf(error: unknown): SegmentCheck['fault'] {
  if (!isReelwayError(error)) return undefined;
  if (error.code === 'SEGMENT_MISSING') return 'missing';
  if (error.code !== 'SEGMENT_CORRUPT') return undefined;
  return error.context['problem'] === 'size' ? 'size' : 'corrupt';
}

/** Hashing is all that is done with the bytes. */
const NOWHERE: PartSink = { write: () => undefined, restart: () => undefined };
