/** Bytes that are cut, torn, lost or flipped. */
import { describe, expect, test } from 'vitest';
import { memoryBlobStore } from '../../../adapters/memory/index.js';
import { createFaultPlan, faultyBlobStore } from '../../../src/conformance/index.js';
import type { BlobStore } from '../../../src/ports/index.js';
import { bytesBody, goodBlobStore } from '../plants/good-blob-store.js';
import { BYTES, bitsApart, blobStore, fileSystem, keyValueStore, PLAIN, readBlob, rejection } from './support.js';

describe('reads', () => {
  test.each([
    [undefined, 50],
    [30, 30],
    [0, 1],
    [1_000, 100],
  ])('a short read that keeps %s gives %i bytes', async (keep, count) => {
    const { store } = await fileSystem({ kind: 'short-read', ...(keep === undefined ? {} : { keep }) });
    const handle = await store.open('/d/file');
    const buffer = new Uint8Array(100);
    expect(await handle.readInto(buffer, 0)).toBe(count);
    expect(buffer.subarray(0, count)).toEqual(BYTES.subarray(0, count));
    await handle.close();
  });

  test('a flipped read differs by one bit, and only inside the count', async () => {
    const { store } = await fileSystem({ kind: 'flipped', operation: 'fs.readInto' });
    const handle = await store.open('/d/file');
    const buffer = new Uint8Array(200).fill(9);
    expect(await handle.readInto(buffer, 0)).toBe(100);
    expect(bitsApart(buffer.subarray(0, 100), BYTES)).toBe(1);
    expect(buffer.subarray(100)).toEqual(new Uint8Array(100).fill(9));
    await handle.close();
  });

  test('a flipped record differs by one bit, and stays ASCII; a missing and an empty one stay as they are', async () => {
    const { store, inner } = keyValueStore({ kind: 'flipped', operation: 'kv.get' });
    await inner.set('a', 'value');
    await inner.set('empty', '');
    expect(await store.get('a')).toBe('vamue');
    expect(await store.get('empty')).toBe('');
    expect(await store.get('missing')).toBeUndefined();
  });

  test('a flipped piece differs by one bit, and nothing that is stored changes', async () => {
    const { store, inner } = blobStore({ kind: 'flipped', operation: 'blob.next' });
    await inner.put('a', bytesBody(BYTES), PLAIN);
    expect(bitsApart(await readBlob(store, 'a'), BYTES)).toBe(1);
    expect(await readBlob(inner, 'a')).toEqual(BYTES);
  });

  test('a cut body ends early, and stays at its end', async () => {
    const inner = memoryBlobStore({ pieceBytes: 10 });
    await inner.put('a', bytesBody(BYTES), PLAIN);
    const store = faultyBlobStore(inner, createFaultPlan({ rules: [{ kind: 'cut-body', nth: 4 }] }));
    const reader = await store.get('a');
    for (let piece = 0; piece < 3; piece += 1) expect(await reader.next()).toHaveLength(10);
    expect(await reader.next()).toBeUndefined();
    expect(await reader.next()).toBeUndefined();
    await reader.close();
  });

  test('a stale answer knows of nothing', async () => {
    const { store, inner } = blobStore({ kind: 'stale' });
    await inner.put('a', bytesBody(BYTES), PLAIN);
    expect(await store.head('a')).toBeUndefined();
    expect(await store.list?.('')).toEqual({ blobs: [] });
  });
});

