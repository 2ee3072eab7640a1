/** What the suite cannot know of records on a disk: names, modes, links, damage, leftovers. */
import { mkdir, readdir, readFile, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeKeyValueStore, nodePorts } from '../../../../adapters/node/index.js';
import { codesOf, freshDirectory, rejection } from '../given.js';

function freshStore(): { directory: string; store: ReturnType<typeof nodeKeyValueStore> } {
  const directory = join(freshDirectory(), 'state/records');
  return { directory, store: nodeKeyValueStore({ directory, durability: 'process' }) };
}

describe('files of records', () => {
  it('are their owner’s alone, one a key, with nothing beside them', async () => {
    const { directory, store } = freshStore();
    await store.set('a/b', 'one');
    await store.set('a/b/c', 'two');
    await store.set('a/b', 'three');
    expect((await readdir(directory)).sort()).toEqual(['k-a=b.txt', 'k-a=b=c.txt']);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    expect((await stat(join(directory, 'k-a=b.txt'))).mode & 0o777).toBe(0o600);
    expect(await readFile(join(directory, 'k-a=b.txt'), 'utf8')).toBe('three');
  });

  it('take every legal key, each for itself, by names that every file system takes', async () => {
    const { directory, store } = freshStore();
    const key = fc.string({ unit: fc.constantFrom(...'ab/._-01conux'), minLength: 1, maxLength: 200 });
    const keys = [
      ...new Set([...fc.sample(key, { seed: 7, numRuns: 60 }), 'con', 'nul.txt', 'a.', '.', '..', '/', '//', 'a/', 'x'.repeat(200)]),
    ];
    for (const each of keys) await store.set(each, `value of ${each}`);
    expect((await store.keys('')).sort()).toEqual(keys.sort());
    for (const each of keys) expect(await store.get(each)).toBe(`value of ${each}`);
    for (const name of await readdir(directory)) {
      expect(name).toMatch(/^k-[a-z0-9._=-]*\.txt$/);
      expect(name.length).toBeLessThanOrEqual(255);
    }
  });

  it.each(['', 'A', 'a b', 'ä', 'a\0', 'a\n', 'x'.repeat(201)])('are not made for the illegal key %j', async (key) => {
    const { store } = freshStore();
    const errors = await Promise.all([store.get(key), store.set(key, ''), store.remove(key)].map(rejection));
    for (const error of errors) expect(error).toBeInstanceOf(TypeError);
  });

  it.each(['ä', '😀', 'x'.repeat(65_537)])('are not made for an illegal value', async (value) => {
    const { store } = freshStore();
    expect(await rejection(store.set('key', value))).toBeInstanceOf(TypeError);
    expect(await store.get('key')).toBeUndefined();
  });

  it('that the disk has damaged are handed out as they are, and take no other record with them', async () => {
    const { directory, store } = freshStore();
    await store.set('good', 'fine');
    await store.set('torn', 'abcdef');
    await writeFile(join(directory, 'k-torn.txt'), Buffer.from([0x61, 0xff, 0x00, 0xc3]));
    await writeFile(join(directory, 'k-swollen.txt'), 'z'.repeat(200_000));
    expect(await store.get('torn')).toBe('a\u00ff\0\u00c3');
    expect((await store.get('swollen'))?.length).toBe(65_536);
    expect(await store.get('good')).toBe('fine');
    expect((await store.keys('')).sort()).toEqual(['good', 'swollen', 'torn']);
  });

  it('laid there by others are no records', async () => {
    const { directory, store } = freshStore();
    await store.set('key', 'value');
    for (const name of ['k-Key.txt', 'key.txt', 'k-.txt', '.DS_Store', 'k-key.txt.bak']) await writeFile(join(directory, name), 'x');
    expect(await store.keys('')).toEqual(['key']);
  });
});

