/** A key-value store in memory: for tests, and as the shortest example of an adapter. */
import { assertOptions } from '../../src/adapter-kit/index.js';
import { ReelwayError } from '../../src/errors/index.js';
import type { KeyValueStore } from '../../src/ports/index.js';
import { requireRecordKey } from './names.js';

const MAX_VALUE_CHARACTERS = 65_536;
const NOT_ASCII = /[^\0-\x7f]/;

/** Options of {@link memoryKeyValueStore}. */
export interface MemoryKeyValueStoreOptions {
  /** Characters that all keys and values together may hold, ≥ 0; more is STORAGE_FULL. @default unbounded */
  readonly capacityCharacters?: number;
}

/** A key-value store in memory; gone with the process. Illegal keys and values are a TypeError. */
export function memoryKeyValueStore(options: MemoryKeyValueStoreOptions = {}): KeyValueStore {
  assertOptions('memoryKeyValueStore', options, { capacityCharacters: true });
  const records = new Map<string, string>();
  const capacity = options.capacityCharacters ?? Number.POSITIVE_INFINITY;
  if (!(capacity >= 0)) throw new TypeError('capacityCharacters must be a number ≥ 0');
  let used = 0;

  function forget(key: string): void {
    const old = records.get(key);
    if (old === undefined) return;
    used -= key.length + old.length;
    records.delete(key);
  }

  return {
    get: async (key) => {
      requireRecordKey(key);
      return records.get(key);
    },
    set: async (key, value) => {
      requireRecordKey(key);
      if (value.length > MAX_VALUE_CHARACTERS || NOT_ASCII.test(value))
        throw new TypeError(`The value of ${key} must be at most 65,536 characters of ASCII`);
      const old = records.get(key);
      const after = used + key.length + value.length - (old === undefined ? 0 : key.length + old.length);
      if (after > capacity)
        throw new ReelwayError('STORAGE_FULL', {
          message: `The capacity of ${capacity} characters does not suffice for the record ${key}`,
          context: { key },
        });
      records.set(key, value);
      used = after;
    },
    remove: async (key) => {
      requireRecordKey(key);
      forget(key);
    },
    keys: async (prefix) => [...records.keys()].filter((key) => key.startsWith(prefix)),
  };
}
