/** What is put into a bucket, and what it tells of it: shared by whole puts and puts in parts. */
import type { Hashes } from '../core/index.js';
import type { PieceReader } from './common.js';

/** A body all in memory, ≤ 524,288 bytes, lent by the caller's pool until `put` settles. */
export interface BytesBody {
  readonly kind: 'bytes';
  readonly sizeBytes: number;
  readonly bytes: Uint8Array;
}

/** A body that each attempt opens anew, one reader at a time; yields exactly `sizeBytes`. What its reader rejects with, `put` rejects with. */
export interface StreamBody {
  readonly kind: 'stream';
  readonly sizeBytes: number;
  /** A reader from the first byte. */
  open(): Promise<PieceReader>;
}

/** A whole file with a native path; stays until `put` settles, and as long as `pending` names its key. */
export interface FileBody {
  readonly kind: 'file';
  readonly sizeBytes: number;
  readonly path: string;
}

/** What a retry can send again from its first byte. */
export type BlobBody = BytesBody | StreamBody | FileBody;

/** What a store tells of a blob. */
export interface BlobInfo {
  readonly key: string;
  /** Always from `put` and `head`; a listing may lack it. */
  readonly sizeBytes?: number;
  /** Milliseconds since 1970. */
  readonly modifiedMs?: number;
  /**
   * What the store attests: hashes it reported for what it holds, or checked against `PutOptions.hashes`. Those of an algorithm that is not in
   * `BlobStore.attests` are ignored.
   */
  readonly hashes: Hashes;
}
