/**
 * The segments of one rendition of a video, in their order, each with its hash. Where a layout has an init segment, that is
 * the first one. So all segments together are a file that plays.
 */
import {
  type ByteRange,
  type Hashes,
  type ManifestRendition,
  openingOf,
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

/** The segments of one rendition. */
export class VideoSegments {
  readonly manifest: VideoManifest;
  readonly manifestKey: string;
  readonly videoId: string;
  /** Place of the rendition in the manifest, from 0. */
  readonly rendition: number;
  /** Segments, ≥ 0. */
  readonly count: number;
  /** Bytes of all segments together. */
  readonly sizeBytes: number;
  /** Distinguishes this upload from others under the same id, the same for all its renditions: 8 of `[0-9a-f]`. */
  readonly build: string;
  private readonly source: ManifestRendition;
  /** 1 where there is an init segment, else 0. */
  private readonly initCount: number;
  private readonly initBytes: number;

  constructor(manifest: VideoManifest, manifestKey: string, rendition = 0) {
    const [first] = manifest.renditions;
    const source = manifest.renditions[rendition] ?? first;
    this.manifest = manifest;
    this.manifestKey = manifestKey;
    this.videoId = manifest.videoId;
    this.rendition = manifest.renditions.indexOf(source);
    this.source = source;
    this.initCount = initCountOf(source);
    this.initBytes = initBytesOf(source);
    this.count = source.segmentCount + this.initCount;
    this.sizeBytes = source.sizeBytes + this.initBytes;
    const bytes = manifest.sizeBytes + initBytesOf(first);
    const count = manifest.segmentCount + initCountOf(first);
    this.build = safeName(`${manifestKey}\n${manifest.uploadId}\n${bytes}\n${count}`).slice(0, 8);
  }

  /** The segment with this index, 0 ≤ index < count. @throws {ReelwayError} URL_NOT_ALLOWED */
  segmentAt(index: number): SegmentLocation {
    const { init, id } = this.source;
    if (init !== undefined && index === 0) {
      const key = resolveSegmentKey(this.manifestKey, init.url);
      return { key, sizeBytes: init.sizeBytes, hashes: init.hashes, blobRange: { start: 0, end: init.sizeBytes } };
    }
    const segment = segmentAt(this.manifest, index - this.initCount, id);
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
    const range = segmentRange(this.manifest, index - this.initCount, this.source.id);
    return { start: range.start + this.initBytes, end: range.end + this.initBytes };
  }

  /** The segment that holds a byte of the video, 0 ≤ position < sizeBytes. */
  indexAt(position: number): number {
    return position < this.initBytes ? 0 : segmentIndexAt(this.manifest, position - this.initBytes, this.source.id) + this.initCount;
  }

  /** What the manifest calls a segment: the segment's index, −1 for the init segment. */
  segmentIndexOf(index: number): number {
    return index - this.initCount;
  }

  /** The segments that hold the opening, in the order in which they are wanted. */
  opening(): number[] {
    const indices = new Set<number>();
    if (this.initCount > 0) indices.add(0);
    for (const range of openingOf(this.manifest, this.source.id)) {
      const last = this.indexAt(range.end - 1 + this.initBytes);
      for (let index = this.indexAt(range.start + this.initBytes); index <= last; index += 1) indices.add(index);
    }
    return [...indices];
  }
}

function initCountOf({ init }: ManifestRendition): number {
  return init === undefined ? 0 : 1;
}

function initBytesOf({ init }: ManifestRendition): number {
  return init?.sizeBytes ?? 0;
}
