/** One blob in several parts, each sent, retried and resumed by itself: for objects that are larger than a segment. */
import type { Hashes } from '../core/index.js';
import type { BlobBody, BlobInfo } from './blob.js';
import type { AbortSignalLike } from './common.js';

/** A part as the store holds it. Plain data: it may be journaled, and handed to `complete` by a later process. */
export interface BlobPart {
  /** From 1 to `maxParts`, both inclusive: its place in the blob. */
  readonly number: number;
  readonly sizeBytes: number;
  /** What the store attests of this part, as in {@link BlobInfo}. */
  readonly hashes: Hashes;
  /** The store's own name for this very content: ASCII, 1 to 256 characters. */
  readonly tag: string;
}

/** How a session is begun. */
export interface BeginPartsOptions {
  /** Of the blob. */
  readonly contentType: string;
  readonly signal?: AbortSignalLike;
}

/** How a part is put. */
export interface PutPartOptions {
  /** Of the part, known before its first byte. A wrong one rejects with BLOB_CORRUPT, where the store checks its algorithm. */
  readonly hashes?: Hashes;
  readonly signal?: AbortSignalLike;
  /** Bytes of this part handed to the network in this attempt. May be silent, may fall back. For the stall timeout, not for users. */
  readonly onProgress?: (sentBytes: number) => void;
}

/**
 * Puts one blob in parts. Nothing is under the key before `complete`, which puts all of it there at once, in place of what was there.
 *
 * A session is an ASCII string of 1 to 1,024 characters without meaning to anyone but its adapter: whoever keeps it goes on in another process,
 * over another store object with the same settings. It names the upload and is no secret: without the store's credentials it is worth nothing,
 * so it may stand in a journal. Parts that are neither completed nor aborted stay in the store, and may cost money.
 *
 * Parts may overlap, but not two of one number. All but the last have one size, which some servers demand.
 * Where a session is not there (any more), `putPart` and `list` reject with BLOB_NOT_FOUND.
 */
export interface BlobParts {
  /** Bytes that each part but the last has at least, ≥ 1. */
  readonly minPartBytes: number;
  /** Bytes that a part has at most, ≥ `minPartBytes`. */
  readonly maxPartBytes: number;
  /** Parts that a blob has at most, ≥ 1. */
  readonly maxParts: number;
  /** Begins a session for a key; two for one key do not know of each other. @throws {ReelwayError} the network's codes */
  begin(key: string, options: BeginPartsOptions): Promise<string>;
  /**
   * Stores a part, whole or not at all; a number that is there already is replaced. Takes the kinds of body that the store's `accepts` names;
   * bytes are lent until it settles, and pieces of a stream until the next one is asked for.
   * @throws {ReelwayError} BLOB_NOT_FOUND, BLOB_CORRUPT, QUOTA_EXCEEDED and the network's codes
   */
  putPart(session: string, number: number, body: BlobBody, options?: PutPartOptions): Promise<BlobPart>;
  /** All parts that are stored, by number: what a resume goes on from, since an answer may have been lost. @throws {ReelwayError} BLOB_NOT_FOUND */
  list(session: string, signal?: AbortSignalLike): Promise<BlobPart[]>;
  /**
   * Makes the blob of these parts, numbered from 1 without gaps: all that are stored, since some servers refuse to leave one out (BLOB_CORRUPT).
   * May be asked again after a lost answer: it resolves as long as the blob is there as it made it. Rejects with BLOB_CORRUPT where a part is not stored as told, with REQUEST_REFUSED where one but the last is
   * smaller than `minPartBytes`; the session is left as it was then.
   * @throws {ReelwayError} BLOB_NOT_FOUND, BLOB_CORRUPT, REQUEST_REFUSED and the network's codes
   */
  complete(session: string, parts: readonly BlobPart[], signal?: AbortSignalLike): Promise<BlobInfo>;
  /**
   * Forgets a session and all its parts; missing is success, and a blob that was completed stays. A part that is under way can land after it, so
   * engines end their puts first, and abort twice where a process was killed.
   */
  abort(session: string, signal?: AbortSignalLike): Promise<void>;
}
