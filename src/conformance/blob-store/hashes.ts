/** Hashes that the clauses send, right and wrong, and how they judge those that a store reports. */
import { createHash, HASH_ALGORITHMS, type HashAlgorithm, type Hashes } from '../../core/index.js';
import type { Check } from '../kit/check.js';
import { OLD_BYTES } from './given.js';

/** Hashes that a put is given beside its body. */
interface GivenHashes {
  /** A part of a key. */
  readonly name: string;
  readonly hashes: Hashes;
}

/** The hash of these bytes. */
export function hashOf(algorithm: HashAlgorithm, bytes: Uint8Array): string {
  const hash = createHash(algorithm);
  hash.update(bytes);
  return hash.digest();
}

/**
 * Wrong hashes of a body: of every algorithm at once, of each one alone, and of each one beside right ones. A store that checks one of them
 * refuses the first kind, so that only the others show what it does with the rest.
 */
export function wrongHashesOf(bytes: Uint8Array): GivenHashes[] {
  const right = hashesOf(HASH_ALGORITHMS, bytes);
  const found: GivenHashes[] = [{ name: 'all', hashes: hashesOf(HASH_ALGORITHMS, OLD_BYTES) }];
  for (const algorithm of HASH_ALGORITHMS) {
    const wrong = hashesOf([algorithm], OLD_BYTES);
    found.push({ name: algorithm, hashes: wrong }, { name: `${algorithm}-beside-right-ones`, hashes: { ...right, ...wrong } });
  }
  return found;
}

function hashesOf(algorithms: readonly HashAlgorithm[], bytes: Uint8Array): Hashes {
  return Object.fromEntries(algorithms.map((algorithm) => [algorithm, hashOf(algorithm, bytes)]));
}

/** Expects that every hash that was reported is that of the bytes. */
export function expectTrueHashes(check: Check, what: string, reported: Hashes, bytes: Uint8Array): void {
  for (const algorithm of HASH_ALGORITHMS) {
    const hash = reported[algorithm];
    if (hash !== undefined) check.equal(hash, hashOf(algorithm, bytes), `the ${algorithm} reported ${what}`);
  }
}
