/** Judges bytes by what the manifest says of a part: its size and one of its hashes. */
import type { HashAlgorithm, HashSource } from '../core/index.js';
import { sleep } from '../internal/index.js';
import type { Clock } from '../ports/index.js';
import type { VideoPart } from './view.js';

/** A verdict under way. */
export interface Judge {
  /** The algorithm that it goes by; `undefined` where the manifest has none. */
  readonly algorithm: HashAlgorithm | undefined;
  /** Takes in the next bytes; keeps no reference to them. */
  update(bytes: Uint8Array): void;
  /** Whether all bytes taken in are the part; ends it. */
  isIntact(): boolean;
  /** How long it has worked since others last had a turn: pieces that a fast store hands over one behind the other are one stretch. */
  readonly pace: { workedMs: number };
}

/** Milliseconds of work at a stretch; the last slice takes up to a few more. */
const STRETCH_MS = 3;

/** Bytes between two looks at the clock: the slowest hash on the slowest host takes about 5 ms for them, the usual one half a millisecond. */
const SLICE_BYTES = 16_384;

/** Hands bytes to a judge in slices, and lets others run where that takes long. The bytes must stay as they are until it resolves. */
export async function judgeGently(judge: Judge, bytes: Uint8Array, clock: Clock): Promise<void> {
  const { pace } = judge;
  for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
    const begunMs = clock.monotonicMs();
    judge.update(bytes.subarray(at, at + SLICE_BYTES));
    pace.workedMs += clock.monotonicMs() - begunMs;
    if (pace.workedMs < STRETCH_MS) continue;
    await sleep(clock, 0);
    pace.workedMs = 0;
  }
}

/** By the strongest hash of those that are cheap here, else by the cheapest of all. */
export function createJudge(part: VideoPart, hashes: HashSource): Judge {
  const algorithm = algorithmOf(part, hashes);
  const hash = algorithm === undefined ? undefined : hashes.create(algorithm);
  let length = 0;
  return {
    algorithm,
    pace: { workedMs: 0 },
    update: (bytes) => {
      length += bytes.length;
      hash?.update(bytes);
    },
    isIntact: () => length === part.sizeBytes && (algorithm === undefined || hash?.digest() === part.hashes[algorithm]),
  };
}

function algorithmOf(part: VideoPart, hashes: HashSource): HashAlgorithm | undefined {
  const known = (algorithm: HashAlgorithm): boolean => part.hashes[algorithm] !== undefined;
  const cheap = (['sha256', 'md5', 'crc32c'] as const).find((algorithm) => known(algorithm) && hashes.algorithms.includes(algorithm));
  return cheap ?? (['crc32c', 'md5', 'sha256'] as const).find(known);
}
