/** Who hashes: the host where it can, the core where it must; and which algorithm an upload uses. */
import { createHash } from './create-hash.js';
import type { HashAlgorithm } from './hashes.js';
import type { HashSource } from './types.js';

/** Hex digits of each algorithm's digest. */
export const HASH_DIGITS: { readonly [Algorithm in HashAlgorithm]: number } = { crc32c: 8, md5: 32, sha256: 64 };

/** Every algorithm, the cheapest in plain JavaScript first. */
export const HASH_ALGORITHMS: readonly HashAlgorithm[] = ['crc32c', 'md5', 'sha256'];

/** Hashes of every algorithm: the host's own where it has them; `algorithms` lists what is cheap here, CRC-32C always. */
export function createHashService(hasher?: HashSource): HashSource {
  const native = hasher?.algorithms ?? [];
  return {
    algorithms: HASH_ALGORITHMS.filter((algorithm) => algorithm === 'crc32c' || native.includes(algorithm)),
    create(algorithm) {
      return hasher !== undefined && native.includes(algorithm) ? hasher.create(algorithm) : createHash(algorithm);
    },
  };
}

/**
 * The one algorithm of an upload: the first that the store attests and that is cheap here (CRC-32C is everywhere), else
 * SHA-256 where the host has it natively, else CRC-32C.
 */
export function chooseHashAlgorithm(attests: readonly HashAlgorithm[], nativeAlgorithms: readonly HashAlgorithm[]): HashAlgorithm {
  const cheap = (algorithm: HashAlgorithm): boolean => algorithm === 'crc32c' || nativeAlgorithms.includes(algorithm);
  return attests.find(cheap) ?? (nativeAlgorithms.includes('sha256') ? 'sha256' : 'crc32c');
}

/** Whether a text is a digest of this algorithm: lower-case hex of its length. */
export function isDigest(algorithm: HashAlgorithm, text: unknown): text is string {
  return typeof text === 'string' && text.length === HASH_DIGITS[algorithm] && /^[0-9a-f]*$/.test(text);
}
