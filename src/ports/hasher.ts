/** Hashes that the host computes fast; what it lacks the core computes in plain JavaScript. */
import type { HashAlgorithm } from '../core/index.js';

/** A hash under way: synchronous, incremental. */
export interface RunningHash {
  /** Takes in the next bytes; keeps no reference to them. */
  update(bytes: Uint8Array): void;
  /** Lower-case hex of all bytes taken in; ends this hash. */
  digest(): string;
}

/** Native hashes of the host. Callers yield between slices when 4 ms have passed. */
export interface Hasher {
  /** Only what is cheap on this host. */
  readonly algorithms: readonly HashAlgorithm[];
  /** A fresh hash of one of {@link Hasher.algorithms}. */
  create(algorithm: HashAlgorithm): RunningHash;
}
