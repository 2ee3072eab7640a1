import { describe, expect, it } from 'vitest';
import { nodeHasher } from '../../../adapters/node/index.js';

describe('nodeHasher', () => {
  it.each([
    ['sha256', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    ['md5', '900150983cd24fb0d6963f7d28e17f72'],
  ] as const)('%s of “abc”, in two updates over one buffer', (algorithm, expected) => {
    const hash = nodeHasher().create(algorithm);
    const buffer = new Uint8Array([0x61, 0x62]);
    hash.update(buffer);
    buffer[0] = 0x63;
    hash.update(buffer.subarray(0, 1));
    expect(hash.digest()).toBe(expected);
  });

  it('has no CRC-32C, and says so', () => {
    expect(nodeHasher().algorithms).toEqual(['sha256', 'md5']);
    expect(() => nodeHasher().create('crc32c')).toThrow(TypeError);
  });
});
