/**
 * A video as the fetcher sees it: parts, one behind the other, each judged by its hash. The parts are the segments of the
 * first rendition; where a layout has an init segment, that is the first part, so that all parts together are a file
 * that plays.
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

/** One part of a video, and where it lies in the store. */
export interface VideoPart {
  /** The blob's key. */
  readonly key: string;
  /** Where it lies in its blob; absent where the blob is the part. */
  readonly blobRange?: ByteRange;
  readonly sizeBytes: number;
  readonly hashes: Hashes;
}

/** The parts of one manifest. */
export class VideoView {
  readonly manifest: VideoManifest;
  readonly manifestKey: string;
  readonly videoId: string;
  /** Parts, ≥ 0. */
  readonly count: number;
  /** Bytes of all parts together. */
  readonly sizeBytes: number;
  /** Tells this upload's bytes from those of another one under the same id: 8 of `[0-9a-f]`. */
  readonly build: string;
  /** Parts in front of the segments: 1 where there is an init segment. */
  private readonly lead: number;
  private readonly leadBytes: number;

  constructor(manifest: VideoManifest, manifestKey: string) {
    const { init } = renditionOf(manifest);
    this.manifest = manifest;
    this.manifestKey = manifestKey;
    this.videoId = manifest.videoId;
    this.lead = init === undefined ? 0 : 1;
    this.leadBytes = init?.sizeBytes ?? 0;
    this.count = manifest.segmentCount + this.lead;
    this.sizeBytes = manifest.sizeBytes + this.leadBytes;
    this.build = safeName(`${manifestKey}\n${manifest.uploadId}\n${this.sizeBytes}\n${this.count}`).slice(0, 8);
  }

  /** The part with this index, 0 ≤ index < count. @throws {ReelwayError} URL_NOT_ALLOWED */
  partAt(index: number): VideoPart {
    const { init } = renditionOf(this.manifest);
    if (init !== undefined && index === 0) {
      const key = resolveSegmentKey(this.manifestKey, init.url);
      return { key, sizeBytes: init.sizeBytes, hashes: init.hashes, blobRange: { start: 0, end: init.sizeBytes } };
    }
    const segment = segmentAt(this.manifest, index - this.lead);
    return {
      key: resolveSegmentKey(this.manifestKey, segment.url),
      sizeBytes: segment.size,
      hashes: segment.hashes,
      ...(segment.blobRange === undefined ? {} : { blobRange: segment.blobRange }),
    };
  }

  /** Where a part lies in the video. */
  rangeOf(index: number): ByteRange {
    if (index < this.lead) return { start: 0, end: this.leadBytes };
    const range = segmentRange(this.manifest, index - this.lead);
    return { start: range.start + this.leadBytes, end: range.end + this.leadBytes };
  }

  /** The part that holds a byte of the video, 0 ≤ position < sizeBytes. */
  indexAt(position: number): number {
    return position < this.leadBytes ? 0 : segmentIndexAt(this.manifest, position - this.leadBytes) + this.lead;
  }

  /** What the manifest calls a part: the segment's index, −1 for the init segment. */
  segmentIndexOf(index: number): number {
    return index - this.lead;
  }

  /** The parts that hold the opening, in the order in which they are wanted. */
  opening(): number[] {
    const parts = new Set<number>();
    if (this.lead > 0) parts.add(0);
    for (const range of openingOf(this.manifest)) {
      const last = this.indexAt(range.end - 1 + this.leadBytes);
      for (let index = this.indexAt(range.start + this.leadBytes); index <= last; index += 1) parts.add(index);
    }
    return [...parts];
  }
}
