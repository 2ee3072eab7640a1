/** Hashing without standing in the way: after a few milliseconds at a stretch everything else gets a turn. */
import type { HashAlgorithm, HashSource, IncrementalHash } from '../core/index.js';
import { createTurns } from '../internal/index.js';
import type { Clock } from '../ports/index.js';

/** The slowest hash on the slowest host takes about 5 ms for them, the usual one half a millisecond. */
const SLICE_BYTES = 16_384;

/** A hash that yields. */
export interface PoliteHash {
  update(bytes: Uint8Array): Promise<void>;
  /** Lower-case hex. */
  digest(): string;
}

/** A hash of one object, by the algorithm that its upload began with. */
export function createPoliteHash(hashes: HashSource, clock: Clock, algorithm: HashAlgorithm): PoliteHash {
  const hash: IncrementalHash = hashes.create(algorithm);
  return {
    update: async (bytes) => {
      const turns = createTurns(clock);
      for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
        hash.update(bytes.subarray(at, at + SLICE_BYTES));
        if (turns.isOver()) await turns.rest();
      }
    },
    digest: () => hash.digest(),
  };
}
