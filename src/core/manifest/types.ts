/**
 * A video's description in memory. Columns stay packed, 4 bytes instead of an object each: a manifest of 65,536 segments
 * costs what it weighs, and a segment becomes an object only while somebody looks at it.
 */
import type { HashAlgorithm, Hashes } from '../hash/hashes.js';
import type { ByteRange } from '../segments/byte-range.js';
import type { Layout, VideoMetadata } from '../video/video.js';

/** Whole numbers of one width, little-endian, one behind the other. */
export interface PackedNumbers {
  /** Bytes of each number, 1 to 6. */
  readonly width: number;
  /** `width` bytes a number; not to be changed. */
  readonly values: Uint8Array;
}

/** All segments but the last have one size. */
export interface UniformSizes {
  /** Bytes of every segment but the last, ≥ 1. */
  readonly each: number;
  /** Bytes of the last segment, 1 to `each`. */
  readonly last: number;
}

/** Each segment has a size of its own. */
export interface PackedSizes extends PackedNumbers {
  /** Where every 64th segment starts, so that no look-up adds up more than 64 sizes. */
  readonly marks: Float64Array;
}

/** When segments play, in ticks of 1/`timescale` second. */
export interface SegmentTimes {
  /** Ticks a second, 1 to 1,000,000,000. */
  readonly timescale: number;
  /** Where the last segment ends, in ticks. */
  readonly end: number;
  /** Where each segment starts, in ticks, never falling. */
  readonly starts: PackedNumbers;
  /** How long each segment plays, in ticks; absent where each ends as the next one starts. */
  readonly durations?: PackedNumbers;
}

/** What a player needs before any segment (ISO/IEC 14496-12: `ftyp` and `moov`). */
export interface InitSegment {
  /** The blob's key, relative to the manifest's folder. */
  readonly url: string;
  /** It is the first so many bytes of its blob, ≥ 1. */
  readonly sizeBytes: number;
  readonly hashes: Hashes;
}

/** Digests of all segments, one behind the other, 4 (CRC-32C), 16 (MD5) or 32 (SHA-256) bytes each; by algorithm, any subset. */
export type HashColumns = { readonly [Algorithm in HashAlgorithm]?: Uint8Array };

/** One quality of a video. */
export interface ManifestRendition {
  /** 1 to 64 of `[A-Za-z0-9_-]`, unique in the manifest. */
  readonly id: string;
  /** Bits a second at its peak, ≥ 1. */
  readonly bandwidth?: number;
  /** Pixels, ≥ 1. */
  readonly width?: number;
  /** Pixels, ≥ 1. */
  readonly height?: number;
  /** As in RFC 6381, such as `avc1.64001f,mp4a.40.2`. */
  readonly codecs?: string;
  /** Key of segment n, relative to the manifest's folder, with `{n}`; without `{n}` all segments are ranges of that one blob. */
  readonly urlTemplate: string;
  /** Where the first segment starts in the one blob, in bytes; 0 where each segment has a blob of its own. */
  readonly firstByte: number;
  /** The blob's key of its playlist, relative to the manifest's folder. */
  readonly playlist?: string;
  readonly init?: InitSegment;
  /** ≥ 0. */
  readonly segmentCount: number;
  /** Bytes of all segments together. */
  readonly sizeBytes: number;
  readonly sizes: UniformSizes | PackedSizes;
  readonly times?: SegmentTimes;
  /** Whether segment n starts with a sync sample: bit n % 8 of byte n / 8. */
  readonly sync?: Uint8Array;
  readonly hashes: HashColumns;
}

/** What a player needs for the first frame of a rendition. */
export interface RenditionOpening {
  readonly renditionId: string;
  /** In order, apart from each other, not empty; in the rendition's bytes (all its segments, one behind the other). At most 16. */
  readonly ranges: readonly ByteRange[];
}

/** One video, as its manifest describes it. */
export interface VideoManifest {
  /** The version of the format. */
  readonly version: 1;
  readonly videoId: string;
  /** The attempt that brought it here. */
  readonly uploadId: string;
  readonly layout: Layout;
  /** Milliseconds since 1970. */
  readonly createdMs: number;
  readonly source: ManifestSource;
  /** One for each rendition, in their order. */
  readonly opening: readonly RenditionOpening[];
  readonly metadata: VideoMetadata;
  /** The blob's key of the playlist over all renditions, relative to the manifest's folder. */
  readonly playlist?: string;
  /** 1 to 32; the first is the one that functions take by default. */
  readonly renditions: readonly [ManifestRendition, ...ManifestRendition[]];
  /** Seconds; from the first rendition's times, else what the metadata says, else 0. */
  readonly durationSeconds: number;
  /** Bytes of the first rendition. */
  readonly sizeBytes: number;
  /** Segments of the first rendition. */
  readonly segmentCount: number;
}

/** The file that was uploaded. */
export interface ManifestSource {
  /** ≥ 0. */
  readonly sizeBytes: number;
  /** MIME type. */
  readonly contentType: string;
}
