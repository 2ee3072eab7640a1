/** Reads a whole video from the bucket without a cache, and reports the fault of each segment. */
import { manifestKey, type VideoManifest } from '../../core/index.js';
import { isReelwayError } from '../../errors/index.js';
import { forEachLimit, throwIfAborted } from '../../internal/index.js';
import type { AbortSignalLike, BlobSource } from '../../ports/index.js';
import { asReelwayError, type StoreReader, storeReaderOf } from '../../transfer/index.js';
import { concurrencyOf } from '../options.js';
import type { CheckOptions, SegmentCheck, VideoCheck } from '../types.js';
import { VideoSegments } from '../video/video-segments.js';
import { downloadSegment, type SegmentSink } from './segment-download.js';

/**
 * Reads every segment of a video and checks it by its hash. Memory does not grow with the video: pieces are hashed as they come.
 *
 * A damaged segment is read again before it is reported, since the link may have damaged it.
 * @throws {ReelwayError} INVALID_CONFIG, URL_NOT_ALLOWED, and the network's codes where the store cannot be read; a fault of a segment is a result, not an error
 */
export async function checkVideo(blobStore: BlobSource, manifest: VideoManifest, options: CheckOptions = {}): Promise<VideoCheck> {
  const reader = storeReaderOf(blobStore, options);
  const concurrency = concurrencyOf('concurrency', options.concurrency);
  const segments = new VideoSegments(manifest, options.manifestKey ?? manifestKey(manifest.videoId));
  const faults: SegmentCheck[] = [];
  throwIfAborted(options.signal);
  await forEachLimit(numbersBelow(segments.count), concurrency, options.signal, async (index, signal) => {
    const check = await checkSegment(reader, segments, index, signal);
    if (check.fault !== undefined) faults.push(check);
    options.onSegment?.(check);
  });
  faults.sort((a, b) => a.index - b.index);
  return { videoId: manifest.videoId, segments: segments.count, bytes: reader.counters.bytesFetched, faults };
}

function* numbersBelow(count: number): Iterable<number> {
  for (let number = 0; number < count; number += 1) yield number;
}

async function checkSegment(reader: StoreReader, segments: VideoSegments, index: number, signal: AbortSignalLike): Promise<SegmentCheck> {
  const segment = segments.segmentAt(index);
  const segmentIndex = segments.segmentIndexOf(index);
  const found = { index: segmentIndex, key: segment.key, range: segments.rangeOf(index) };
  try {
    await downloadSegment(reader, segment, NOWHERE, { signal, context: { videoId: segments.videoId, segmentIndex } });
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

/** The bytes are hashed and dropped. */
const NOWHERE: SegmentSink = { write: () => undefined, restart: () => undefined };
