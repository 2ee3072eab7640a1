/** What an index says of a media file. Plain data: it can be kept as JSON, and used again while the file stays as it is. */
import type { ByteRange } from '../core/index.js';

/** The container of a file, by its signature. Only `mp4`, `mov` and `m4a` can be indexed. */
export type MediaContainer =
  | 'mp4'
  | 'mov'
  | 'm4a'
  | 'webm'
  | 'matroska'
  | 'mpeg-ts'
  | 'mpeg-ps'
  | 'avi'
  | 'wav'
  | 'ogg'
  | 'mp3'
  | 'aac'
  | 'flac'
  | 'flv'
  | 'asf'
  | 'unknown';

/** What an index says of one file. */
export interface VideoIndex {
  readonly container: MediaContainer;
  readonly sizeBytes: number;
  /** Of the longest track, ≥ 0. */
  readonly durationSeconds: number;
  /** Whether samples come in `moof` boxes. */
  readonly isFragmented: boolean;
  /** The `moov` box. */
  readonly moov: ByteRange;
  /** Whether a player meets `moov` before the media data. */
  readonly isMoovFirst: boolean;
  readonly tracks: readonly MediaTrack[];
  /** What a player needs for the first half second (`openingSeconds`): 1 to 32 ranges in order, not touching. */
  readonly opening: readonly ByteRange[];
  /** What is wrong with the file, or was not understood; the rest of the index holds all the same. */
  readonly warnings: readonly MediaWarning[];
  /** Where the first `moof` box begins; only in fragmented files. */
  readonly firstFragment?: number | undefined;
}

/** Something that an index could not read. */
export interface MediaWarning {
  /** `truncated`: bytes are missing at the end. `damaged`: a box was left out. `unsupported`: a feature was left out. */
  readonly kind: 'truncated' | 'damaged' | 'unsupported';
  /** For developers. */
  readonly message: string;
  /** Bytes that are missing, ≥ 1; only with `truncated`. */
  readonly missingBytes?: number | undefined;
}

/** Picture rotation that a player applies, clockwise. */
export type RotationDegrees = 0 | 90 | 180 | 270;

/** One track. Times are ticks of its `timescale` unless their names say seconds. */
export interface MediaTrack {
  /** As in `tkhd`, ≥ 0. */
  readonly id: number;
  readonly kind: 'video' | 'audio' | 'text' | 'timecode' | 'metadata' | 'other';
  /** As in RFC 6381, such as `avc1.64001f` and `mp4a.40.2`. */
  readonly codec: string;
  /** Whether the samples are encrypted. */
  readonly isEncrypted: boolean;
  /** ISO 639-2 or BCP 47; absent where the file does not know. */
  readonly language?: string | undefined;
  /** Ticks a second, ≥ 1. */
  readonly timescale: number;
  /** As presented, after edits, ≥ 0. */
  readonly durationSeconds: number;
  /** Samples in `moov`, ≥ 0; those of fragments are not counted. */
  readonly sampleCount: number;
  /** How many samples in `moov` are sync samples, ≥ 0. Absent: each is one. */
  readonly syncSampleCount?: number | undefined;
  /** The edit list, at most 64 entries; empty where there is none. */
  readonly edits: readonly MediaEdit[];
  /** Ticks added to all times of samples, by the edit list: below 0 where it cuts off a start (B-frames, priming), above 0 after a pause. */
  readonly shiftTicks: number;
  /** Pixels as coded, before rotation, ≥ 0. Video only. */
  readonly width?: number | undefined;
  /** Pixels as coded, before rotation, ≥ 0. Video only. */
  readonly height?: number | undefined;
  /** Video only. */
  readonly rotationDegrees?: RotationDegrees | undefined;
  /** Whether the picture is mirrored as well as rotated. Video only. */
  readonly isMirrored?: boolean | undefined;
  /** Frames a second on average, > 0. Video only, where it is known. */
  readonly frameRate?: number | undefined;
  /** Video only, where the file states it. */
  readonly color?: MediaColor | undefined;
  /** ≥ 1. Audio only. */
  readonly channels?: number | undefined;
  /** Samples a second, ≥ 1. Audio only. */
  readonly sampleRateHz?: number | undefined;
  /** Where the sample tables lie. */
  readonly tables: SampleTables;
  /** What fragments use where they say nothing; only in fragmented files. */
  readonly defaults?: FragmentDefaults | undefined;
}

/** One entry of an edit list. */
export interface MediaEdit {
  /** ≥ 0; 0 means up to the end. */
  readonly durationSeconds: number;
  /** Ticks of the track; −1 is a pause. */
  readonly mediaTime: number;
  /** 1 is normal speed. */
  readonly rate: number;
}

/** Colour and brightness, by ITU-T H.273. */
export interface MediaColor {
  /** Colour primaries; 9 is BT.2020. */
  readonly primaries?: number | undefined;
  /** Transfer characteristics; 16 is PQ, 18 is HLG. */
  readonly transfer?: number | undefined;
  /** Matrix coefficients. */
  readonly matrix?: number | undefined;
  /** Whether samples use all values. */
  readonly isFullRange?: boolean | undefined;
  /** Whether the transfer is PQ or HLG, or the codec is Dolby Vision. */
  readonly isHdr: boolean;
  /** Of the mastering display: chromaticities (x, y) of green, blue, red and white in 1/50,000; luminances in 1/10,000 cd/m². */
  readonly mastering?:
    | { readonly chromaticities: readonly number[]; readonly maxLuminance: number; readonly minLuminance: number }
    | undefined;
  /** Content light level in cd/m², ≥ 0: of the brightest pixel, and of the brightest frame on average. */
  readonly lightLevel?: { readonly max: number; readonly average: number } | undefined;
  /** Dolby Vision profile and level, such as `8.4` for profile 8, level 4. */
  readonly dolbyVision?: string | undefined;
}

/** A table in the file. */
export interface TableRange {
  /** Where its first entry begins. */
  readonly position: number;
  /** How many entries, ≥ 0; they are in the file. */
  readonly count: number;
}

/** Where the sample tables of a track lie. */
export interface SampleTables {
  /** `stts`. */
  readonly durations: TableRange;
  /** `ctts`. */
  readonly compositionOffsets?: TableRange | undefined;
  /** `stsc`. */
  readonly chunkRuns: TableRange;
  /** `stco` or `co64`. */
  readonly chunkOffsets: TableRange;
  /** Bytes of a chunk offset: 4, or 8. */
  readonly chunkOffsetBytes: 4 | 8;
  /** `stsz`; `count` is the number of samples. */
  readonly sizes: TableRange;
  /** Bytes of each sample, where all have the same size and `sizes` has no entries; else 0. */
  readonly fixedBytes: number;
  /** `stss`; absent where each sample is a sync sample. */
  readonly syncSamples?: TableRange | undefined;
}

/** `trex`: what a fragment's samples have where the fragment says nothing. */
export interface FragmentDefaults {
  /** Ticks, ≥ 0. */
  readonly duration: number;
  readonly sizeBytes: number;
  /** As in ISO/IEC 14496-12, 8.8.3. */
  readonly flags: number;
}

/** One sample: a frame of a video, a packet of audio. Times are ticks of the track, after the shift by its edit list. */
export interface MediaSample {
  /** Where it begins in the file. */
  readonly offset: number;
  readonly sizeBytes: number;
  /** When it is decoded. */
  readonly dts: number;
  /** When it is presented; below 0 for what is only decoded or is priming. */
  readonly pts: number;
  /** Ticks, ≥ 0. */
  readonly duration: number;
  /** Whether decoding can begin here. */
  readonly isSync: boolean;
}
