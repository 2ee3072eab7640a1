/** Naive adapters over AsyncStorage, as apps write them, each caught by the suite over the fakes. */
import { describe, expect, test } from 'vitest';
import { keyValueStoreSuite, runSuite } from '../../../src/conformance/index.js';
import type { KeyValueStore } from '../../../src/ports/index.js';
import type { AsyncStorageFake } from '../../fakes/async-storage-packages.js';
import { MAKES } from './support.js';

/** What most apps write: no marks, no count, no types. */
function naive(lib: AsyncStorageFake): KeyValueStore {
  return {
    get: async (key) => (await lib.getItem(key)) ?? undefined,
    set: (key, value) => lib.setItem(key, value),
    remove: (key) => lib.removeItem(key),
    keys: async (prefix) => (await lib.getAllKeys()).filter((key) => key.startsWith(prefix)),
  };
}

/** Reads an error as emptiness. */
function forgetful(lib: AsyncStorageFake): KeyValueStore {
  const { get, keys, ...rest } = naive(lib);
  return { ...rest, get: (key) => get(key).catch(() => undefined), keys: (prefix) => keys(prefix).catch(() => []) };
}

/** Uses what version 3 has no more. */
function many(lib: AsyncStorageFake): KeyValueStore {
  const multiGet = (keys: readonly string[]): Promise<[string, string | null][]> =>
    (lib as unknown as { multiGet(keys: readonly string[]): Promise<[string, string | null][]> }).multiGet(keys);
  return { ...naive(lib), get: async (key) => (await multiGet([key]))[0]?.[1] ?? undefined };
}

async function failing(make: number, wrap: (lib: AsyncStorageFake) => KeyValueStore): Promise<(string | undefined)[]> {
  const install = MAKES[make]?.[1];
  if (install === undefined) throw new TypeError(`No make ${make}`);
  const results = await runSuite((suiteTest) =>
    keyValueStoreSuite({
      name: 'planted',
      test: suiteTest,
      claims: { breakable: true, roomCharacters: 6 * 1_048_576 },
      create: async () => {
        const installation = install();
        return { keyValueStore: wrap(installation.launch()), breakStorage: async () => installation.breakStorage() };
      },
    }),
  );
  return results.filter(({ outcome }) => outcome === 'failed').map(({ clause }) => clause);
}

describe('caught is', () => {
  test('one that stores values as they are: versions 1 and 2 read an empty one as none', async () => {
    expect(await failing(0, naive)).toContain('kv.value.empty');
    expect(await failing(1, naive)).toContain('kv.value.empty');
  });

  test('one that lets SQLite tell that the database is full, in its own words', async () => {
    expect(await failing(0, naive)).toContain('kv.full');
    expect(await failing(2, naive)).toEqual(['kv.unreadable', 'kv.full']);
  });

  test('one that reads an error as emptiness', async () => {
    expect(await failing(2, forgetful)).toContain('kv.unreadable');
  });

  test('one that uses multiGet: version 3 has none', async () => {
    expect(await failing(2, many)).toContain('kv.get.missing');
    expect(await failing(0, many)).not.toContain('kv.get.missing');
  });
});
