/** Hashing without standing in the way: after a few milliseconds at a stretch everything else gets a turn. */
import { FRAGMENT_BYTES, type HashAlgorithm, type HashSource, type IncrementalHash } from '../core/index.js';
import { sleep } from '../internal/index.js';
import type { Clock } from '../ports/index.js';

const SLICE_BYTES = FRAGMENT_BYTES / 8;
const STRETCH_MS = 4;

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
      let sinceMs = clock.monotonicMs();
      for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
        hash.update(bytes.subarray(at, at + SLICE_BYTES));
        if (clock.monotonicMs() - sinceMs < STRETCH_MS) continue;
        await sleep(clock, 0);
        sinceMs = clock.monotonicMs();
      }
    },
    digest: () => hash.digest(),
  };
}
