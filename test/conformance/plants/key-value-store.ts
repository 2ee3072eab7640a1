import { memoryKeyValueStore } from '../../../adapters/memory/index.js';
import type { KeyValueStoreClaims, KeyValueStoreFixture } from '../../../src/conformance/index.js';
import { ReelwayError } from '../../../src/errors/index.js';
import type { KeyValueStore } from '../../../src/ports/index.js';
import { type Plant, turns } from './plant.js';

export const keyValueStoreClaims: KeyValueStoreClaims = { persistent: true, breakable: true, roomCharacters: 200_000 };

/** A store that can do all that the suite asks about. */
export async function goodKeyValueStore(): Promise<KeyValueStoreFixture> {
  const store = memoryKeyValueStore({ capacityCharacters: 200_000 });
  let broken = false;
  const readable = (): void => {
    if (broken) throw new ReelwayError('STORAGE_UNAVAILABLE');
  };
  const adapter = (): KeyValueStore => ({
    get: async (key) => {
      readable();
      return store.get(key);
    },
    set: async (key, value) => {
      readable();
      await store.set(key, value);
    },
    remove: async (key) => {
      readable();
      await store.remove(key);
    },
    keys: async (prefix) => {
      readable();
      return store.keys(prefix);
    },
  });
  return {
    keyValueStore: adapter(),
    reopen: async () => adapter(),
    breakStorage: async () => {
      broken = true;
    },
  };
}

/** Clauses that look at a listing. */
const LISTING = [
  'kv.full',
  'kv.key.characters',
  'kv.key.long',
  'kv.key.nested',
  'kv.key.path-like',
  'kv.key.prototype',
  'kv.key.reserved',
  'kv.keys.many',
  'kv.keys.prefix',
  'kv.overlap.keys',
  'kv.remove',
  'kv.set.replaces',
  'kv.unreadable',
  'kv.value.empty',
];

/** The good store with some methods replaced. */
function faulty(change: (store: KeyValueStore, given: KeyValueStoreFixture) => Partial<KeyValueStore>) {
  return async (): Promise<KeyValueStoreFixture> => {
    const given = await goodKeyValueStore();
    return { ...given, keyValueStore: { ...given.keyValueStore, ...change(given.keyValueStore, given) } };
  };
}

/** The good store behind another spelling of keys; listings still give the keys that were set. */
function respelled(spell: (key: string) => string) {
  return faulty((store) => {
    const spelled = new Map<string, string>();
    return {
      get: (key) => store.get(spell(key)),
      set: async (key, value) => {
        spelled.set(spell(key), key);
        await store.set(spell(key), value);
      },
      remove: (key) => store.remove(spell(key)),
      keys: async (prefix) => (await store.keys('')).map((key) => spelled.get(key) ?? key).filter((key) => key.startsWith(prefix)),
    };
  });
}

/** The good store behind another spelling of values. */
function reworded(change: (value: string) => string) {
  return faulty((store) => ({ set: (key, value) => store.set(key, change(value)) }));
}

