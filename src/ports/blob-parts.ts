/** One blob in several parts, each sent, retried and resumed on its own: for objects larger than a segment. */
import type { Hashes } from '../core/index.js';
import type { BlobBody, BlobInfo } from './blob.js';
import type { AbortSignalLike } from './common.js';

/** A part as the store holds it. Plain data: it may be journaled, and passed to `complete` by a later process. */
export interface BlobPart {
  /** Its place in the blob, 1 to `maxParts`, both inclusive. */
  readonly number: number;
  readonly sizeBytes: number;
  /** What the store attests of this part, as in {@link BlobInfo}. */
  readonly hashes: Hashes;
  /** The store's own name for this very content: ASCII, 1 to 256 characters. */
  readonly tag: string;
}

/** Options of {@link BlobParts.begin}. */
export interface BeginPartsOptions {
  /** Of the blob. */
  readonly contentType: string;
  readonly signal?: AbortSignalLike;
}

/** Options of {@link BlobParts.putPart}. */
export interface PutPartOptions {
  /** Of the part, known before its first byte. A wrong one rejects with BLOB_CORRUPT, where the store checks its algorithm. */
  readonly hashes?: Hashes;
  readonly signal?: AbortSignalLike;
  /** Bytes of this part handed to the network in this attempt. May stay silent, may fall back. For the stall timeout, not for users. */
  readonly onProgress?: (sentBytes: number) => void;
}

/**
 * Puts one blob in parts. The key stays as it is until `complete`, which replaces the blob at once.
 *
 * A session is an ASCII string of 1 to 1,024 characters that only its adapter interprets. With it, another process continues over another
 * store object with the same settings. It names the upload and is not a secret: it is useless without the store's credentials, so it may be
 * journaled. Parts that are neither completed nor aborted stay in the store, and may cost money.
 *
 * Puts of parts may overlap, but not two of one number. All parts but the last have the same size, which some servers require.
 * Where a session does not exist (any more), `putPart` and `list` reject with BLOB_NOT_FOUND.
 */
export interface BlobParts {
  /** The least bytes of each part but the last, ≥ 1. */
  readonly minPartBytes: number;
  /** The most bytes of a part, ≥ `minPartBytes`. */
  readonly maxPartBytes: number;
  /** The most parts of a blob, ≥ 1. */
  readonly maxParts: number;
  /** Begins a session for a key; two sessions for one key are independent. @throws {ReelwayError} the network's codes */
  begin(key: string, options: BeginPartsOptions): Promise<string>;
  /**
   * Stores a part, whole or not at all; a part of the same number is replaced. Takes the kinds of body in the store's `accepts`; bytes are lent
   * until it settles, and pieces of a stream until the next call of `next`.
   * @throws {ReelwayError} BLOB_NOT_FOUND, BLOB_CORRUPT, QUOTA_EXCEEDED and the network's codes
   */
  putPart(session: string, number: number, body: BlobBody, options?: PutPartOptions): Promise<BlobPart>;
  /** All stored parts, by number. A resume starts from them, since a response may have been lost. @throws {ReelwayError} BLOB_NOT_FOUND */
  list(session: string, signal?: AbortSignalLike): Promise<BlobPart[]>;
  /**
   * Makes the blob of these parts, numbered from 1 without gaps. All stored parts must be named, since some servers refuse to leave one out
   * (BLOB_CORRUPT). May be repeated after a lost response: it resolves as long as the blob is there as it made it. Rejects with BLOB_CORRUPT
   * where a stored part differs from `parts`, and with REQUEST_REFUSED where one but the last is smaller than `minPartBytes`; the session stays
   * as it was then.
   * @throws {ReelwayError} BLOB_NOT_FOUND, BLOB_CORRUPT, REQUEST_REFUSED and the network's codes
   */
  complete(session: string, parts: readonly BlobPart[], signal?: AbortSignalLike): Promise<BlobInfo>;
  /**
   * Removes a session and all its parts. A missing session is success, and a completed blob stays. A part that is being sent can be stored after
   * it, so engines end their puts first, and abort twice where a process was killed.
   */
  abort(session: string, signal?: AbortSignalLike): Promise<void>;
}
