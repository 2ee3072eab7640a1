/** Hashing without standing in the way: after a few milliseconds at a stretch everything else gets a turn. */
import type { HashAlgorithm, HashSource, IncrementalHash } from '../core/index.js';
import { sleep } from '../internal/index.js';
import type { Clock } from '../ports/index.js';

/** The slowest hash on the slowest host takes about 5 ms for them, the usual one half a millisecond. */
const SLICE_BYTES = 16_384;
/** Milliseconds of work at a stretch; the last slice takes up to a few more. */
const STRETCH_MS = 3;

/** A hash that yields. */
export interface PoliteHash {
  update(bytes: Uint8Array): Promise<void>;
  /** Lower-case hex. */
  digest(): string;
}

/** A hash of one object, by the algorithm that its upload began with. */
export function createPoliteHash(hashes: HashSource, clock: Clock, algorithm: HashAlgorithm): PoliteHash {
  const hash: IncrementalHash = hashes.create(algorithm);
  // Over all updates: pieces that a fast store hands over one behind the other are one stretch.
  let workedMs = 0;
  return {
    update: async (bytes) => {
      for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
        const begunMs = clock.monotonicMs();
        hash.update(bytes.subarray(at, at + SLICE_BYTES));
        workedMs += clock.monotonicMs() - begunMs;
        if (workedMs < STRETCH_MS) continue;
        await sleep(clock, 0);
        workedMs = 0;
      }
    },
    digest: () => hash.digest(),
  };
}