export const keyValueStorePlants: readonly Plant<KeyValueStoreFixture, KeyValueStoreClaims>[] = [
  {
    name: 'has no keys method that could be called',
    clause: 'kv.shape',
    also: LISTING,
    make: faulty(() => ({ keys: null as never })),
  },
  {
    name: 'gives null for a missing key',
    clause: 'kv.get.missing',
    also: ['kv.key.prototype', 'kv.remove'],
    make: faulty((store) => ({ get: async (key) => (await store.get(key)) ?? (null as never) })),
  },
  {
    name: 'turns CR LF into LF, as text files do',
    clause: 'kv.value.round-trip',
    make: reworded((value) => value.replace(/\r\n/g, '\n')),
  },
  { name: 'trims values', clause: 'kv.value.round-trip', also: ['kv.value.ascii'], make: reworded((value) => value.trim()) },
  {
    name: 'cuts values at NUL, as C strings do',
    clause: 'kv.value.ascii',
    make: reworded((value) => value.split('\0')[0] ?? ''),
  },
  {
    name: 'takes an empty value for a removal',
    clause: 'kv.value.empty',
    also: ['kv.persistent', 'kv.set.replaces'],
    make: faulty((store) => ({ set: (key, value) => (value === '' ? store.remove(key) : store.set(key, value)) })),
  },
  {
    name: 'cuts values at 60,000 characters',
    clause: 'kv.value.large',
    make: reworded((value) => value.slice(0, 60_000)),
  },
  {
    name: 'writes pages of 4,096 characters and forgets to drop the old ones behind',
    clause: 'kv.set.replaces',
    also: ['kv.overlap.get'],
    make: faulty((store) => ({
      set: async (key, value) => {
        const old = (await store.get(key)) ?? '';
        await store.set(key, value + old.slice(Math.max(1, Math.ceil(value.length / 4_096)) * 4_096));
      },
    })),
  },
  {
    name: 'reads, changes and rewrites one common file without a queue',
    clause: 'kv.overlap.keys',
    make: async () => {
      let file: { readonly [key: string]: string } = {};
      const rewrite = async (change: (records: Map<string, string>) => void): Promise<void> => {
        const records = new Map(Object.entries(file));
        await turns(2);
        change(records);
        file = Object.fromEntries(records);
      };
      const good = await goodKeyValueStore();
      return {
        ...good,
        keyValueStore: {
          ...good.keyValueStore,
          get: async (key) => {
            await good.keyValueStore.get(key);
            return new Map(Object.entries(file)).get(key);
          },
          set: async (key, value) => {
            await good.keyValueStore.set(key, value);
            await rewrite((records) => records.set(key, value));
          },
          remove: async (key) => {
            await good.keyValueStore.remove(key);
            await rewrite((records) => records.delete(key));
          },
        },
        reopen: async () => ({ ...good.keyValueStore, get: async (key) => new Map(Object.entries(file)).get(key) }),
      };
    },
  },
  {
    name: 'removes the old value before it sets the new',
    clause: 'kv.overlap.get',
    make: faulty((store) => ({
      set: async (key, value) => {
        const old = await store.get(key);
        if (old !== undefined && old.length > 10_000) await store.remove(key);
        await turns(20);
        await store.set(key, value);
      },
    })),
  },
  {
    name: 'shows a value that is half the old and half the new',
    clause: 'kv.overlap.get',
    make: faulty((store) => ({
      set: async (key, value) => {
        const old = (await store.get(key)) ?? '';
        if (old.length > 10_000) {
          await store.set(key, value.slice(0, 5_000) + old.slice(5_000));
          await turns(20);
        }
        await store.set(key, value);
      },
    })),
  },
  {
    name: 'keeps removals in memory until the next set',
    clause: 'kv.persistent',
    make: faulty((store) => {
      const removed = new Set<string>();
      return {
        get: async (key) => (removed.has(key) ? undefined : store.get(key)),
        set: async (key, value) => {
          for (const gone of removed) await store.remove(gone);
          removed.clear();
          await store.set(key, value);
        },
        remove: async (key) => {
          await store.get(key);
          removed.add(key);
        },
        keys: async (prefix) => (await store.keys(prefix)).filter((key) => !removed.has(key)),
      };
    }),
  },
  {
    name: 'takes an unreadable store for an empty one',
    clause: 'kv.unreadable',
    make: faulty((store) => ({
      get: (key) => store.get(key).catch(() => undefined),
      keys: (prefix) => store.keys(prefix).catch(() => []),
    })),
  },
  {
    name: "rejects with its library's own error",
    clause: 'kv.unreadable',
    make: faulty((store) => ({
      get: (key) =>
        store.get(key).catch(() => {
          throw new RangeError('SQLITE_IOERR');
        }),
    })),
  },
  {
    name: 'calls a full store unavailable',
    clause: 'kv.full',
    make: faulty((store) => ({
      set: (key, value) =>
        store.set(key, value).catch(() => {
          throw new ReelwayError('STORAGE_UNAVAILABLE');
        }),
    })),
  },
  {
    name: 'loses the old value when there is no room for the new',
    clause: 'kv.full',
    make: faulty((store) => ({
      set: async (key, value) => {
        try {
          await store.set(key, value);
        } catch (error) {
          await store.remove(key);
          throw error;
        }
      },
    })),
  },
  {
    name: 'removes what lies below the key too, as a directory would',
    clause: 'kv.remove',
    also: ['kv.key.nested'],
    make: faulty((store) => ({
      remove: async (key) => {
        for (const below of await store.keys(`${key}/`))
          if (below !== 'y/x' && !key.includes('.') && key !== '/') await store.remove(below);
        await store.remove(key);
      },
    })),
  },
  {
    name: 'rejects the removal of a missing key',
    clause: 'kv.remove.missing',
    make: faulty((store) => ({
      remove: async (key) => {
        if ((await store.get(key)) === undefined) throw new ReelwayError('STORAGE_UNAVAILABLE');
        await store.remove(key);
      },
    })),
  },
  {
    name: 'takes the prefix for a regular expression',
    clause: 'kv.keys.prefix',
    make: faulty((store) => ({ keys: async (prefix) => (await store.keys('')).filter((key) => new RegExp(`^${prefix}`).test(key)) })),
  },
  {
    name: 'strips the prefix from the listed keys',
    clause: 'kv.keys.prefix',
    also: ['kv.keys.many', 'kv.overlap.keys'],
    make: faulty((store) => ({ keys: async (prefix) => (await store.keys(prefix)).map((key) => key.slice(prefix.length)) })),
  },
  {
    name: 'lists the first 256 keys',
    clause: 'kv.keys.many',
    make: faulty((store) => ({ keys: async (prefix) => (await store.keys(prefix)).slice(0, 256) })),
  },
  { name: 'spells the underscore as a dot', clause: 'kv.key.characters', make: respelled((key) => key.replace(/_/g, '.')) },
  {
    name: 'takes keys that end in .tmp for debris',
    clause: 'kv.key.nested',
    make: faulty((store) => ({ keys: async (prefix) => (await store.keys(prefix)).filter((key) => !key.endsWith('.tmp')) })),
  },
  { name: 'joins double slashes, as paths do', clause: 'kv.key.path-like', make: respelled((key) => key.replace(/\/\/+/g, '/')) },
  { name: 'resolves .. as a file system does', clause: 'kv.key.path-like', make: respelled((key) => key.replace(/[a-z]+\/\.\.\//g, '')) },
  {
    name: 'cannot store under the names that Windows reserves',
    clause: 'kv.key.reserved',
    make: faulty((store) => ({
      set: async (key, value) => {
        if (/(^|\/)(con|nul|aux|com1|prn|lpt1)(\.|\/|$)/.test(key)) throw new ReelwayError('STORAGE_UNAVAILABLE');
        await store.set(key, value);
      },
    })),
  },
  {
    name: 'keeps its records in a plain object',
    clause: 'kv.key.prototype',
    make: faulty((store) => ({
      get: async (key) => {
        const plain: { readonly [name: string]: unknown } = {};
        return (await store.get(key)) ?? (plain[key] as string | undefined);
      },
    })),
  },
  { name: 'cuts keys at 190 characters', clause: 'kv.key.long', make: respelled((key) => key.slice(0, 190)) },
];
