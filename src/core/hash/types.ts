/** The shapes of hashing; `ports` has the same ones, and structure is all that counts. */
import type { HashAlgorithm } from './hashes.js';

/** A hash under way: synchronous, incremental. */
export interface IncrementalHash {
  /** Takes in the next bytes; keeps no reference to them. */
  update(bytes: Uint8Array): void;
  /** Lower-case hex of all bytes taken in; ends this hash. */
  digest(): string;
}

/** Whoever makes hashes: the host natively, or the core. */
export interface HashSource {
  /** Only what is cheap here. */
  readonly algorithms: readonly HashAlgorithm[];
  /** A fresh hash. */
  create(algorithm: HashAlgorithm): IncrementalHash;
}
