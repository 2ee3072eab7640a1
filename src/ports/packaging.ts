/** How a layout is plugged in: plan, then produce object after object, each a pure function of source, options and index. */
import type { ByteRange, Layout } from '../core/index.js';
import type { AbortSignalLike } from './common.js';
import type { ReadHandle } from './file-system.js';

/** A layout for sources of one kind. */
export interface Packaging {
  readonly layout: Layout;
  /** Plans by reads of ≤ 524,288 bytes; afterwards every object's size is known. */
  open(source: ReadHandle, sizeBytes: number, signal?: AbortSignalLike): Promise<Package>;
}

/** One source, planned. A pure function of source, options and index: after a kill too, the same bytes. */
export interface Package {
  /** Changes whenever the same source and options would give other bytes; the journal holds it. */
  readonly version: string;
  /** How many objects there are, ≥ 0. */
  readonly count: number;
  /** Ranges of the rendition (all its segments, one behind the other) that a player needs for its first frame. */
  readonly opening: readonly ByteRange[];
  /** The object with this index, 0 ≤ index < count. */
  describe(index: number): PackageObject;
  /** The object's bytes, in order from its first. */
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
  /** Present when the object is this very slice of the source, so that `sliceToFile` can make it. */
  readonly range?: ByteRange;
  readonly startSeconds?: number;
  readonly durationSeconds?: number;
}
