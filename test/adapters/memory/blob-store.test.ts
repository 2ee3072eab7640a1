import { expect, test } from 'vitest';
import { memoryBlobStore } from '../../../adapters/memory/index.js';
import { blobStoreSuite } from '../../../src/conformance/index.js';

blobStoreSuite({
  name: 'memoryBlobStore',
  test,
  sample: memoryBlobStore(),
  claims: { conditionalPut: true, pageSize: 3 },
  create: async () => ({ blobStore: memoryBlobStore({ pageSize: 3, pieceBytes: 50_000 }) }),
});

blobStoreSuite({
  name: 'memoryBlobStore with a capacity, attesting by every algorithm',
  test,
  sample: memoryBlobStore({ attests: ['sha256', 'md5', 'crc32c'] }),
  claims: { conditionalPut: true, roomBytes: 1_500_000 },
  create: async () => ({ blobStore: memoryBlobStore({ capacityBytes: 1_500_000, attests: ['sha256', 'md5', 'crc32c'] }) }),
});

test.each(['', '/a', 'a/', 'a//b', '.', '..', 'a/../b', 'a b', 'a%20b', 'ä', 'x'.repeat(513)])(
  'the key %j is a mistake of the caller',
  async (key) => {
    const store = memoryBlobStore();
    await expect(store.get(key)).rejects.toThrow(TypeError);
    await expect(store.head(key)).rejects.toThrow(TypeError);
    await expect(store.remove([key])).rejects.toThrow(TypeError);
    const body = { kind: 'bytes', sizeBytes: 0, bytes: new Uint8Array(0) } as const;
    await expect(store.put(key, body, { contentType: 'text/plain' })).rejects.toThrow(TypeError);
  },
);

test.each([
  { pieceBytes: 0 },
  { pieceBytes: 524_289 },
  { pieceBytes: 1.5 },
  { pageSize: 0 },
  { capacityBytes: -1 },
  { capacityBytes: Number.NaN },
])('the options %j are a mistake of the caller', (options) => {
  expect(() => memoryBlobStore(options)).toThrow(TypeError);
});
