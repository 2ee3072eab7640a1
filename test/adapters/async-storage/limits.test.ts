/** What AsyncStorage can hold, and how the adapter tells of it. */
import { describe, expect, test } from 'vitest';
import { asyncStorageKeyValueStore } from '../../../adapters/async-storage/index.js';
import { createAndroidAsyncStorage, createRowDisk } from '../../fakes/async-storage-android.js';
import { createIosAsyncStorage, createManifestDisk } from '../../fakes/async-storage-ios.js';
import { type AsyncStorageFake, asyncStorage2 } from '../../fakes/async-storage-packages.js';
import { MAKES } from './support.js';

const MIB = 1_048_576;
const page = 'x'.repeat(65_536);

async function fill(store: { set(key: string, value: string): Promise<void> }, pages: number): Promise<void> {
  for (let index = 0; index < pages; index += 1) await store.set(`fill/${index}`, page);
}

describe('the bound of our own', () => {
  test('is 4 MiB unless told otherwise, keys included, and told in the error', async () => {
    const lib = asyncStorage2(createAndroidAsyncStorage(createRowDisk()));
    const store = asyncStorageKeyValueStore({ lib });
    await expect(fill(store, 65)).rejects.toMatchObject({ code: 'STORAGE_FULL', context: { maxBytes: 4 * MIB } });
    const { usedBytes, records } = await store.usage();
    expect(records).toBe(63);
    expect(usedBytes).toBeGreaterThan(63 * 65_536);
    expect(usedBytes).toBeLessThanOrEqual(4 * MIB);
  });

  test('counts what an earlier process has left, and lets shorter values replace longer ones when full', async () => {
    const disk = createRowDisk();
    const open = () => asyncStorageKeyValueStore({ lib: asyncStorage2(createAndroidAsyncStorage(disk)), maxBytes: 3 * 66_000 });
    await fill(open(), 3);
    const later = open();
    await expect(later.set('more', page)).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    await later.set('fill/1', 'short');
    await later.set('more', 'x'.repeat(60_000));
    expect(await later.usage()).toMatchObject({ records: 4 });
    await later.remove('fill/0');
    await later.set('fill/3', 'x'.repeat(60_000));
    const { usedBytes } = await later.usage();
    expect(usedBytes).toBe([...disk.rows].reduce((sum, [key, value]) => sum + key.length + value.length, 0));
  });

  test('usage counts anew, so that another adapter over the same records is seen', async () => {
    const lib = asyncStorage2(createAndroidAsyncStorage(createRowDisk()));
    const [one, other] = [asyncStorageKeyValueStore({ lib }), asyncStorageKeyValueStore({ lib })];
    await one.set('a', '1');
    expect(await one.usage()).toMatchObject({ records: 1 });
    await other.set('b', '2');
    await other.remove('a');
    await other.set('b', '234');
    expect(await one.usage()).toEqual({ usedBytes: 'reelway/b'.length + '=234'.length, maxBytes: 4 * MIB, records: 1 });
  });

  test('a write that fails leaves the count as if it might have happened', async () => {
    const disk = createRowDisk();
    const store = asyncStorageKeyValueStore({ lib: asyncStorage2(createAndroidAsyncStorage(disk)), maxBytes: 1_000 });
    await store.set('a', 'x'.repeat(400));
    disk.broken = true;
    await expect(store.set('a', 'x'.repeat(600))).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    await expect(store.set('b', 'x'.repeat(600))).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    disk.broken = false;
    await store.set('a', 'x');
    await store.set('b', 'x'.repeat(600));
    expect(await store.usage()).toMatchObject({ records: 2 });
  });
});

describe("Android's 6 MiB", () => {
  test('a database that the app itself has filled is STORAGE_FULL with the old value kept, and not UNAVAILABLE', async () => {
    const disk = createRowDisk();
    const lib = asyncStorage2(createAndroidAsyncStorage(disk));
    const store = asyncStorageKeyValueStore({ lib, maxBytes: 64 * MIB });
    await store.set('record', 'old');
    for (let index = 0; index < 88; index += 1) await lib.setItem(`app/${index}`, page);
    await expect(fill(store, 10)).rejects.toMatchObject({ code: 'STORAGE_FULL', context: { key: 'fill/2' } });
    await expect(store.set('record', page)).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    expect(await store.get('record')).toBe('old');
  });

  test('another size, as AsyncStorage_db_size_in_MB gives it, is taken as it is', async () => {
    const lib = asyncStorage2(createAndroidAsyncStorage(createRowDisk(20 * MIB)));
    await fill(asyncStorageKeyValueStore({ lib, maxBytes: 12 * MIB }), 150);
    expect(await lib.getAllKeys()).toHaveLength(150);
  });
});

