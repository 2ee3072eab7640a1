/** A layout: it plans a source, then produces its objects, each a pure function of source, options and index. */
import type { ByteRange, Layout } from '../core/index.js';
import type { AbortSignalLike } from './common.js';
import type { ReadHandle } from './file-system.js';

/** Packs sources of one kind. */
export interface Packaging {
  /**
   * Plans by reads of ≤ 524,288 bytes; afterwards every object's size is known. Rejects with NOT_SUPPORTED where the source is of another
   * kind: the engine then tries its next packaging.
   */
  open(source: ReadHandle, sizeBytes: number, signal?: AbortSignalLike): Promise<Package>;
}

/** What a package knows of its rendition. Each fact is absent where it is unknown. */
export interface RenditionFacts {
  /** As in RFC 6381, such as `avc1.64001f,mp4a.40.2`: 1 to 200 of `[A-Za-z0-9.,_+-]`. */
  readonly codecs?: string;
  /** Pixels, an integer, 1 to 1,000,000. */
  readonly width?: number;
  /** Pixels, an integer, 1 to 1,000,000. */
  readonly height?: number;
  /** Pictures a second, > 0. The manifest, version 1, has no field for it. */
  readonly frameRate?: number;
  /** Bits a second at its peak, an integer, ≥ 1. */
  readonly bandwidth?: number;
  /** Ticks a second in which the manifest keeps times, an integer, 1 to 1,000,000,000. @default 90,000 */
  readonly timescale?: number;
}

/** One source, planned. A pure function of source, options and index: after a kill too, the same bytes. */
export interface Package extends RenditionFacts {
  /** How the source becomes stored objects. */
  readonly layout: Layout;
  /** Changes whenever the same source and options would give other bytes; the journal holds it. */
  readonly version: string;
  /** Objects, ≥ 0. */
  readonly count: number;
  /** Ranges of the rendition (all its segments, one behind the other) that a player needs for its first frame. */
  readonly opening: readonly ByteRange[];
  /** The object with this index, 0 ≤ index < count. */
  describe(index: number): PackageObject;
  /** Reads the object's bytes, in order from the first. */
  read(index: number): PackageReader;
}

/** Reads one object. */
export interface PackageReader {
  /** Writes one segment or piece into `buffer` (lent, ≥ 524,288 bytes); resolves with its length, 0 at the end. */
  fill(buffer: Uint8Array): Promise<number>;
}

/** One object of a package. */
export interface PackageObject {
  /** The last part of its key. */
  readonly name: string;
  readonly role: 'segment' | 'init' | 'playlist' | 'index';
  readonly contentType: string;
  /** ≥ 1. */
  readonly sizeBytes: number;
  /** Present where the object is exactly this slice of the source, so that `sliceToFile` can make it. */
  readonly range?: ByteRange;
  readonly startSeconds?: number;
  readonly durationSeconds?: number;
  /** Whether a segment starts with a sync sample. For all segments of a package or for none. */
  readonly sync?: boolean;
}
