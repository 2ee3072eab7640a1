/**
 * Judges bytes by what the manifest says of a part: its size and one of its hashes.
 *
 * Hashing without standing in the way: after a few milliseconds at a stretch everything else gets a turn.
 */
import type { HashAlgorithm, Hashes, HashSource, IncrementalHash } from '../core/index.js';
import { inSlices, type Pace } from '../internal/index.js';
import type { Clock } from '../ports/index.js';

/** What bytes must be. */
export interface ExpectedBytes {
  readonly sizeBytes: number;
  readonly hashes: Hashes;
}

/** A verdict under way. */
export interface Judge {
  /** The algorithm that it goes by; `undefined` where the manifest has none. */
  readonly algorithm: HashAlgorithm | undefined;
  /** Takes in the next bytes; keeps no reference to them. */
  update(bytes: Uint8Array): void;
  /** Whether all bytes taken in are the part; ends it. */
  isIntact(): boolean;
  readonly pace: Pace;
}

/** Hands bytes to a judge in slices, and lets others run where that takes long. The bytes must stay as they are until it resolves. */
export function judgeGently(judge: Judge, bytes: Uint8Array, clock: Clock): Promise<void> {
  return inSlices(clock, judge.pace, bytes, judge.update);
}

/** By the strongest hash of those that are cheap here, else by the cheapest of all. */
export function createJudge(part: ExpectedBytes, hashes: HashSource): Judge {
  const algorithm = algorithmOf(part, hashes);
  const hash = algorithm === undefined ? undefined : hashes.create(algorithm);
  let length = 0;
  const isIntact = (): boolean => {
    if (length !== part.sizeBytes) return false;
    // mutation-point: compare-segment-hash
    return algorithm === undefined || hash?.digest() === part.hashes[algorithm];
  };
  return {
    algorithm,
    pace: { workedMs: 0 },
    update: (bytes) => {
      length += bytes.length;
      hash?.update(bytes);
    },
    isIntact,
  };
}

function algorithmOf(part: ExpectedBytes, hashes: HashSource): HashAlgorithm | undefined {
  const known = (algorithm: HashAlgorithm): boolean => part.hashes[algorithm] !== undefined;
  const cheap = (['sha256', 'md5', 'crc32c'] as const).find((algorithm) => known(algorithm) && hashes.algorithms.includes(algorithm));
  return cheap ?? (['crc32c', 'md5', 'sha256'] as const).find(known);
}

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
