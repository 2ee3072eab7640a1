/** Wrapped ports are as good as bare ones where the plan says nothing, and reject where it says so. */
import { describe, expect, test } from 'vitest';
import { memoryBlobStore, memoryFileSystem } from '../../../adapters/memory/index.js';
import {
  blobStoreSuite,
  createFaultPlan,
  type FaultRule,
  faultyBlobStore,
  faultyFileSystem,
  faultyKeyValueStore,
  fileSystemSuite,
  keyValueStoreSuite,
  runSuite,
} from '../../../src/conformance/index.js';
import type { BlobStore } from '../../../src/ports/index.js';
import { blobStoreClaims, bytesBody, goodBlobStore } from '../plants/good-blob-store.js';
import { fileSystemClaims, goodFileSystem } from '../plants/good-file-system.js';
import { goodKeyValueStore, keyValueStoreClaims } from '../plants/key-value-store.js';
import { BYTES, blobStore, fileSystem, keyValueStore, PLAIN, rejection } from './support.js';

describe('with an empty plan', () => {
  test('a file system passes its suite', async () => {
    const create = async () => {
      const given = await goodFileSystem();
      return { ...given, fileSystem: faultyFileSystem(given.fileSystem, createFaultPlan()) };
    };
    const results = await runSuite((suiteTest) => fileSystemSuite({ name: 'wrapped', test: suiteTest, create, claims: fileSystemClaims }));
    expect(results.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
  });

  test('a key-value store passes its suite', async () => {
    const create = async () => {
      const given = await goodKeyValueStore();
      return { ...given, keyValueStore: faultyKeyValueStore(given.keyValueStore, createFaultPlan()) };
    };
    const results = await runSuite((suiteTest) =>
      keyValueStoreSuite({ name: 'wrapped', test: suiteTest, create, claims: keyValueStoreClaims }),
    );
    expect(results.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
  });

  test('a blob store passes its suite', async () => {
    const create = async () => {
      const given = await goodBlobStore();
      return { ...given, blobStore: faultyBlobStore(given.blobStore, createFaultPlan()) };
    };
    const results = await runSuite((suiteTest) => blobStoreSuite({ name: 'wrapped', test: suiteTest, create, claims: blobStoreClaims }));
    expect(results.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
  });

  test('optional methods are there exactly where the wrapped port has them', async () => {
    const plan = createFaultPlan();
    for (const inner of [memoryFileSystem(), (await goodFileSystem()).fileSystem]) {
      expect(Object.keys(faultyFileSystem(inner, plan)).sort()).toEqual(Object.keys(inner).sort());
    }
    const { list: _list, ...bare } = memoryBlobStore();
    for (const inner of [bare, memoryBlobStore(), (await goodBlobStore()).blobStore]) {
      expect(Object.keys(faultyBlobStore(inner, plan)).sort()).toEqual(Object.keys(inner).sort());
    }
  });
});

describe('fails', () => {
  test('rejects with the usual code of the port, and does nothing', async () => {
    const files = await fileSystem({ kind: 'fails', operation: 'fs.remove' });
    await expect(files.store.remove('/d/file')).rejects.toMatchObject(rejection('FILE_UNREADABLE'));
    expect(await files.inner.stat('/d/file')).toBeDefined();
    const records = keyValueStore({ kind: 'fails', operation: 'kv.set' });
    await expect(records.store.set('a', '1')).rejects.toMatchObject(rejection('STORAGE_UNAVAILABLE'));
    expect(await records.inner.get('a')).toBeUndefined();
    const blobs = blobStore({ kind: 'fails', operation: 'blob.put' });
    await expect(blobs.store.put('a', bytesBody(BYTES), PLAIN)).rejects.toMatchObject(rejection('NETWORK'));
    expect(await blobs.inner.head('a')).toBeUndefined();
  });

  test.each([
    ['THROTTLED', 429],
    ['UNAVAILABLE', 503],
    ['AUTH_REQUIRED', 401],
    ['FORBIDDEN', 403],
  ] as const)('with the code %s it carries the status %i and the wait that the store asks for', async (code, status) => {
    const { store } = blobStore({ kind: 'fails', code, retryAfterMs: 5_000 });
    await expect(store.head('folder/a')).rejects.toMatchObject({ code, context: { key: 'folder/a', status, retryAfterMs: 5_000 } });
  });

  test('a disk that is full at the n-th write', async () => {
    const { store, inner } = await fileSystem({ kind: 'fails', operation: 'fs.write', nth: 3, code: 'STORAGE_FULL' });
    const handle = await store.create('/d/new');
    await handle.write(BYTES);
    await handle.write(BYTES);
    await expect(handle.write(BYTES)).rejects.toMatchObject({ code: 'STORAGE_FULL', context: { path: '/d/new' } });
    await handle.close();
    expect(await inner.stat('/d/new')).toMatchObject({ sizeBytes: 200 });
  });

  test.each([
    ['fs.stat', (s) => s.stat('/d/file')],
    ['fs.open', (s) => s.open('/d/file')],
    ['fs.create', (s) => s.create('/d/other')],
    ['fs.rename', (s) => s.rename('/d/file', '/d/other')],
    ['fs.remove', (s) => s.remove('/d/file')],
    ['fs.list', (s) => s.list('/d')],
    ['fs.makeDirectory', (s) => s.makeDirectory('/d/e')],
    ['fs.freeBytes', async (s) => s.freeBytes?.('/d')],
    ['fs.sliceToFile', async (s) => s.sliceToFile?.('/d/file', { start: 0, end: 1 }, '/d/other')],
    ['fs.hashFile', async (s) => s.hashFile?.('/d/file', 'md5')],
    ['fs.importFile', async (s) => s.importFile?.('/d/file', '/d/other')],
    ['fs.readInto', async (s) => (await s.open('/documents/file')).readInto(new Uint8Array(1), 0)],
    ['fs.closeRead', async (s) => (await s.open('/documents/file')).close()],
    ['fs.write', async (s) => (await s.create('/documents/x')).write(BYTES)],
    ['fs.closeWrite', async (s) => (await s.create('/documents/x')).close()],
  ] as const satisfies [FaultRule['operation'], (s: ReturnType<typeof faultyFileSystem>) => Promise<unknown>][])(
    'strikes %s',
    async (operation, call) => {
      const { fileSystem: inner } = await goodFileSystem();
      await (await inner.create('/documents/file')).close();
      const plan = createFaultPlan({ rules: [{ kind: 'fails', operation }] });
      await expect(call(faultyFileSystem(inner, plan))).rejects.toMatchObject({
        code: 'FILE_UNREADABLE',
        message: expect.stringContaining(operation),
      });
      expect(plan.struck()).toEqual({ fails: 1 });
    },
  );

  test.each([
    ['blob.put', (s) => s.put('a', bytesBody(BYTES), PLAIN)],
    ['blob.get', (s) => s.get('present')],
    ['blob.head', (s) => s.head('present')],
    ['blob.remove', (s) => s.remove(['present'])],
    ['blob.list', async (s) => s.list?.('')],
    ['blob.getToFile', async (s) => s.getToFile?.('present', '/files/x')],
    ['blob.urlFor', async (s) => s.urlFor?.('present', 1_000)],
    ['blob.pending', async (s) => s.pending?.()],
    ['blob.next', async (s) => (await s.get('present')).next()],
    ['blob.close', async (s) => (await s.get('present')).close()],
  ] as const satisfies [FaultRule['operation'], (s: BlobStore) => Promise<unknown>][])('strikes %s', async (operation, call) => {
    const { blobStore: inner } = await goodBlobStore();
    await inner.put('present', bytesBody(BYTES), PLAIN);
    const plan = createFaultPlan({ rules: [{ kind: 'fails', operation }] });
    await expect(call(faultyBlobStore(inner, plan))).rejects.toMatchObject({
      code: 'NETWORK',
      message: expect.stringContaining(operation),
    });
    expect(plan.struck()).toEqual({ fails: 1 });
  });
});

test('parts fail by plan too, each by its own name', async () => {
  const names = ['begin', 'putPart', 'list', 'complete', 'abort'] as const;
  for (const name of names) {
    const plan = createFaultPlan({ rules: [{ kind: 'fails', operation: `blob.parts.${name}` }] });
    const { parts } = faultyBlobStore(memoryBlobStore({ minPartBytes: 1 }), plan);
    if (parts === undefined) throw new TypeError('The store has no parts');
    const through = async (): Promise<unknown> => {
      const session = await parts.begin('a', { contentType: 'video/mp4' });
      const part = await parts.putPart(session, 1, { kind: 'bytes', sizeBytes: 3, bytes: Uint8Array.of(1, 2, 3) });
      await parts.list(session);
      await parts.complete(session, [part]);
      return parts.abort(session);
    };
    await expect(through()).rejects.toMatchObject({ code: 'NETWORK' });
    expect(plan.struck()).toEqual({ fails: 1 });
    expect(plan.operationCount).toBe(names.indexOf(name) + 1);
  }
});
