/** The seam between sending segments and what holds them in the store. */
import type { RenditionDraft } from '../../core/index.js';
import type { AbortSignalLike } from '../../ports/index.js';

/** A segment in the store. */
export interface StoredSegment {
  readonly hash: string;
  /** The store has attested the hash, so that nothing is read back. */
  readonly attested: boolean;
}

/** Where a reader finds the segments, as the manifest says it. */
export type SegmentAddress = Pick<RenditionDraft, 'urlTemplate' | 'firstByte'>;

/** What holds the segments of one upload. Indices are those of the package. */
export interface SegmentTarget {
  /** What an earlier attempt has left in the store; `undefined` where the segment has to be sent. One attempt. */
  find(index: number, signal: AbortSignalLike): Promise<StoredSegment | undefined>;
  /** Reads, hashes and puts a segment. One attempt. @throws {ReelwayError} BLOB_CORRUPT where the store attests other bytes */
  send(index: number, signal: AbortSignalLike): Promise<StoredSegment>;
  /** The acknowledged segments that the store lacks or holds with other bytes, in ascending order. */
  verify(): Promise<number[]>;
  /** Makes the segments readable once all of them are verified. @throws {ReelwayError} NOT_SUPPORTED where no manifest can address them */
  finish(): Promise<SegmentAddress>;
}
