import { expect, test } from 'vitest';
import { memoryKeyValueStore } from '../../../adapters/memory/index.js';
import { keyValueStoreSuite } from '../../../src/conformance/index.js';

keyValueStoreSuite({
  name: 'memoryKeyValueStore',
  test,
  sample: memoryKeyValueStore(),
  create: async () => ({ keyValueStore: memoryKeyValueStore() }),
});

keyValueStoreSuite({
  name: 'memoryKeyValueStore with a capacity',
  test,
  sample: memoryKeyValueStore(),
  claims: { roomCharacters: 200_000 },
  create: async () => ({ keyValueStore: memoryKeyValueStore({ capacityCharacters: 200_000 }) }),
});

test.each(['', 'A', 'a b', 'ä', 'a%b', 'x'.repeat(201)])('the key %j is a mistake of the caller', async (key) => {
  const store = memoryKeyValueStore();
  await expect(store.get(key)).rejects.toThrow(TypeError);
  await expect(store.set(key, '')).rejects.toThrow(TypeError);
  await expect(store.remove(key)).rejects.toThrow(TypeError);
});

test.each(['ä', '\u0080', 'x'.repeat(65_537)])('a value beyond ASCII or 65,536 characters is a mistake of the caller', async (value) => {
  await expect(memoryKeyValueStore().set('a', value)).rejects.toThrow(TypeError);
});

test('a capacity that is no number is a mistake of the caller', () => {
  expect(() => memoryKeyValueStore({ capacityCharacters: Number.NaN })).toThrow(TypeError);
  expect(() => memoryKeyValueStore({ capacityCharacters: -1 })).toThrow(TypeError);
});
