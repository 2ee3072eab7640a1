/** Looking at a manifest's segments: one at a time, made when asked for. */
import { HASH_ALGORITHMS, HASH_DIGITS } from '../hash/hash-service.js';
import type { HashAlgorithm, Hashes } from '../hash/hashes.js';
import type { ByteRange } from '../segments/byte-range.js';
import { hexEncode } from '../text/text.js';
import type { Priority, VideoSegment } from '../video/video.js';
import { indexAt, lastAtMost, numberAt, sizeAt, startAt } from './columns.js';
import type { HashColumns, ManifestRendition, RenditionOpening, VideoManifest } from './types.js';
import { hasPlaceholder, urlOf } from './urls.js';

/** The end of a raw file, where many writers put the index: so many bytes, or this part of it where that is more. */
const RAW_END_BYTES = 1_048_576;
const RAW_END_PART = 1 / 50;

/** The rendition with this id, the first by default. @throws {TypeError} where there is none */
export function renditionOf(manifest: VideoManifest, renditionId?: string): ManifestRendition {
  if (renditionId === undefined) return manifest.renditions[0];
  const found = manifest.renditions.find((rendition) => rendition.id === renditionId);
  if (found === undefined) throw new TypeError(`No rendition ${JSON.stringify(renditionId)}`);
  return found;
}

/** The bytes that a player needs for the first frame of a rendition, the first by default. @throws {TypeError} where there is none */
export function openingOf(manifest: VideoManifest, renditionId?: string): readonly ByteRange[] {
  const index = manifest.renditions.indexOf(renditionOf(manifest, renditionId));
  return (manifest.opening[index] as RenditionOpening).ranges;
}

/** Where a segment lies in its rendition, 0 ≤ index < segmentCount. @throws {TypeError} outside of that */
export function segmentRange(manifest: VideoManifest, index: number, renditionId?: string): ByteRange {
  return rangeIn(renditionOf(manifest, renditionId), index);
}

/** The segment with this index, 0 ≤ index < segmentCount. @throws {TypeError} outside of that */
export function segmentAt(manifest: VideoManifest, index: number, renditionId?: string): VideoSegment {
  const rendition = renditionOf(manifest, renditionId);
  const range = rangeIn(rendition, index);
  const isFirst = rendition === manifest.renditions[0];
  return {
    id: isFirst ? `${manifest.uploadId}/${index}` : `${manifest.uploadId}/${rendition.id}/${index}`,
    url: urlOf(rendition.urlTemplate, index),
    ...timesOf(manifest, rendition, index, range),
    size: range.end - range.start,
    priority: priorityOf(manifest, rendition, range),
    index,
    range,
    hashes: hashesAt(rendition.hashes, index),
    ...blobRangeOf(rendition, range),
    ...syncOf(rendition, index),
  };
}

/** All segments in order, made one by one; may be walked more than once. */
export function segmentsOf(manifest: VideoManifest, renditionId?: string): Iterable<VideoSegment> {
  const rendition = renditionOf(manifest, renditionId);
  return {
    *[Symbol.iterator]() {
      for (let index = 0; index < rendition.segmentCount; index += 1) yield segmentAt(manifest, index, rendition.id);
    },
  };
}

/** The index of the segment that holds a byte of the rendition, 0 ≤ byteOffset < its size. @throws {TypeError} outside of that */
export function segmentIndexAt(manifest: VideoManifest, byteOffset: number, renditionId?: string): number {
  const rendition = renditionOf(manifest, renditionId);
  if (!Number.isInteger(byteOffset) || byteOffset < 0 || byteOffset >= rendition.sizeBytes) {
    throw new TypeError(`No byte ${byteOffset}: there are ${rendition.sizeBytes}`);
  }
  return indexAt(rendition.sizes, byteOffset);
}

/** The index of the segment that plays at a time in seconds: the first before the start, the last behind the end; −1 where there are none. */
export function segmentIndexAtTime(manifest: VideoManifest, seconds: number, renditionId?: string): number {
  const rendition = renditionOf(manifest, renditionId);
  const { segmentCount, times } = rendition;
  if (segmentCount === 0) return -1;
  if (times !== undefined) return lastAtMost(segmentCount, seconds * times.timescale, (at) => numberAt(times.starts, at));
  return lastAtMost(segmentCount, seconds, (at) => timesOf(manifest, rendition, at, rangeIn(rendition, at)).startTime);
}

/** The indices of the segments that hold at least one byte of a range, from `first`, inclusive, to `last`, inclusive; `undefined` where none does. */
export function segmentsIn(rendition: ManifestRendition, range: ByteRange): { readonly first: number; readonly last: number } | undefined {
  const start = Math.max(range.start, 0);
  const end = Math.min(range.end, rendition.sizeBytes);
  if (start >= end) return undefined;
  return { first: indexAt(rendition.sizes, start), last: indexAt(rendition.sizes, end - 1) };
}

/** Where a segment lies in its rendition. @throws {TypeError} where there is none */
export function rangeIn(rendition: ManifestRendition, index: number): ByteRange {
  const { segmentCount, sizes } = rendition;
  if (!Number.isInteger(index) || index < 0 || index >= segmentCount) {
    throw new TypeError(`No segment ${index}: there are ${segmentCount}`);
  }
  const start = startAt(sizes, index);
  return { start, end: start + sizeAt(sizes, segmentCount, index) };
}

/** The digests of one segment as hex. */
export function hashesAt(columns: HashColumns, index: number): Hashes {
  const hashes: { [Algorithm in HashAlgorithm]?: string } = {};
  for (const algorithm of HASH_ALGORITHMS) {
    const column = columns[algorithm];
    const bytes = HASH_DIGITS[algorithm] / 2;
    if (column !== undefined) hashes[algorithm] = hexEncode(column.subarray(index * bytes, (index + 1) * bytes));
  }
  return hashes;
}

interface Times {
  readonly startTime: number;
  readonly duration: number;
}

function timesOf(manifest: VideoManifest, rendition: ManifestRendition, index: number, range: ByteRange): Times {
  const { times, segmentCount, sizeBytes } = rendition;
  if (times === undefined) {
    // Bytes are no clock, but they are the only one that a raw file has.
    const rate = manifest.durationSeconds / sizeBytes;
    return { startTime: range.start * rate, duration: (range.end - range.start) * rate };
  }
  const start = numberAt(times.starts, index);
  const next = index + 1 < segmentCount ? numberAt(times.starts, index + 1) : times.end;
  const ticks = times.durations === undefined ? next - start : numberAt(times.durations, index);
  return { startTime: start / times.timescale, duration: ticks / times.timescale };
}

function priorityOf(manifest: VideoManifest, rendition: ManifestRendition, range: ByteRange): Priority {
  const isOpening = openingOf(manifest, rendition.id).some((part) => part.start < range.end && range.start < part.end);
  if (isOpening) return 'high';
  const endBytes = Math.max(RAW_END_BYTES, rendition.sizeBytes * RAW_END_PART);
  return manifest.layout === 'raw' && range.end > rendition.sizeBytes - endBytes ? 'normal' : 'low';
}

function blobRangeOf(rendition: ManifestRendition, range: ByteRange): { readonly blobRange?: ByteRange } {
  if (hasPlaceholder(rendition.urlTemplate)) return {};
  return { blobRange: { start: rendition.firstByte + range.start, end: rendition.firstByte + range.end } };
}

function syncOf(rendition: ManifestRendition, index: number): { readonly sync?: boolean } {
  if (rendition.sync === undefined) return {};
  return { sync: (((rendition.sync[index >> 3] as number) >> (index & 7)) & 1) === 1 };
}
