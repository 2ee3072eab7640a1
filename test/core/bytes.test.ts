import { describe, expect, it } from 'vitest';
import { copyBytes } from '../../src/core/index.js';

describe('copyBytes', () => {
  it.each([
    ['a Uint8Array', Uint8Array.of(1, 2, 3, 4)],
    ['a Node Buffer', Buffer.from([1, 2, 3, 4])],
  ])('gives the bytes of a view into %s memory of their own', (_name, bytes) => {
    const copy = copyBytes(bytes.subarray(1, 3));
    bytes.fill(9);
    expect(copy).toEqual(Uint8Array.of(2, 3));
    expect(copy.buffer.byteLength).toBe(2);
  });
});
