import { describe, expect, test } from 'vitest';
import { mmkvKeyValueStore } from '../../../adapters/mmkv/index.js';
import { keyValueStoreSuite } from '../../../src/conformance/index.js';
import { createMmkv3, createMmkvFile, createMmkvHybrid } from '../../fakes/mmkv.js';

const ROOM = 400_000;

keyValueStoreSuite({
  name: 'mmkvKeyValueStore over version 4',
  test,
  sample: mmkvKeyValueStore({ lib: createMmkvHybrid(createMmkvFile()) }),
  claims: { persistent: true, breakable: true, roomCharacters: ROOM },
  create: async () => {
    const file = createMmkvFile(ROOM);
    return {
      keyValueStore: mmkvKeyValueStore({ lib: createMmkvHybrid(file) }),
      reopen: async () => mmkvKeyValueStore({ lib: createMmkvHybrid(file) }),
      breakStorage: async () => {
        file.valid = false;
      },
    };
  },
});

keyValueStoreSuite({
  name: 'mmkvKeyValueStore over versions 2 and 3',
  test,
  sample: mmkvKeyValueStore({ lib: createMmkv3(createMmkvFile()) }),
  create: async () => ({ keyValueStore: mmkvKeyValueStore({ lib: createMmkv3(createMmkvFile()) }) }),
});

describe('mmkvKeyValueStore', () => {
  test('leaves records of the app alone, and hides its mark', async () => {
    const file = createMmkvFile();
    const lib = createMmkvHybrid(file);
    lib.set('app/theme', 'dark');
    const store = mmkvKeyValueStore({ lib });
    await store.set('a', '1');
    expect(await store.keys('')).toEqual(['a']);
    expect(await store.get('theme')).toBeUndefined();
    await store.remove('a');
    expect(lib.getString('app/theme')).toBe('dark');
  });

  test('an instance that cannot be read at the first look is not an empty queue', async () => {
    const file = createMmkvFile();
    file.valid = false;
    const store = mmkvKeyValueStore({ lib: createMmkvHybrid(file) });
    await expect(store.get('a')).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    await expect(store.keys('')).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE', retryable: true });
    file.valid = true;
    expect(await store.keys('')).toEqual([]);
  });

  test('a read-only instance is STORAGE_UNAVAILABLE, also where it holds the mark', async () => {
    const file = createMmkvFile();
    const store = mmkvKeyValueStore({ lib: createMmkvHybrid(file) });
    await store.set('a', '1');
    file.readOnly = true;
    expect(await store.get('a')).toBe('1');
    await expect(store.remove('a')).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  });

  test.each(['', 'A', 'a b', 'x'.repeat(201)])('the key %j is a mistake of the caller', async (key) => {
    const store = mmkvKeyValueStore({ lib: createMmkvHybrid(createMmkvFile()) });
    await expect(store.get(key)).rejects.toThrow(TypeError);
    await expect(store.set(key, '')).rejects.toThrow(TypeError);
    await expect(store.remove(key)).rejects.toThrow(TypeError);
  });

  test('a value beyond ASCII, or too long, is a mistake of the caller; so is no instance', async () => {
    const store = mmkvKeyValueStore({ lib: createMmkvHybrid(createMmkvFile()) });
    await expect(store.set('a', 'ä')).rejects.toThrow(TypeError);
    await expect(store.set('a', 'x'.repeat(65_537))).rejects.toThrow(TypeError);
    expect(() => mmkvKeyValueStore({ lib: {} as never })).toThrow(TypeError);
    expect(() => mmkvKeyValueStore({ lib: createMmkvHybrid(createMmkvFile()), prefix: 'x'.repeat(101) })).toThrow(TypeError);
  });
});
