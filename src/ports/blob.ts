/** Bodies that are put into a bucket, and what the bucket reports of a blob. */
import type { Hashes } from '../core/index.js';
import type { PieceReader } from './common.js';

/** A body in memory, ≤ 524,288 bytes, lent by the caller's pool until `put` settles. */
export interface BytesBody {
  readonly kind: 'bytes';
  readonly sizeBytes: number;
  readonly bytes: Uint8Array;
}

/** A body that each attempt opens again, one reader at a time; yields exactly `sizeBytes`. `put` rejects with the error of its reader. */
export interface StreamBody {
  readonly kind: 'stream';
  readonly sizeBytes: number;
  /** A reader from the first byte. */
  open(): Promise<PieceReader>;
}

/** A whole file with a native path. It stays until `put` settles, and as long as `pending` lists its key. */
export interface FileBody {
  readonly kind: 'file';
  readonly sizeBytes: number;
  readonly path: string;
}

/** A body that a retry can send again from its first byte. */
export type BlobBody = BytesBody | StreamBody | FileBody;

/** What a store reports of a blob. */
export interface BlobInfo {
  readonly key: string;
  /** Always from `put` and `head`; a listing may lack it. */
  readonly sizeBytes?: number;
  /** Milliseconds since 1970. */
  readonly modifiedMs?: number;
  /**
   * The hashes that the store attests: it reported them for its blob, or checked them against `PutOptions.hashes`. Engines ignore algorithms
   * that are not in `BlobStore.attests`.
   */
  readonly hashes: Hashes;
}
