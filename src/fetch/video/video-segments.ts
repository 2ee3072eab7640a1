/**
 * A video as the fetcher sees it: segments, one behind the other, each checked by its hash. They are the segments of the
 * first rendition; where a layout has an init segment, that is the first one, so that all together are a file that plays.
 */
import {
  type ByteRange,
  type Hashes,
  openingOf,
  renditionOf,
  resolveSegmentKey,
  safeName,
  segmentAt,
  segmentIndexAt,
  segmentRange,
  type VideoManifest,
} from '../../core/index.js';

/** One segment of a video, and where it lies in the store. */
export interface SegmentLocation {
  /** The blob's key. */
  readonly key: string;
  /** Where it lies in its blob; absent where the blob is the segment. */
  readonly blobRange?: ByteRange;
  readonly sizeBytes: number;
  readonly hashes: Hashes;
}

/** The segments of one manifest. */
export class VideoSegments {
  readonly manifest: VideoManifest;
  readonly manifestKey: string;
  readonly videoId: string;
  /** Segments, ≥ 0. */
  readonly count: number;
  /** Bytes of all segments together. */
  readonly sizeBytes: number;
  /** Tells this upload's bytes from those of another one under the same id: 8 of `[0-9a-f]`. */
  readonly build: string;
  /** Segments in front of the segments: 1 where there is an init segment. */
  private readonly initCount: number;
  private readonly initBytes: number;

  constructor(manifest: VideoManifest, manifestKey: string) {
    const { init } = renditionOf(manifest);
    this.manifest = manifest;
    this.manifestKey = manifestKey;
    this.videoId = manifest.videoId;
    this.initCount = init === undefined ? 0 : 1;
    this.initBytes = init?.sizeBytes ?? 0;
    this.count = manifest.segmentCount + this.initCount;
    this.sizeBytes = manifest.sizeBytes + this.initBytes;
    this.build = safeName(`${manifestKey}\n${manifest.uploadId}\n${this.sizeBytes}\n${this.count}`).slice(0, 8);
  }

  /** The segment with this index, 0 ≤ index < count. @throws {ReelwayError} URL_NOT_ALLOWED */
  segmentAt(index: number): SegmentLocation {
    const { init } = renditionOf(this.manifest);
    if (init !== undefined && index === 0) {
      const key = resolveSegmentKey(this.manifestKey, init.url);
      return { key, sizeBytes: init.sizeBytes, hashes: init.hashes, blobRange: { start: 0, end: init.sizeBytes } };
    }
    const segment = segmentAt(this.manifest, index - this.initCount);
    return {
      key: resolveSegmentKey(this.manifestKey, segment.url),
      sizeBytes: segment.size,
      hashes: segment.hashes,
      ...(segment.blobRange === undefined ? {} : { blobRange: segment.blobRange }),
    };
  }

  /** Where a segment lies in the video. */
  rangeOf(index: number): ByteRange {
    if (index < this.initCount) return { start: 0, end: this.initBytes };
    const range = segmentRange(this.manifest, index - this.initCount);
    return { start: range.start + this.initBytes, end: range.end + this.initBytes };
  }

  /** The segment that holds a byte of the video, 0 ≤ position < sizeBytes. */
  indexAt(position: number): number {
    return position < this.initBytes ? 0 : segmentIndexAt(this.manifest, position - this.initBytes) + this.initCount;
  }

  /** What the manifest calls a segment: the segment's index, −1 for the init segment. */
  segmentIndexOf(index: number): number {
    return index - this.initCount;
  }

  /** The segments that hold the opening, in the order in which they are wanted. */
  opening(): number[] {
    const indices = new Set<number>();
    if (this.initCount > 0) indices.add(0);
    for (const range of openingOf(this.manifest)) {
      const last = this.indexAt(range.end - 1 + this.initBytes);
      for (let index = this.indexAt(range.start + this.initBytes); index <= last; index += 1) indices.add(index);
    }
    return [...indices];
  }
}