describe('writes', () => {
  test('a torn write leaves part of the bytes and rejects with STORAGE_FULL', async () => {
    const { store, inner } = await fileSystem({ kind: 'torn-write', keep: 30 });
    const handle = await store.create('/d/new');
    await expect(handle.write(BYTES)).rejects.toMatchObject(rejection('STORAGE_FULL'));
    await handle.close();
    expect(await inner.stat('/d/new')).toMatchObject({ sizeBytes: 30 });
  });

  test('a torn record and a torn blob hold half of what was meant', async () => {
    const records = keyValueStore({ kind: 'torn-write' });
    await expect(records.store.set('a', '123456')).rejects.toMatchObject(rejection('STORAGE_UNAVAILABLE'));
    expect(await records.inner.get('a')).toBe('123');
    const blobs = blobStore({ kind: 'torn-write' });
    await expect(blobs.store.put('a', bytesBody(BYTES), { ...PLAIN, hashes: { crc32c: '00000000' } })).rejects.toMatchObject(
      rejection('NETWORK'),
    );
    expect(await readBlob(blobs.inner, 'a')).toEqual(BYTES.subarray(0, 50));
  });

  test('a lost write resolves, and nothing is done', async () => {
    const files = await fileSystem({ kind: 'lost-write' });
    const handle = await files.store.create('/d/new');
    await handle.write(BYTES);
    await handle.close();
    expect(await files.inner.stat('/d/new')).toMatchObject({ sizeBytes: 0 });
    const records = keyValueStore({ kind: 'lost-write' });
    await records.inner.set('b', '1');
    await records.store.set('a', '1');
    await records.store.remove('b');
    expect(await records.inner.keys('')).toEqual(['b']);
    const blobs = blobStore({ kind: 'lost-write' });
    await blobs.inner.put('b', bytesBody(BYTES), PLAIN);
    expect(await blobs.store.put('a', bytesBody(BYTES), PLAIN)).toEqual({ key: 'a', sizeBytes: 100, hashes: {} });
    await blobs.store.remove(['b']);
    expect((await blobs.inner.list?.(''))?.blobs.map(({ key }) => key)).toEqual(['b']);
  });

  test('a flipped write stores one bit otherwise, and the lent bytes stay', async () => {
    const files = await fileSystem({ kind: 'flipped', operation: 'fs.write' });
    const lent = BYTES.slice();
    const handle = await files.store.create('/d/new');
    await handle.write(lent);
    await handle.close();
    const stored = new Uint8Array(100);
    await (await files.inner.open('/d/new')).readInto(stored, 0);
    expect(bitsApart(stored, BYTES)).toBe(1);
    expect(lent).toEqual(BYTES);
    const records = keyValueStore({ kind: 'flipped', operation: 'kv.set' });
    await records.store.set('a', 'value');
    expect(await records.inner.get('a')).toBe('vamue');
  });

  test('a flipped write of a Node Buffer leaves the lent bytes as they are', async () => {
    const files = await fileSystem({ kind: 'flipped', operation: 'fs.write' });
    const lent = Buffer.from(BYTES);
    const handle = await files.store.create('/d/new');
    await handle.write(lent);
    await handle.close();
    expect(lent.equals(BYTES)).toBe(true);
  });

  test('a flipped put is refused where its hash is known, and stored where it is not', async () => {
    const { store, inner } = blobStore({ kind: 'flipped', operation: 'blob.put' });
    const { hashes } = await inner.put('right', bytesBody(BYTES), PLAIN);
    await expect(store.put('a', bytesBody(BYTES), { ...PLAIN, hashes })).rejects.toMatchObject(rejection('BLOB_CORRUPT'));
    await store.put('b', bytesBody(BYTES), PLAIN);
    expect(bitsApart(await readBlob(inner, 'b'), BYTES)).toBe(1);
  });

  test('a store of streams alone gets its changed bodies as streams', async () => {
    const kinds: string[] = [];
    const inner = memoryBlobStore();
    const streams: BlobStore = {
      ...inner,
      accepts: ['stream'],
      put: (key, body, options) => {
        kinds.push(body.kind);
        return inner.put(key, body, options);
      },
    };
    const store = faultyBlobStore(streams, createFaultPlan({ rules: [{ kind: 'flipped', operation: 'blob.put' }] }));
    await store.put('a', bytesBody(BYTES), PLAIN);
    expect(kinds).toEqual(['stream']);
    expect(bitsApart(await readBlob(inner, 'a'), BYTES)).toBe(1);
  });

  test('a body that is a file is left as it is', async () => {
    const { blobStore: inner, files } = await goodBlobStore();
    const handle = await files?.fileSystem.create('/files/body');
    await handle?.write(BYTES);
    await handle?.close();
    const store = faultyBlobStore(inner, createFaultPlan({ rules: [{ kind: 'flipped', operation: 'blob.put' }] }));
    await store.put('a', { kind: 'file', sizeBytes: 100, path: '/files/body' }, PLAIN);
    expect(await readBlob(inner, 'a')).toEqual(BYTES);
  });
});
