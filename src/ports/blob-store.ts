/** The bucket: where videos are stored and streamed from. */
import type { ByteRange, HashAlgorithm, Hashes } from '../core/index.js';
import type { AbortSignalLike, PieceReader } from './common.js';

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

/** How a blob is put. */
export interface PutOptions {
  readonly contentType: string;
  /** Known before the first byte; absent for streams. Adapters send on those that their store checks. */
  readonly hashes?: Hashes;
  /** Refuse to replace, as far as the store can: no promise, so engines read back what must be unique. Rejects with BLOB_EXISTS. @default false */
  readonly ifAbsent?: boolean;
  readonly signal?: AbortSignalLike;
  /** Bytes handed to the network in this attempt. May be silent, may fall back. For the stall clock, not for users. */
  readonly onProgress?: (sentBytes: number) => void;
}

/** How a blob is read. */
export interface GetOptions {
  /** Half-open, inside the blob, not empty. @default the whole blob */
  readonly range?: ByteRange;
  readonly signal?: AbortSignalLike;
}

/** What a store tells of a blob. */
export interface BlobInfo {
  readonly key: string;
  /** Always from `put` and `head`; a listing may lack it. */
  readonly sizeBytes?: number;
  /** Milliseconds since 1970. */
  readonly modifiedMs?: number;
  /** What the store attests: hashes it reported for what it holds, or checked against `PutOptions.hashes`. */
  readonly hashes: Hashes;
}

/** A blob being read; `sizeBytes` is the size of the whole blob, if told. */
export interface BlobReader extends PieceReader {
  readonly sizeBytes?: number;
}

/** A page of a listing; `cursor` is absent on the last one. */
export interface BlobPage {
  readonly blobs: readonly BlobInfo[];
  readonly cursor?: string;
}

/** Where blobs are read. Keys: names of `[A-Za-z0-9._-]` joined by `/`, none `.` or `..`, ≤ 512 bytes; relative to the adapter's prefix. */
export interface BlobSource {
  /** False: a range is NOT_SUPPORTED, and the planner asks for whole blobs. */
  readonly rangeRead: boolean;
  /** Holds one piece at a time. @throws {ReelwayError} BLOB_NOT_FOUND, RANGE_NOT_SATISFIABLE */
  get(key: string, options?: GetOptions): Promise<BlobReader>;
  /** Native download to a native path: whole, or rejected with nothing to trust there. */
  getToFile?(key: string, path: string, options?: GetOptions): Promise<void>;
  /** `undefined` where there is no such blob. */
  head(key: string, signal?: AbortSignalLike): Promise<BlobInfo | undefined>;
  /** An address that a player can open for at least `validMs` (milliseconds, > 0). */
  urlFor?(key: string, validMs: number): Promise<string>;
}

/** Where blobs are stored. A `put` is whole or absent, and idempotent. Adapters do not retry. */
export interface BlobStore extends BlobSource {
  /** Bodies it takes, the cheapest on this host first. */
  readonly accepts: readonly BlobBody['kind'][];
  /** Algorithms it can attest by, preferred first. Where `put` attests nothing, engines ask `head`; where empty, read back. */
  readonly attests: readonly HashAlgorithm[];
  /** Stores the body under the key. @throws {ReelwayError} BLOB_EXISTS, BLOB_CORRUPT, STORAGE_FULL, QUOTA_EXCEEDED and the network's codes */
  put(key: string, body: BlobBody, options: PutOptions): Promise<BlobInfo>;
  /** Missing is success. Tries them all before it rejects. */
  remove(keys: readonly string[], signal?: AbortSignalLike): Promise<void>;
  /** Blobs whose key starts with `prefix`, a page at a time, in any order. */
  list?(prefix: string, cursor?: string, signal?: AbortSignalLike): Promise<BlobPage>;
  /** Where the OS finishes file puts after the process has gone: keys still under way. All others: reconcile by `head`. */
  pending?(): Promise<string[]>;
}
