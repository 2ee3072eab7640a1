/** Hashes that yield to other work while they are computed, and the check of bytes against a manifest. */
import type { HashAlgorithm, Hashes, HashSource } from '../core/index.js';
import { processInSlices, type WorkBudget } from '../internal/index.js';
import type { Clock } from '../ports/index.js';

/** A hash that yields after a few milliseconds of work, counted over all updates. */
export interface YieldingHash {
  /** Adds bytes. They must not change until it resolves. */
  update(bytes: Uint8Array): Promise<void>;
  /** Lower-case hex. */
  digest(): string;
}

/** What a manifest says of a segment. */
export interface ExpectedBytes {
  readonly sizeBytes: number;
  readonly hashes: Hashes;
}

/** Compares bytes with their expected size and hash. */
export interface ChecksumVerifier {
  /** The algorithm in use; `undefined` where the manifest has no hash. */
  readonly algorithm: HashAlgorithm | undefined;
  /** Adds bytes. They must not change until it resolves. */
  update(bytes: Uint8Array): Promise<void>;
  /** Whether all bytes so far are the segment. Call it once, at the end. */
  isIntact(): boolean;
}

/** A hash of one object, by the algorithm that its upload began with. */
export function createYieldingHash(hashes: HashSource, clock: Clock, algorithm: HashAlgorithm): YieldingHash {
  const hash = hashes.create(algorithm);
  const budget: WorkBudget = { workedMs: 0 };
  return {
    update: (bytes) => processInSlices(clock, budget, bytes, (slice) => hash.update(slice)),
    digest: () => hash.digest(),
  };
}

/** Uses the strongest algorithm that is cheap on this host, else the cheapest of all. */
export function createChecksumVerifier(expected: ExpectedBytes, hashes: HashSource, clock: Clock): ChecksumVerifier {
  const algorithm = algorithmOf(expected, hashes);
  const hash = algorithm === undefined ? undefined : createYieldingHash(hashes, clock, algorithm);
  let length = 0;
  const isIntact = (): boolean => {
    if (length !== expected.sizeBytes) return false;
    // mutation-point: compare-segment-hash
    return algorithm === undefined || hash?.digest() === expected.hashes[algorithm];
  };
  return {
    algorithm,
    update: async (bytes) => {
      length += bytes.length;
      await hash?.update(bytes);
    },
    isIntact,
  };
}

function algorithmOf(expected: ExpectedBytes, hashes: HashSource): HashAlgorithm | undefined {
  const known = (algorithm: HashAlgorithm): boolean => expected.hashes[algorithm] !== undefined;
  const cheap = (['sha256', 'md5', 'crc32c'] as const).find((algorithm) => known(algorithm) && hashes.algorithms.includes(algorithm));
  return cheap ?? (['crc32c', 'md5', 'sha256'] as const).find(known);
}
