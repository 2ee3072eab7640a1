/** Clauses on values. */
import type { KeyValueStore } from '../../ports/index.js';
import type { Check } from '../kit/check.js';
import { settled } from '../kit/check.js';
import { checkShape } from '../kit/shape.js';
import type { KeyValueStoreClause, KeyValueStoreFixture } from './given.js';

const MAX_VALUE_CHARACTERS = 65_536;

async function roundTrip({ keyValueStore }: KeyValueStoreFixture, check: Check, value: string, what: string): Promise<void> {
  await keyValueStore.set('record', value);
  check.equal(await keyValueStore.get('record'), value, what);
}

export const VALUE_CLAUSES: readonly KeyValueStoreClause[] = [
  {
    id: 'kv.shape',
    wants: 'has get, set, remove and keys',
    why: 'engines call all four at start',
    run: async ({ keyValueStore }, check) => checkShape(check, keyValueStore, ['get', 'set', 'remove', 'keys'], []),
  },
  {
    id: 'kv.get.missing',
    wants: 'get of a missing key resolves with undefined: not null, not an empty string',
    why: 'engines use it to distinguish a first start from a damaged record',
    run: async ({ keyValueStore }, check) => {
      check.equal(await keyValueStore.get('missing'), undefined, 'the value of a missing key');
    },
  },
  {
    id: 'kv.value.round-trip',
    wants: 'get gives back the very string that set was given',
    why: 'records contain checksums: a trimmed, parsed or re-encoded value counts as damaged, and the upload starts from zero',
    run: async (given, check) => {
      for (const value of [
        '{"a":[1,2.5e-7,null,"b"]}',
        ' spaces around ',
        'lines\nand\r\nreturns\n',
        'null',
        'undefined',
        '0',
        '"quoted"',
        '%41 &amp; \\u0041 \\n',
      ]) {
        await roundTrip(given, check, value, 'the value');
      }
    },
  },
  {
    id: 'kv.value.ascii',
    wants: 'a value may hold every ASCII character, control characters and NUL included',
    why: 'packed journal pages use the whole alphabet; a store over C strings would cut them at the first NUL',
    run: async (given, check) => {
      for (let code = 0; code < 128; code += 1) {
        const character = String.fromCharCode(code);
        await roundTrip(given, check, `${character}a${character}${character}b${character}`, `a value with the character ${code}`);
      }
    },
  },
  {
    id: 'kv.value.empty',
    wants: 'an empty value is a value: get gives an empty string, and keys lists it',
    why: 'a tombstone may be empty, and must not read as if nothing had ever been there',
    run: async (given, check) => {
      await roundTrip(given, check, '', 'an empty value');
      check.sameSet(await given.keyValueStore.keys(''), ['record'], 'the keys');
    },
  },
  {
    id: 'kv.value.large',
    wants: 'a value may have 65,536 characters',
    why: 'lists of uploads and cache pages grow to that size; an adapter over a store with less must split them',
    run: async (given, check) => {
      const line = '0123456789abcdef"\\\n,;:{}[]<>&%$#!';
      const value = line.repeat(Math.ceil(MAX_VALUE_CHARACTERS / line.length)).slice(0, MAX_VALUE_CHARACTERS);
      await roundTrip(given, check, value, 'a value of 65,536 characters');
    },
  },
  {
    id: 'kv.set.replaces',
    wants: 'set replaces the old value whole, a longer one by a shorter one too',
    why: 'a tail of the old value behind the new makes the record unreadable',
    run: async (given, check) => {
      for (const length of [5_000, 3, 4_000, 0, 1])
        await roundTrip(given, check, String(length % 10).repeat(length), `a value of ${length} characters`);
      check.sameSet(await given.keyValueStore.keys(''), ['record'], 'the keys after five sets of one record');
    },
  },
  {
    id: 'kv.overlap.keys',
    wants: 'sets of different keys may overlap, and all of them hold',
    why: 'several uploads acknowledge segments at once; a store that rewrites one common file loses all but the last',
    run: async ({ keyValueStore }, check) => {
      const keys = Array.from({ length: 24 }, (_, index) => `overlap/${index}`);
      await Promise.all(keys.map((key) => keyValueStore.set(key, `value of ${key}`)));
      for (const key of keys) check.equal(await keyValueStore.get(key), `value of ${key}`, `the value of ${key}`);
      await Promise.all(keys.slice(0, 12).map((key) => keyValueStore.remove(key)));
      check.sameSet(await keyValueStore.keys('overlap/'), keys.slice(12), 'the keys after half were removed');
    },
  },
  {
    id: 'kv.overlap.get',
    wants: 'a get beside a set sees the old value or the new, never a mixture and never nothing',
    why: 'a list is drawn while the queue writes; a half written record would be set aside as damaged',
    run: async ({ keyValueStore }, check) => {
      const values = ['a'.repeat(20_000), 'b'.repeat(30_000)];
      await keyValueStore.set('record', values[0] ?? '');
      for (let round = 1; round <= 4; round += 1) {
        const old = values[(round + 1) % 2];
        const now = values[round % 2] ?? '';
        for (const seen of await seenDuring(keyValueStore, keyValueStore.set('record', now))) {
          check.that(seen === old || seen === now, `during a set, get gave ${describe(seen)}`);
        }
      }
    },
  },
  {
    id: 'kv.persistent',
    wants: 'a resolved set, and a resolved remove, outlive the adapter (claim persistent)',
    why: 'a kill may come in the next instant, and only what had resolved was promised',
    applies: (_adapter, { persistent }) => persistent === true,
    run: async ({ keyValueStore, ...given }, check) => {
      const reopen = check.needs(given.reopen, 'reopen', 'the claim persistent');
      await keyValueStore.set('kept/one', 'first');
      await keyValueStore.set('kept/one', 'second');
      await keyValueStore.set('kept/two', '');
      await keyValueStore.set('gone', 'x');
      await keyValueStore.remove('gone');
      const later = await reopen();
      check.equal(await later.get('kept/one'), 'second', 'a value after reopening');
      check.equal(await later.get('kept/two'), '', 'an empty value after reopening');
      check.sameSet(await later.keys(''), ['kept/one', 'kept/two'], 'the keys after reopening');
    },
  },
  {
    id: 'kv.unreadable',
    wants: 'a store that cannot be read or written rejects with STORAGE_UNAVAILABLE: unreadable is not empty (claim breakable)',
    why: 'phones lock their storage at boot; an engine that reads "no queue" there would begin a new one over it',
    applies: (_adapter, { breakable }) => breakable === true,
    run: async ({ keyValueStore, ...given }, check) => {
      const breakStorage = check.needs(given.breakStorage, 'breakStorage', 'the claim breakable');
      await keyValueStore.set('record', 'value');
      await breakStorage();
      await check.rejects(keyValueStore.get('record'), ['STORAGE_UNAVAILABLE'], 'get');
      await check.rejects(keyValueStore.keys(''), ['STORAGE_UNAVAILABLE'], 'keys');
      await check.rejects(keyValueStore.set('record', 'other'), ['STORAGE_UNAVAILABLE'], 'set');
      await check.rejects(keyValueStore.remove('record'), ['STORAGE_UNAVAILABLE'], 'remove');
    },
  },
  {
    id: 'kv.full',
    wants:
      'a full store rejects set with STORAGE_FULL, keeps the old value, and takes records again once some are removed (claim roomCharacters)',
    why: 'the user must learn of a full disk and the engine waits for space; a lost record is a lost upload',
    applies: (_adapter, { roomCharacters }) => roomCharacters !== undefined,
    run: async ({ keyValueStore }, check, { roomCharacters = 0 }) => {
      const page = 'x'.repeat(Math.min(MAX_VALUE_CHARACTERS, roomCharacters));
      await keyValueStore.set('record', 'old');
      const overfill = async (): Promise<void> => {
        for (let filled = 0, index = 0; filled <= roomCharacters; filled += page.length, index += 1)
          await keyValueStore.set(`fill/${index}`, page);
      };
      await check.rejects(overfill(), ['STORAGE_FULL'], `setting more than ${roomCharacters} characters`);
      await settled(keyValueStore.set('record', page));
      const value = await keyValueStore.get('record');
      check.that(value === 'old' || value === page, 'after a set that failed the record holds neither the old value nor the new');
      for (const key of await keyValueStore.keys('fill/')) await keyValueStore.remove(key);
      await keyValueStore.set('record', 'new');
      check.equal(await keyValueStore.get('record'), 'new', 'a value set after there was room again');
    },
  },
];

/** What gets give, several at a time, until the set has settled. */
async function seenDuring(store: KeyValueStore, set: Promise<void>): Promise<(string | undefined)[]> {
  const seen: (string | undefined)[] = [];
  let settledYet = false;
  const done = set.then(() => {
    settledYet = true;
  });
  while (!settledYet && seen.length < 2_000) seen.push(...(await Promise.all([store.get('record'), store.get('record')])));
  await done;
  return seen;
}

function describe(value: string | undefined): string {
  return value === undefined ? 'undefined' : `a value of ${value.length} characters that was never set`;
}
