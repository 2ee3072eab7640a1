/** Files that a killed combination left behind. */
import { describe, expect, it } from 'vitest';
import { memoryFileSystem, memoryKeyValueStore } from '../../../adapters/memory/index.js';
import { Partials, spoolPath } from '../../../src/fetch/combine/partial-files.js';
import type { FileSystem, KeyValueStore } from '../../../src/ports/index.js';
import { createVirtualClock } from '../../../src/testing/index.js';

interface Stand {
  readonly fileSystem: FileSystem;
  readonly keyValueStore: KeyValueStore;
  readonly warnings: string[];
  readonly partials: Partials;
}

function stand(fileSystem: FileSystem = memoryFileSystem(), keyValueStore: KeyValueStore = memoryKeyValueStore()): Stand {
  const warnings: string[] = [];
  const partials = new Partials({
    fileSystem,
    keyValueStore,
    clock: createVirtualClock(),
    prefix: 'fetch/x/partial/',
    warn: (error) => void warnings.push(error.code),
  });
  return { fileSystem, keyValueStore, warnings, partials };
}

async function touch(fileSystem: FileSystem, path: string): Promise<void> {
  const handle = await fileSystem.create(path);
  await handle.close();
}

describe('partial files', () => {
  it('are swept by the next life, spooled segments too, and not by this one', async () => {
    const first = stand();
    const { path } = await first.partials.begin('/video.mp4');
    expect(path).toMatch(/^\/\.reelway\.partial-[0-9a-z-]+$/);
    for (const one of [path, spoolPath(path, 3), spoolPath(path, 31), '/video.mp4']) await touch(first.fileSystem, one);
    await first.partials.sweep();
    expect(await first.fileSystem.list('/')).toHaveLength(4);
    const next = stand(first.fileSystem, first.keyValueStore);
    await next.partials.sweep();
    expect(await first.fileSystem.list('/')).toEqual(['video.mp4']);
    expect(await first.keyValueStore.keys('')).toEqual([]);
  });

  it.each([
    ['a name of the maximum length', `/videos/${'v'.repeat(255)}`, '/videos/'],
    ['a file:// URL', 'file:///my%20videos/a.mp4', 'file:///my%20videos/'],
    ['a backslash in a POSIX name', '/videos/a\\b.mp4', '/videos/'],
    ['a path of Windows', 'C:\\videos\\a.mp4', 'C:\\videos\\'],
    ['a relative name', 'a.mp4', ''],
  ])('have short names in the directory of the output for %s', async (_name, output, directory) => {
    const { path } = await stand().partials.begin(output);
    expect(path.slice(0, directory.length)).toBe(directory);
    expect(path.slice(directory.length)).toMatch(/^\.reelway\.partial-[0-9a-z-]{1,40}$/);
  });

  it('are found again where the app’s directories have moved meanwhile', async () => {
    const memory = memoryFileSystem();
    const records = memoryKeyValueStore();
    const before = stand({ ...memory, roots: { documents: '/container-1/documents' } }, records);
    const { path } = await before.partials.begin('/container-1/documents/video.mp4');
    const moved = path.replace('container-1', 'container-2');
    await memory.makeDirectory('/container-2/documents');
    await touch(memory, moved);
    await stand({ ...memory, roots: { documents: '/container-2/documents' } }, records).partials.sweep();
    expect(await memory.list('/container-2/documents')).toEqual([]);
    expect(await records.keys('')).toEqual([]);
  });

  it('a name in any script is on record in ASCII', async () => {
    const { partials, keyValueStore, fileSystem } = stand();
    const { path } = await partials.begin('/Фильм.mp4');
    const [key] = (await keyValueStore.keys('')) as [string];
    expect(await keyValueStore.get(key)).toMatch(/^[\x20-\x7e]+$/);
    await touch(fileSystem, path);
    await stand(fileSystem, keyValueStore).partials.sweep();
    expect(await fileSystem.list('/')).toEqual([]);
  });

  it.each([
    '',
    'null',
    '5',
    '{',
    '{"relative":5}',
    '{"relative":"/video.mp4"}',
    '{"root":"gone","relative":"v.partial-1"}',
    '{"root":7,"relative":"v.partial-1"}',
  ])('the record %j removes no file', async (record) => {
    const { partials, keyValueStore, fileSystem, warnings } = stand();
    await touch(fileSystem, '/video.mp4');
    await keyValueStore.set('fetch/x/partial/1', record);
    await partials.sweep();
    expect(await fileSystem.list('/')).toEqual(['video.mp4']);
    expect(await keyValueStore.keys('')).toEqual([]);
    expect(warnings).toEqual([]);
  });

  it('what cannot be removed now stays on record', async () => {
    const first = stand();
    const { path, end } = await first.partials.begin('/video.mp4');
    await touch(first.fileSystem, path);
    const broken: FileSystem = { ...first.fileSystem, remove: () => Promise.reject(new Error('busy')) };
    const second = stand(broken, first.keyValueStore);
    await second.partials.sweep();
    expect(second.warnings).toEqual(['INTERNAL']);
    expect(await first.keyValueStore.keys('')).toHaveLength(1);
    await end();
    expect(await first.keyValueStore.keys('')).toEqual([]);
    expect(await first.fileSystem.list('/')).toEqual([]);
    const unreadable: KeyValueStore = { ...first.keyValueStore, keys: () => Promise.reject(new Error('locked')) };
    const third = stand(first.fileSystem, unreadable);
    await third.partials.sweep();
    expect(third.warnings).toEqual(['INTERNAL']);
  });
});