describe('a row', () => {
  test('stays far below the 2 MiB of a cursor window, also where every character must be escaped', async () => {
    const disk = createRowDisk();
    const store = asyncStorageKeyValueStore({ lib: asyncStorage2(createAndroidAsyncStorage(disk)) });
    const value = '\0'.repeat(65_536);
    await store.set('a', value);
    expect(disk.rows.get('reelway/a')?.length).toBe(196_609);
    expect(await store.get('a')).toBe(value);
  });

  test('of another, too large to be read, is STORAGE_UNAVAILABLE and not missing', async () => {
    const lib = asyncStorage2(createAndroidAsyncStorage(createRowDisk()));
    await lib.setItem('reelway/a', 'x'.repeat(2 * MIB + 1));
    await expect(asyncStorageKeyValueStore({ lib }).get('a')).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  });

  test('beyond 65,536 characters or ASCII is a mistake of the caller, and never reaches AsyncStorage', async () => {
    const disk = createRowDisk();
    const store = asyncStorageKeyValueStore({ lib: asyncStorage2(createAndroidAsyncStorage(disk)) });
    await expect(store.set('a', `${page}x`)).rejects.toThrow(TypeError);
    await expect(store.set('a', 'é')).rejects.toThrow(TypeError);
    await expect(store.set('A', '')).rejects.toThrow(TypeError);
    await expect(store.get('')).rejects.toThrow(TypeError);
    await expect(store.remove('a b')).rejects.toThrow(TypeError);
    expect(disk.rows.size).toBe(0);
  });
});

describe('iOS', () => {
  test('a full disk is STORAGE_FULL, for values in the manifest and in files of their own', async () => {
    const disk = createManifestDisk(10_000);
    const store = asyncStorageKeyValueStore({ lib: asyncStorage2(createIosAsyncStorage(disk)) });
    await store.set('a', 'short');
    await expect(store.set('b', 'x'.repeat(12_000))).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    disk.freeBytes = 10;
    await expect(store.set('c', 'x'.repeat(1_000))).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    expect(await store.get('a')).toBe('short');
  });

  test('a phone that is locked when the app starts is STORAGE_UNAVAILABLE, and no empty queue', async () => {
    const disk = createManifestDisk();
    await asyncStorageKeyValueStore({ lib: asyncStorage2(createIosAsyncStorage(disk)) }).set('a', '1');
    disk.locked = true;
    const later = asyncStorageKeyValueStore({ lib: asyncStorage2(createIosAsyncStorage(disk)) });
    await expect(later.keys('')).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    await expect(later.get('a')).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    await expect(later.usage()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    disk.locked = false;
    expect(await later.keys('')).toEqual(['a']);
    expect(await later.usage()).toMatchObject({ records: 1 });
  });

  test('a damaged manifest reads as an empty one: the module tells nobody, so no adapter can', async () => {
    const disk = createManifestDisk();
    await asyncStorageKeyValueStore({ lib: asyncStorage2(createIosAsyncStorage(disk)) }).set('a', '1');
    disk.manifest = disk.manifest?.slice(0, -2);
    expect(await asyncStorageKeyValueStore({ lib: asyncStorage2(createIosAsyncStorage(disk)) }).keys('')).toEqual([]);
  });
});

describe.each(MAKES)('over %s', (_name, install) => {
  test("the app's own records are neither seen nor touched", async () => {
    const lib = install().launch();
    await lib.setItem('app/theme', 'dark');
    await lib.setItem('reelwayish', 'other');
    const store = asyncStorageKeyValueStore({ lib });
    await store.set('theme', '1');
    expect(await store.keys('')).toEqual(['theme']);
    await store.remove('theme');
    expect([...(await lib.getAllKeys())].sort()).toEqual(['app/theme', 'reelwayish']);
  });

  test('two prefixes do not see each other', async () => {
    const lib = install().launch();
    const [one, other] = [asyncStorageKeyValueStore({ lib, prefix: 'a/' }), asyncStorageKeyValueStore({ lib, prefix: 'b/' })];
    await one.set('k', '1');
    expect(await other.get('k')).toBeUndefined();
    expect(await other.keys('')).toEqual([]);
  });

  test('what nobody has encoded is handed out as it is, for the checksum of its record to judge', async () => {
    const lib = install().launch();
    await lib.setItem('reelway/a', 'not ours');
    await lib.setItem('reelway/b', '%zz%41%4');
    const store = asyncStorageKeyValueStore({ lib });
    expect(await store.get('a')).toBe('not ours');
    expect(await store.get('b')).toBe('zzA%4');
  });
});

describe('options', () => {
  const lib: AsyncStorageFake = asyncStorage2(createAndroidAsyncStorage(createRowDisk()));

  test('that are none are mistakes of the caller', () => {
    expect(() => asyncStorageKeyValueStore({ lib: undefined as never })).toThrow(TypeError);
    expect(() => asyncStorageKeyValueStore({ lib: {} as never })).toThrow(TypeError);
    expect(() => asyncStorageKeyValueStore({ lib, prefix: '' })).toThrow(TypeError);
    expect(() => asyncStorageKeyValueStore({ lib, prefix: 'x'.repeat(101) })).toThrow(TypeError);
    expect(() => asyncStorageKeyValueStore({ lib, maxBytes: 0 })).toThrow(TypeError);
    expect(() => asyncStorageKeyValueStore({ lib, maxBytes: Number.NaN })).toThrow(TypeError);
  });

  test('whatever a library rejects with is typed', async () => {
    const odd = asyncStorageKeyValueStore({ lib: { ...lib, getItem: () => Promise.reject(null), getAllKeys: () => Promise.reject('no') } });
    await expect(odd.get('a')).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    await expect(odd.keys('')).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    await expect(odd.remove('a')).resolves.toBeUndefined();
  });
});
