/** Naive adapters over MMKV, each caught by the suite. */
import { expect, test } from 'vitest';
import { keyValueStoreSuite, runSuite } from '../../../src/conformance/index.js';
import type { KeyValueStore } from '../../../src/ports/index.js';
import { createMmkvFile, createMmkvHybrid, type MmkvHybrid } from '../../fakes/mmkv.js';

const ROOM = 400_000;

/** What most apps write. */
function naive(lib: MmkvHybrid): KeyValueStore {
  return {
    get: async (key) => lib.getString(key),
    set: async (key, value) => lib.set(key, value),
    remove: async (key) => {
      lib.remove(key);
    },
    keys: async (prefix) => lib.getAllKeys().filter((key) => key.startsWith(prefix)),
  };
}

async function broken(wrap: (lib: MmkvHybrid) => KeyValueStore): Promise<(string | undefined)[]> {
  const results = await runSuite((suiteTest) =>
    keyValueStoreSuite({
      name: 'planted',
      test: suiteTest,
      claims: { breakable: true, roomCharacters: ROOM },
      create: async () => {
        const file = createMmkvFile(ROOM);
        return {
          keyValueStore: wrap(createMmkvHybrid(file)),
          breakStorage: async () => {
            file.valid = false;
          },
        };
      },
    }),
  );
  return results.filter(({ outcome }) => outcome === 'failed').map(({ clause }) => clause);
}

test('one that takes an unreadable file for an empty one, and a full disk for any error', async () => {
  expect(await broken(naive)).toEqual(['kv.unreadable', 'kv.full']);
});

test('one that takes an empty value for none', async () => {
  const clauses = await broken((lib) => ({ ...naive(lib), get: async (key) => lib.getString(key) || undefined }));
  expect(clauses).toContain('kv.value.empty');
});
