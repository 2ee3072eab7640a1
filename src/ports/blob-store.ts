/** The bucket: where videos are stored and streamed from. */
import type { ByteRange, HashAlgorithm, Hashes } from '../core/index.js';
import type { BlobBody, BlobInfo } from './blob.js';
import type { BlobParts } from './blob-parts.js';
import type { AbortSignalLike, PieceReader } from './common.js';

/** How a blob is put. */
export interface PutOptions {
  readonly contentType: string;
  /** Known before the first byte; absent for streams. Adapters send on those that their store checks. */
  readonly hashes?: Hashes;
  /** Refuse to replace, as far as the store can: no promise, so engines read back what must be unique. Rejects with BLOB_EXISTS. @default false */
  readonly ifAbsent?: boolean;
  readonly signal?: AbortSignalLike;
  /** Bytes handed to the network in this attempt. May be silent, may fall back. For the stall timeout, not for users. */
  readonly onProgress?: (sentBytes: number) => void;
}

/** How a blob is read. */
export interface GetOptions {
  /** Half-open, inside the blob, not empty. @default the whole blob */
  readonly range?: ByteRange;
  readonly signal?: AbortSignalLike;
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

/** A put that will probably come. */
export interface AnnouncedPut {
  readonly key: string;
  readonly contentType: string;
  /** Bytes, ≥ 0. */
  readonly sizeBytes: number;
}

/** Where blobs are stored. A `put` is whole or absent, and idempotent. Adapters do not retry. */
export interface BlobStore extends BlobSource {
  /** Bodies it takes, the cheapest on this host first. */
  readonly accepts: readonly BlobBody['kind'][];
  /**
   * Algorithms it can attest by, preferred first. Where `put` attests nothing, engines ask `head`; where empty, read back. Engines ignore
   * hashes of other algorithms.
   */
  readonly attests: readonly HashAlgorithm[];
  /** Stores the body under the key. @throws {ReelwayError} BLOB_EXISTS, BLOB_CORRUPT, STORAGE_FULL, QUOTA_EXCEEDED and the network's codes */
  put(key: string, body: BlobBody, options: PutOptions): Promise<BlobInfo>;
  /**
   * Tells which puts will probably come, in their order, so that a store can get ready for them, as by one question for many signatures. A hint:
   * it returns at once and never throws, and each of them may come later, again, with hashes, or never. Engines tell of 40 at most, the first of
   * them about to be put.
   */
  announce?(puts: readonly AnnouncedPut[]): void;
  /** Missing is success. Tries them all before it rejects. */
  remove(keys: readonly string[], signal?: AbortSignalLike): Promise<void>;
  /** Blobs whose key starts with `prefix`, a page at a time, in any order. */
  list?(prefix: string, cursor?: string, signal?: AbortSignalLike): Promise<BlobPage>;
  /**
   * Where the OS finishes file puts after the process has gone: the keys that it still carries, of this process and of earlier
   * ones, in any order. A key that is not named (any more) is over, done or not: `head` tells. A `put` that has rejected, also by
   * abort, may leave its key named where the OS could not be stopped. Engines do not put a key that is named, keep its file, and
   * ask again; one that stays named for 600,000 ms of waiting is put again, and the store then joins the older put or gives it up.
   * Rejects where it cannot tell: unknown is not none.
   */
  pending?(): Promise<string[]>;
  /** One blob in several parts; absent where the store puts blobs whole only. */
  readonly parts?: BlobParts;
}
