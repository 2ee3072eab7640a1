/**
 * Compares bytes with what the manifest says of a segment: its size and one of its hashes.
 *
 * Hashing without standing in the way: after a few milliseconds at a stretch everything else gets a turn.
 */
import type { HashAlgorithm, Hashes, HashSource, IncrementalHash } from '../core/index.js';
import { processInSlices, type WorkBudget } from '../internal/index.js';
import type { Clock } from '../ports/index.js';

/** What bytes must be. */
export interface ExpectedBytes {
  readonly sizeBytes: number;
  readonly hashes: Hashes;
}

/** A comparison under way. */
export interface ChecksumVerifier {
  /** The algorithm that it goes by; `undefined` where the manifest has none. */
  readonly algorithm: HashAlgorithm | undefined;
  /** Takes in the next bytes; keeps no reference to them. */
  update(bytes: Uint8Array): void;
  /** Whether all bytes taken in are the segment; ends it. */
  isIntact(): boolean;
  readonly budget: WorkBudget;
}

/** Hands bytes to a verifier in slices, and lets others run where that takes long. The bytes must stay as they are until it resolves. */
export function updateCooperatively(verifier: ChecksumVerifier, bytes: Uint8Array, clock: Clock): Promise<void> {
  return processInSlices(clock, verifier.budget, bytes, verifier.update);
}

/** By the strongest hash of those that are cheap here, else by the cheapest of all. */
export function createChecksumVerifier(expected: ExpectedBytes, hashes: HashSource): ChecksumVerifier {
  const algorithm = algorithmOf(expected, hashes);
  const hash = algorithm === undefined ? undefined : hashes.create(algorithm);
  let length = 0;
  const isIntact = (): boolean => {
    if (length !== expected.sizeBytes) return false;
    // mutation-point: compare-segment-hash
    return algorithm === undefined || hash?.digest() === expected.hashes[algorithm];
  };
  return {
    algorithm,
    budget: { workedMs: 0 },
    update: (bytes) => {
      length += bytes.length;
      hash?.update(bytes);
    },
    isIntact,
  };
}

function algorithmOf(expected: ExpectedBytes, hashes: HashSource): HashAlgorithm | undefined {
  const known = (algorithm: HashAlgorithm): boolean => expected.hashes[algorithm] !== undefined;
  const cheap = (['sha256', 'md5', 'crc32c'] as const).find((algorithm) => known(algorithm) && hashes.algorithms.includes(algorithm));
  return cheap ?? (['crc32c', 'md5', 'sha256'] as const).find(known);
}

/** A hash that yields. */
export interface YieldingHash {
  update(bytes: Uint8Array): Promise<void>;
  /** Lower-case hex. */
  digest(): string;
}

/** A hash of one object, by the algorithm that its upload began with. */
export function createYieldingHash(hashes: HashSource, clock: Clock, algorithm: HashAlgorithm): YieldingHash {
  const hash: IncrementalHash = hashes.create(algorithm);
  const budget: WorkBudget = { workedMs: 0 };
  return {
    update: (bytes) => processInSlices(clock, budget, bytes, (slice) => hash.update(slice)),
    digest: () => hash.digest(),
  };
}
