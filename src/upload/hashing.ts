/** Hashing without standing in the way: after a few milliseconds at a stretch everything else gets a turn. */
import type { HashAlgorithm, HashSource, IncrementalHash } from '../core/index.js';
import { inSlices, type Pace } from '../internal/index.js';
import type { Clock } from '../ports/index.js';

/** A hash that yields. */
export interface PoliteHash {
  update(bytes: Uint8Array): Promise<void>;
  /** Lower-case hex. */
  digest(): string;
}

/** A hash of one object, by the algorithm that its upload began with. */
export function createPoliteHash(hashes: HashSource, clock: Clock, algorithm: HashAlgorithm): PoliteHash {
  const hash: IncrementalHash = hashes.create(algorithm);
  const pace: Pace = { workedMs: 0 };
  return {
    update: (bytes) => inSlices(clock, pace, bytes, (slice) => hash.update(slice)),
    digest: () => hash.digest(),
  };
}
