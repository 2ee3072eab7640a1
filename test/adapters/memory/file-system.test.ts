import { expect, test } from 'vitest';
import { memoryFileSystem } from '../../../adapters/memory/index.js';
import { fileSystemSuite } from '../../../src/conformance/index.js';

const roomBytes = 1_500_000;

fileSystemSuite({
  name: 'memoryFileSystem',
  test,
  sample: memoryFileSystem(),
  claims: { atomicRename: true, caseSensitive: true },
  create: async () => {
    const fileSystem = memoryFileSystem({ roots: { documents: '/documents' } });
    await fileSystem.makeDirectory('/documents');
    return { fileSystem, directory: '/documents' };
  },
});

fileSystemSuite({
  name: 'memoryFileSystem with a capacity',
  test,
  sample: memoryFileSystem({ capacityBytes: roomBytes }),
  claims: { atomicRename: true, caseSensitive: true, roomBytes },
  create: async () => {
    const fileSystem = memoryFileSystem({ capacityBytes: roomBytes });
    await fileSystem.makeDirectory('/data');
    return { fileSystem, directory: '/data' };
  },
});

test('what freeBytes tells is the room that is left, in all directories together', async () => {
  const fileSystem = memoryFileSystem({ capacityBytes: 100 });
  await fileSystem.makeDirectory('/a/b');
  for (const path of ['/one', '/a/two', '/a/b/three']) {
    const handle = await fileSystem.create(path);
    await handle.write(new Uint8Array(20));
    await handle.close();
  }
  expect(await fileSystem.freeBytes?.('/')).toBe(40);
  await fileSystem.remove('/a');
  expect(await fileSystem.freeBytes?.('/')).toBe(80);
});

test('a write into a full disk leaves what fitted', async () => {
  const fileSystem = memoryFileSystem({ capacityBytes: 30 });
  const handle = await fileSystem.create('/file');
  await handle.write(new Uint8Array(20));
  await expect(handle.write(new Uint8Array(20))).rejects.toMatchObject({ code: 'STORAGE_FULL', context: { path: '/file' } });
  await handle.close();
  expect(await fileSystem.stat('/file')).toMatchObject({ sizeBytes: 30 });
});

test('times come from the clock that it is given', async () => {
  let now = 1_700_000_000_000;
  const fileSystem = memoryFileSystem({ clock: { wallMs: () => now } });
  const handle = await fileSystem.create('/file');
  expect(await fileSystem.stat('/file')).toMatchObject({ modifiedMs: 1_700_000_000_000 });
  now += 5_432;
  await handle.write(new Uint8Array(1));
  await handle.close();
  expect(await fileSystem.stat('/file')).toMatchObject({ modifiedMs: 1_700_000_005_432 });
});

test('a closed handle reads and writes no more', async () => {
  const fileSystem = memoryFileSystem();
  const writer = await fileSystem.create('/file');
  await writer.write(new Uint8Array(5));
  await writer.close();
  await expect(writer.write(new Uint8Array(1))).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  const reader = await fileSystem.open('/file');
  expect(await reader.readInto(new Uint8Array(0), 0)).toBe(0);
  await reader.close();
  await expect(reader.readInto(new Uint8Array(1), 0)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
});

test('what would lose files is refused: a rename over a directory, a listing of a file', async () => {
  const fileSystem = memoryFileSystem();
  await fileSystem.makeDirectory('/folder');
  await (await fileSystem.create('/file')).close();
  await expect(fileSystem.rename('/file', '/folder')).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  await expect(fileSystem.list('/file')).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  expect((await fileSystem.list('/')).sort()).toEqual(['file', 'folder']);
});

test.each([-1, Number.NaN])('the capacity %s is a mistake of the caller', (capacityBytes) => {
  expect(() => memoryFileSystem({ capacityBytes })).toThrow(TypeError);
});
