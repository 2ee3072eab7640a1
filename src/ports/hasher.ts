/** Hashes that the host computes natively. The core computes the others in plain JavaScript. */
import type { HashAlgorithm } from '../core/index.js';

/** A synchronous, incremental hash. */
export interface RunningHash {
  /** Adds the next bytes; keeps no reference to them. */
  update(bytes: Uint8Array): void;
  /** Lower-case hex of all bytes; ends this hash. */
  digest(): string;
}

/** Native hashes of the host. Callers yield between slices when 4 ms have passed. */
export interface Hasher {
  /** Algorithms that are fast on this host. */
  readonly algorithms: readonly HashAlgorithm[];
  /** Starts a hash of one of {@link Hasher.algorithms}. */
  create(algorithm: HashAlgorithm): RunningHash;
}