describe('a directory that is not what it was', () => {
  it('a symbolic link in its place is refused', async () => {
    const { directory, store } = freshStore();
    const elsewhere = freshDirectory();
    await mkdir(join(directory, '..'), { recursive: true });
    await symlink(elsewhere, directory);
    const codes = await codesOf([store.get('a'), store.set('a', 'x'), store.keys('')]);
    expect(codes).toEqual(codes.map(() => 'UNSAFE_PATH'));
    expect(await readdir(elsewhere)).toEqual([]);
  });

  it('a symbolic link in a record’s place is not read, and a set replaces it without a look behind it', async () => {
    const { directory, store } = freshStore();
    await store.keys('');
    const victim = join(freshDirectory(), 'victim');
    await writeFile(victim, 'secret');
    await symlink(victim, join(directory, 'k-a.txt'));
    expect((await rejection(store.get('a'))).code).toBe('UNSAFE_PATH');
    await store.set('a', 'mine');
    expect(await store.get('a')).toBe('mine');
    expect(await readFile(victim, 'utf8')).toBe('secret');
  });

  it('a file in its place is STORAGE_UNAVAILABLE, and once it is gone all is well', async () => {
    const { directory, store } = freshStore();
    await mkdir(join(directory, '..'), { recursive: true });
    await writeFile(directory, 'a file');
    const codes = await codesOf([store.get('a'), store.set('a', 'x'), store.keys(''), store.remove('a')]);
    expect(codes).toEqual(codes.map(() => 'STORAGE_UNAVAILABLE'));
    await rm(directory);
    await store.set('a', 'x');
    expect(await store.get('a')).toBe('x');
  });

  it('one that went away, or came back as another, is unreadable and not empty', async () => {
    const { directory, store } = freshStore();
    await store.set('queue', 'three uploads');
    await rename(directory, `${directory}-unmounted`);
    const everyCall = () => codesOf([store.get('queue'), store.keys(''), store.set('queue', ''), store.remove('queue')]);
    const unavailable = Array.from({ length: 4 }, () => 'STORAGE_UNAVAILABLE');
    expect(await everyCall()).toEqual(unavailable);
    await mkdir(directory);
    expect(await everyCall()).toEqual(unavailable);
    expect(await readdir(directory)).toEqual([]);
    await rm(directory, { recursive: true });
    await rename(`${directory}-unmounted`, directory);
    expect(await store.get('queue')).toBe('three uploads');
  });
});

describe('leftovers of a kill', () => {
  it('are no records, and are swept once they are old', async () => {
    const { directory, store } = freshStore();
    await store.set('key', 'value');
    const [old, young] = [join(directory, `.t-${'0'.repeat(24)}`), join(directory, `.t-${'1'.repeat(24)}`)];
    await writeFile(old, 'half a val');
    await writeFile(young, 'half a val');
    await utimes(old, new Date(Date.now() - 7_200_000), new Date(Date.now() - 7_200_000));
    const later = nodeKeyValueStore({ directory });
    expect(await later.keys('')).toEqual(['key']);
    expect((await readdir(directory)).sort()).toEqual(['.t-111111111111111111111111', 'k-key.txt']);
  });

  it('a set that fails leaves none', async () => {
    const { directory, store } = freshStore();
    await store.set('key', 'value');
    // A directory in the record's place: the rename fails, whoever asks.
    await mkdir(join(directory, 'k-stuck.txt/inside'), { recursive: true });
    expect((await rejection(store.set('stuck', 'x'))).code).toBe('STORAGE_UNAVAILABLE');
    expect((await rejection(store.get('stuck'))).code).toBe('STORAGE_UNAVAILABLE');
    expect((await readdir(directory)).sort()).toEqual(['k-key.txt', 'k-stuck.txt']);
  });
});

describe('nodePorts', () => {
  it('keeps records and locks below one directory, given as a path or a URL', async () => {
    const directory = join(freshDirectory(), 'my state');
    const ports = nodePorts({ stateDirectory: `file://${directory.replace(/ /g, '%20')}` });
    await ports.keyValueStore.set('key', 'value');
    const lease = await ports.lock.acquire('queue');
    expect((await readdir(directory)).sort()).toEqual(['locks', 'records']);
    await lease?.release();
    expect(await nodePorts({ stateDirectory: directory, durability: 'process' }).keyValueStore.get('key')).toBe('value');
    expect(ports.hasher.algorithms).toContain('sha256');
    expect(ports.fileSystem.nativePaths).toBe(true);
  });
});
