import { expect, test } from 'vitest';
import { memoryBlobStore } from '../../../adapters/memory/index.js';
import { blobStoreSuite } from '../../../src/conformance/index.js';

blobStoreSuite({
  name: 'memoryBlobStore',
  test,
  sample: memoryBlobStore(),
  claims: { conditionalPut: true, pageSize: 3 },
  create: async () => ({ blobStore: memoryBlobStore({ pageSize: 3, pieceBytes: 50_000, minPartBytes: 200_000 }) }),
});

blobStoreSuite({
  name: 'memoryBlobStore with a capacity, attesting by every algorithm',
  test,
  sample: memoryBlobStore({ attests: ['sha256', 'md5', 'crc32c'] }),
  claims: { conditionalPut: true, roomBytes: 1_500_000 },
  create: async () => ({
    blobStore: memoryBlobStore({ capacityBytes: 1_500_000, attests: ['sha256', 'md5', 'crc32c'], minPartBytes: 65_536 }),
  }),
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

test('a file is no body that it takes', async () => {
  const put = memoryBlobStore().put('a', { kind: 'file', sizeBytes: 1, path: '/a' }, { contentType: 'video/mp4' });
  await expect(put).rejects.toMatchObject({ code: 'NOT_SUPPORTED' });
});

test('a prefix that no key can begin with is a mistake of the caller', async () => {
  await expect(memoryBlobStore().list?.('a b')).rejects.toThrow(TypeError);
});

test('times come from the clock that it is given', async () => {
  const store = memoryBlobStore({ clock: { wallMs: () => 1_700_000_000_000 } });
  const put = await store.put('a', { kind: 'bytes', sizeBytes: 1, bytes: new Uint8Array(1) }, { contentType: 'video/mp4' });
  expect(put).toMatchObject({ modifiedMs: 1_700_000_000_000 });
  expect(await store.head('a')).toEqual(put);
});

test('a blob that is replaced or removed makes room', async () => {
  const store = memoryBlobStore({ capacityBytes: 100 });
  const put = (key: string, sizeBytes: number) =>
    store.put(key, { kind: 'bytes', sizeBytes, bytes: new Uint8Array(sizeBytes) }, { contentType: 'video/mp4' });
  await put('a', 60);
  await put('a', 100);
  await expect(put('b', 1)).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
  await store.remove(['a', 'a', 'missing']);
  await put('b', 100);
  expect(await store.head('b')).toMatchObject({ sizeBytes: 100 });
});

test('a piece changes with the next one: it was lent', async () => {
  const store = memoryBlobStore({ pieceBytes: 2 });
  await store.put('a', { kind: 'bytes', sizeBytes: 4, bytes: Uint8Array.of(1, 2, 3, 4) }, { contentType: 'video/mp4' });
  const reader = await store.get('a');
  const kept = await reader.next();
  await reader.next();
  expect([...(kept ?? [])]).toEqual([3, 4]);
  await reader.close();
});

test.each([{ minPartBytes: 0 }, { minPartBytes: 1.5 }, { minPartBytes: 1_073_741_825 }])('%j is a mistake of the caller', (options) => {
  expect(() => memoryBlobStore(options)).toThrow(TypeError);
});

test('parts take room, which an abort gives back, and are mistakes of the caller where they cannot be', async () => {
  const { parts } = memoryBlobStore({ capacityBytes: 100, minPartBytes: 1 });
  if (parts === undefined) throw new TypeError('The store has no parts');
  const body = (sizeBytes: number) => ({ kind: 'bytes', sizeBytes, bytes: new Uint8Array(sizeBytes) }) as const;
  const session = await parts.begin('a', { contentType: 'video/mp4' });
  const first = await parts.putPart(session, 1, body(60));
  await expect(parts.putPart(session, 2, body(41))).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
  for (const number of [0, 1.5, 10_001]) await expect(parts.putPart(session, number, body(1))).rejects.toThrow(TypeError);
  for (const list of [[], [{ ...first, number: 2 }], [first, first]])
    await expect(parts.complete(session, list)).rejects.toThrow(TypeError);
  await expect(parts.begin('a b', { contentType: 'video/mp4' })).rejects.toThrow(TypeError);
  await parts.abort(session);
  const again = await parts.begin('a', { contentType: 'video/mp4' });
  expect(await parts.complete(again, [await parts.putPart(again, 1, body(100))])).toMatchObject({ sizeBytes: 100 });
});
