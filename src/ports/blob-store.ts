/** The bucket: where videos are stored and streamed from. */
import type { ByteRange, HashAlgorithm, Hashes } from '../core/index.js';
import type { BlobBody, BlobInfo } from './blob.js';
import type { BlobParts } from './blob-parts.js';
import type { AbortSignalLike, PieceReader } from './common.js';

/** Options of {@link BlobStore.put}. */
export interface PutOptions {
  readonly contentType: string;
  /** Known before the first byte; absent for streams. Adapters send those that their store checks. */
  readonly hashes?: Hashes;
  /** Rejects with BLOB_EXISTS instead of replacing, where the store can. Not a guarantee: engines read back what must be unique. @default false */
  readonly ifAbsent?: boolean;
  readonly signal?: AbortSignalLike;
  /** Bytes handed to the network in this attempt. May stay silent, may fall back. For the stall timeout, not for users. */
  readonly onProgress?: (sentBytes: number) => void;
}

/** Options of {@link BlobSource.get}. */
export interface GetOptions {
  /** Half-open, inside the blob, not empty. @default the whole blob */
  readonly range?: ByteRange;
  readonly signal?: AbortSignalLike;
}

/** A blob being read; `sizeBytes` is the size of the whole blob, if the store reports it. */
export interface BlobReader extends PieceReader {
  readonly sizeBytes?: number;
}

/** A page of a listing; `cursor` is absent on the last one. */
export interface BlobPage {
  readonly blobs: readonly BlobInfo[];
  readonly cursor?: string;
}

/** Reads blobs. Keys: names of `[A-Za-z0-9._-]` joined by `/`, none `.` or `..`, ≤ 512 bytes; relative to the adapter's prefix. */
export interface BlobSource {
  /** False: a range is NOT_SUPPORTED, and engines read whole blobs. */
  readonly rangeRead: boolean;
  /** Holds one piece at a time. @throws {ReelwayError} BLOB_NOT_FOUND, RANGE_NOT_SATISFIABLE */
  get(key: string, options?: GetOptions): Promise<BlobReader>;
  /** Native download to a native path. If it rejects, the file there is not to be trusted. */
  getToFile?(key: string, path: string, options?: GetOptions): Promise<void>;
  /** `undefined` where the blob does not exist. */
  head(key: string, signal?: AbortSignalLike): Promise<BlobInfo | undefined>;
  /** A URL that a player can open for at least `validMs` (milliseconds, > 0). */
  urlFor?(key: string, validMs: number): Promise<string>;
}

/** A put that will probably come. */
export interface AnnouncedPut {
  readonly key: string;
  readonly contentType: string;
  /** Bytes, ≥ 0. */
  readonly sizeBytes: number;
}

/** Stores blobs. A `put` is whole or absent, and idempotent. Adapters do not retry. */
export interface BlobStore extends BlobSource {
  /** Bodies it takes, the cheapest on this host first. */
  readonly accepts: readonly BlobBody['kind'][];
  /**
   * Algorithms of the hashes that it attests, preferred first. Where `put` attests nothing, engines call `head`; where empty, they read the
   * blob back. Engines ignore hashes of other algorithms.
   */
  readonly attests: readonly HashAlgorithm[];
  /** Stores the body under the key. @throws {ReelwayError} BLOB_EXISTS, BLOB_CORRUPT, STORAGE_FULL, QUOTA_EXCEEDED and the network's codes */
  put(key: string, body: BlobBody, options: PutOptions): Promise<BlobInfo>;
  /**
   * Announces the next puts, in their order, so that a store can prepare them, for example with one request for many signatures. A hint: it
   * returns at once and never throws, and each put may come later, several times, with hashes, or never. Engines announce 40 at most, the next
   * one first.
   */
  announce?(puts: readonly AnnouncedPut[]): void;
  /** A missing blob is success. Tries all keys before it rejects. */
  remove(keys: readonly string[], signal?: AbortSignalLike): Promise<void>;
  /** Blobs whose key starts with `prefix`, a page at a time, in any order. */
  list?(prefix: string, cursor?: string, signal?: AbortSignalLike): Promise<BlobPage>;
  /**
   * Where the OS finishes file puts after the process has ended: the keys that it still uploads, of this process and of earlier ones, in any
   * order. A key that is not listed (any more) has ended, stored or not: `head` decides. A `put` that rejected, also by abort, may stay listed
   * where the OS could not be stopped. Engines do not put a listed key, keep its file, and call again. A key that stays listed for 600,000 ms
   * of waiting is put again; the store then joins the older put or aborts it.
   * Rejects where the keys are unknown: unknown is not none.
   */
  pending?(): Promise<string[]>;
  /** Puts in parts; absent where the store puts whole blobs only. */
  readonly parts?: BlobParts;
}
