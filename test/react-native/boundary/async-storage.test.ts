/** The contract over AsyncStorage's own JavaScript, versions 1, 2 and 3, each over the native module of its time. */
import { describe, expect, test } from 'vitest';
import { type AsyncStorageLike, asyncStorageKeyValueStore } from '../../../adapters/async-storage/index.js';
import { keyValueStoreSuite } from '../../../src/conformance/index.js';
import { createAndroidAsyncStorage, createRowDisk, type RowDisk } from '../../fakes/async-storage-android.js';
import { createIosAsyncStorage, createManifestDisk } from '../../fakes/async-storage-ios.js';
import { createSharedAsyncStorage } from '../../fakes/async-storage-shared.js';
import { fakeReactNative, loadPackage } from './packages.js';

const ROOM = 300_000;

interface Installation {
  launch(): AsyncStorageLike;
  /** What `breakStorage` of the suite does; absent where a process that lives keeps what it has read. */
  breakStorage?(): void;
}

function legacy(name: string, platform: 'ios' | 'android', native: object): AsyncStorageLike {
  // The module speaks by callbacks; getConstants is asked by nobody.
  const module = loadPackage(name, { 'react-native': fakeReactNative(platform, { RNCAsyncStorage: native }) });
  return (module as { readonly default: AsyncStorageLike }).default;
}

function onAndroid(name: string): Installation {
  const disk = createRowDisk();
  return {
    launch: () => legacy(name, 'android', createAndroidAsyncStorage(disk)),
    breakStorage: () => {
      disk.broken = true;
    },
  };
}

function onIos(name: string): Installation {
  const disk = createManifestDisk();
  return { launch: () => legacy(name, 'ios', createIosAsyncStorage(disk)) };
}

function shared(): Installation {
  const disks = new Map<string, RowDisk>();
  const diskOf = (name: string): RowDisk => {
    const disk = disks.get(name) ?? createRowDisk();
    disks.set(name, disk);
    return disk;
  };
  return {
    launch: () => {
      const native = createSharedAsyncStorage(diskOf);
      const module = loadPackage('async-storage-3', { 'react-native': fakeReactNative('android', { RNAsyncStorage: native }) });
      return (module as { createAsyncStorage(name: string): AsyncStorageLike }).createAsyncStorage('reelway');
    },
    breakStorage: () => {
      diskOf('reelway').broken = true;
    },
  };
}

const MAKES: readonly (readonly [name: string, install: () => Installation])[] = [
  ['version 1 on Android', () => onAndroid('async-storage-1')],
  ['version 1 on iOS', () => onIos('async-storage-1')],
  ['version 2 on Android', () => onAndroid('async-storage-2')],
  ['version 2 on iOS', () => onIos('async-storage-2')],
  ['version 3', shared],
];

describe.each(MAKES)('asyncStorageKeyValueStore over %s', (name, install) => {
  keyValueStoreSuite({
    name,
    test,
    sample: asyncStorageKeyValueStore({ lib: install().launch() }),
    claims: { persistent: true, breakable: install().breakStorage !== undefined, roomCharacters: ROOM },
    create: async () => {
      const installation = install();
      const open = () => asyncStorageKeyValueStore({ lib: installation.launch(), maxBytes: ROOM });
      const { breakStorage } = installation;
      return {
        keyValueStore: open(),
        reopen: async () => open(),
        ...(breakStorage === undefined ? {} : { breakStorage: async () => breakStorage() }),
      };
    },
  });
});

describe.each(['async-storage-1', 'async-storage-2'])('%s', (name) => {
  test('reads an empty string as none, which is why values are marked', async () => {
    const lib = onAndroid(name).launch();
    await lib.setItem('a', '');
    expect(await lib.getItem('a')).toBeNull();
    expect(await lib.getAllKeys()).toEqual(['a']);
  });

  test('a full database is STORAGE_FULL', async () => {
    const disk = createRowDisk(200_000);
    const store = asyncStorageKeyValueStore({ lib: legacy(name, 'android', createAndroidAsyncStorage(disk)) });
    const fill = async (): Promise<void> => {
      for (let index = 0; index < 10; index += 1) await store.set(`${index}`, 'x'.repeat(40_000));
    };
    await expect(fill()).rejects.toMatchObject({ code: 'STORAGE_FULL' });
  });

  test('a phone that is locked when the app starts is STORAGE_UNAVAILABLE', async () => {
    const disk = createManifestDisk();
    await asyncStorageKeyValueStore({ lib: legacy(name, 'ios', createIosAsyncStorage(disk)) }).set('a', '1');
    disk.locked = true;
    const later = asyncStorageKeyValueStore({ lib: legacy(name, 'ios', createIosAsyncStorage(disk)) });
    await expect(later.get('a')).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    await expect(later.keys('')).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  });
});

test('version 3 has no multiGet, multiSet and mergeItem', () => {
  const lib = shared().launch();
  expect(['multiGet', 'multiSet', 'mergeItem'].filter((name) => name in lib)).toEqual([]);
});

test('a version 3 that is full tells it in an AsyncStorageError, which is STORAGE_FULL', async () => {
  const disk = createRowDisk(100_000);
  const module = loadPackage('async-storage-3', {
    'react-native': fakeReactNative('ios', { RNAsyncStorage: createSharedAsyncStorage(() => disk) }),
  });
  const lib = (module as { createAsyncStorage(name: string): AsyncStorageLike }).createAsyncStorage('x');
  const value = 'x'.repeat(60_000);
  await lib.setItem('a', value);
  await expect(lib.setItem('b', value)).rejects.toMatchObject({ type: 'SqliteStorageError' });
  await expect(asyncStorageKeyValueStore({ lib }).set('b', value)).rejects.toMatchObject({ code: 'STORAGE_FULL' });
});
