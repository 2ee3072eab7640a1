/** Hashes against Node's own and published check values, in pieces of any size and at any alignment. */
import { createHash as nodeHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBlockHash } from '../../src/core/hash/block-hash.js';
import {
  chooseHashAlgorithm,
  createHash,
  createHashService,
  HASH_ALGORITHMS,
  HASH_DIGITS,
  type HashAlgorithm,
  isDigest,
} from '../../src/core/index.js';

/** Bit by bit, as the polynomial says: slow and plain. */
function plainCrc32c(bytes: Uint8Array): string {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return (~crc >>> 0).toString(16).padStart(8, '0');
}

function wanted(algorithm: HashAlgorithm, bytes: Uint8Array): string {
  return algorithm === 'crc32c' ? plainCrc32c(bytes) : nodeHash(algorithm).update(bytes).digest('hex');
}

function hashOf(algorithm: HashAlgorithm, bytes: Uint8Array): string {
  const hash = createHash(algorithm);
  hash.update(bytes);
  return hash.digest();
}

function filled(length: number): Uint8Array {
  return new Uint8Array(length).map((_, index) => (index * 167 + (index >> 8)) & 255);
}

describe.each(HASH_ALGORITHMS)('%s', (algorithm) => {
  it('is right for every length around the block borders', () => {
    for (const length of [0, 1, 3, 4, 7, 8, 9, 54, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 129, 524_288]) {
      expect(hashOf(algorithm, filled(length)), `${length} bytes`).toBe(wanted(algorithm, filled(length)));
    }
  });

  it('does not depend on how the bytes are cut or where they lie in memory', () => {
    const cuts = fc.array(fc.nat(200), { maxLength: 6 });
    fc.assert(
      fc.property(fc.nat(700), fc.nat(9), cuts, (length, offset, lengths) => {
        const memory = filled(length + offset);
        const bytes = memory.subarray(offset);
        const hash = createHash(algorithm);
        let at = 0;
        for (const part of lengths) {
          hash.update(bytes.subarray(at, at + part));
          at = Math.min(at + part, bytes.length);
        }
        hash.update(bytes.subarray(at));
        expect(hash.digest()).toBe(wanted(algorithm, bytes));
      }),
      { seed: 9, numRuns: 400 },
    );
  });

  it('keeps no bytes, gives its digest again, and takes nothing more after it', () => {
    const bytes = filled(100);
    const hash = createHash(algorithm);
    hash.update(bytes);
    bytes.fill(0);
    const digest = hash.digest();
    expect(digest).toBe(wanted(algorithm, filled(100)));
    expect(hash.digest()).toBe(digest);
    expect(digest).toHaveLength(HASH_DIGITS[algorithm]);
    expect(() => hash.update(bytes)).toThrow(TypeError);
  });
});

describe('published check values', () => {
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  it.each([
    ['crc32c', '123456789', 'e3069283'],
    ['crc32c', '', '00000000'],
    ['md5', 'abc', '900150983cd24fb0d6963f7d28e17f72'],
    ['md5', '', 'd41d8cd98f00b204e9800998ecf8427e'],
    ['sha256', 'abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  ] as const)('%s of %j', (algorithm, value, digest) => {
    expect(hashOf(algorithm, text(value))).toBe(digest);
  });

  // RFC 3720, B.4.
  it.each([
    [new Uint8Array(32), '8a9136aa'],
    [new Uint8Array(32).fill(255), '62a8ab43'],
    [Uint8Array.from({ length: 32 }, (_, index) => index), '46dd794e'],
  ])('crc32c of 32 bytes', (bytes, digest) => {
    expect(hashOf('crc32c', bytes)).toBe(digest);
  });
});

describe('the length in bits', () => {
  it.each([
    [false, '0800000001000000'],
    [true, '0000000100000008'],
  ])('goes on above 32 bits, big-endian %s', (bigEndian, wantedTail) => {
    let tail = '';
    const hash = createBlockHash({
      bigEndian,
      state: new Int32Array(0),
      compress(bytes, at, count) {
        tail = Buffer.from(bytes.subarray(at + count * 64 - 8, at + count * 64)).toString('hex');
      },
    });
    const piece = new Uint8Array(1_048_576);
    for (let pieces = 0; pieces < 512; pieces += 1) hash.update(piece);
    hash.update(new Uint8Array(1));
    hash.digest();
    expect(tail).toBe(wantedTail);
  });
});

describe('the hash service', () => {
  const made: HashAlgorithm[] = [];
  const native = {
    algorithms: ['sha256'] as const,
    create(algorithm: HashAlgorithm) {
      made.push(algorithm);
      return createHash(algorithm);
    },
  };

  it('prefers the host and falls back to JavaScript', () => {
    const service = createHashService(native);
    expect(service.algorithms).toEqual(['crc32c', 'sha256']);
    for (const algorithm of HASH_ALGORITHMS) {
      const hash = service.create(algorithm);
      hash.update(filled(10));
      expect(hash.digest()).toBe(wanted(algorithm, filled(10)));
    }
    expect(made).toEqual(['sha256']);
  });

  it('works without a host', () => {
    const service = createHashService();
    expect(service.algorithms).toEqual(['crc32c']);
    expect(service.create('md5').digest()).toBe(wanted('md5', filled(0)));
  });

  it.each([
    [['md5', 'crc32c'], ['md5', 'sha256'], 'md5'],
    [['md5', 'crc32c'], ['sha256'], 'crc32c'],
    [['md5'], ['sha256'], 'sha256'],
    [['md5'], [], 'crc32c'],
    [['sha256'], ['md5'], 'crc32c'],
    [[], ['md5'], 'crc32c'],
    [[], ['sha256'], 'sha256'],
  ] as const)('a store that attests %j on a host with %j: %s', (attests, natives, algorithm) => {
    expect(chooseHashAlgorithm(attests, natives)).toBe(algorithm);
  });

  it('knows a digest', () => {
    expect(isDigest('crc32c', '0123abcd')).toBe(true);
    expect(isDigest('crc32c', '0123ABCD')).toBe(false);
    expect(isDigest('crc32c', '0123abc')).toBe(false);
    expect(isDigest('crc32c', undefined)).toBe(false);
  });
});
