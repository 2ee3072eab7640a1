/** The host's own hashes, over node:crypto: several times faster than plain JavaScript. */
import { createHash } from 'node:crypto';
import type { Hasher } from '../../src/ports/index.js';

/** SHA-256 and MD5 by node:crypto; CRC-32C is left to the core. */
export function nodeHasher(): Hasher {
  return {
    algorithms: ['sha256', 'md5'],
    create(algorithm) {
      if (algorithm === 'crc32c') throw new TypeError('nodeHasher() supports sha256 and md5 only, not crc32c');
      const hash = createHash(algorithm);
      return {
        update(bytes) {
          hash.update(bytes);
        },
        digest: () => hash.digest('hex'),
      };
    },
  };
}
