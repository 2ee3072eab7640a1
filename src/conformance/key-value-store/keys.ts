/** Clauses on keys. */
import type { Check } from '../kit/check.js';
import type { KeyValueStoreClause, KeyValueStoreFixture } from './given.js';

/** Sets each key to a different value, and expects all values and the complete listing. */
async function allApart({ keyValueStore }: KeyValueStoreFixture, check: Check, keys: readonly string[]): Promise<void> {
  for (const key of keys) await keyValueStore.set(key, `value of ${key}`);
  for (const key of keys) check.equal(await keyValueStore.get(key), `value of ${key}`, `the value of the key ${JSON.stringify(key)}`);
  check.sameSet(await keyValueStore.keys(''), keys, 'the keys');
  const [first = '', ...others] = keys;
  await keyValueStore.remove(first);
  check.sameSet(await keyValueStore.keys(''), others, `the keys after ${JSON.stringify(first)} was removed`);
}

export const KEY_CLAUSES: readonly KeyValueStoreClause[] = [
  {
    id: 'kv.remove',
    wants: 'remove removes the record, and no other',
    why: 'a canceled upload that comes back at the next start is the worst surprise a queue has',
    run: async ({ keyValueStore }, check) => {
      for (const key of ['a', 'a/b', 'ab']) await keyValueStore.set(key, key);
      await keyValueStore.remove('a');
      check.equal(await keyValueStore.get('a'), undefined, 'the value of what was removed');
      check.equal(await keyValueStore.get('a/b'), 'a/b', 'the value of a/b');
      check.sameSet(await keyValueStore.keys(''), ['a/b', 'ab'], 'the keys left');
    },
  },
  {
    id: 'kv.remove.missing',
    wants: 'remove of a missing key succeeds',
    why: 'cleaning up goes on where a kill has interrupted it',
    run: async ({ keyValueStore }) => {
      await keyValueStore.remove('missing');
      await keyValueStore.remove('missing/below');
    },
  },
  {
    id: 'kv.keys.prefix',
    wants: 'keys gives exactly the keys that start with the prefix, each once, whole, with its prefix',
    why: 'a queue finds its records by prefix; one of another scope among them is another account, one missing is a lost upload',
    run: async ({ keyValueStore }, check) => {
      const all = ['q/1', 'q/10', 'q/2', 'q.1', 'qq/1', 'q', 'other/q/1'];
      for (const key of all) await keyValueStore.set(key, '1');
      await keyValueStore.set('q/1', '2');
      check.sameSet(await keyValueStore.keys('q/'), ['q/1', 'q/10', 'q/2'], 'the keys below q/');
      check.sameSet(await keyValueStore.keys('q/1'), ['q/1', 'q/10'], 'the keys that start with q/1');
      check.sameSet(await keyValueStore.keys('q.'), ['q.1'], 'the keys that start with q. (no pattern)');
      check.sameSet(await keyValueStore.keys(''), all, 'all keys');
      check.sameSet(await keyValueStore.keys('nothing/'), [], 'the keys below nothing/');
    },
  },
  {
    id: 'kv.keys.many',
    wants: 'keys gives all of 300 records',
    why: 'some hosts page their listings; the journal of one long video has that many pages',
    run: async ({ keyValueStore }, check) => {
      const all = Array.from({ length: 300 }, (_, index) => `page/${index}`);
      for (const key of all) await keyValueStore.set(key, 'x');
      check.sameSet(await keyValueStore.keys('page/'), all, 'the keys');
    },
  },
  {
    id: 'kv.key.characters',
    wants: 'a key may hold each of [a-z0-9._/-]',
    why: 'keys are put together from ids, and ids hold all of them',
    run: async (given, check) => {
      const keys = [...'abcdefghijklmnopqrstuvwxyz0123456789._-'].map((character) => `k/${character}x${character}`);
      await allApart(given, check, keys);
    },
  },
  {
    id: 'kv.key.nested',
    wants: 'a key may be the beginning of another, and end like a temporary file',
    why: 'where keys are files, a/b is a file and a/b/c wants a directory of that name; and a.tmp must not be taken for debris',
    run: async (given, check) => allApart(given, check, ['a', 'a/b', 'a/b/c', 'a/b.tmp', 'a.tmp', 'a.json', 'a.lock', 'a.bak', '.a', 'a-']),
  },
  {
    id: 'kv.key.path-like',
    wants: 'a key is a string, not a path: .., leading, trailing and double slashes are characters like others',
    why: 'where keys are files, ../ reaches out of the directory, and a//b meets a/b',
    run: async (given, check) =>
      allApart(given, check, ['x/../y', 'y', '../up', '..', '.', 'x/./y', 'x//y', 'x/y', 'x/y/', '/x/y', '/', 'x/..']),
  },
  {
    id: 'kv.key.reserved',
    wants: 'keys that Windows reserves as file names hold records like others',
    why: 'where keys are files, con and nul.txt are devices there, and trailing dots vanish',
    run: async (given, check) => allApart(given, check, ['con', 'nul', 'aux.txt', 'a/com1', 'lpt1/b', 'prn.', 'dot', 'dot.', 'dot..']),
  },
  {
    id: 'kv.key.prototype',
    wants: 'names that every JavaScript object has are keys like others',
    why: 'a store over a plain object answers get("constructor") with a function, and the queue takes it for a damaged record',
    run: async (given, check) => {
      check.equal(await given.keyValueStore.get('constructor'), undefined, 'the value of the missing key "constructor"');
      await allApart(given, check, ['constructor', 'tostring', 'valueof', 'prototype', 'length', 'name', 'key', 'hasownproperty']);
    },
  },
  {
    id: 'kv.key.long',
    wants: 'a key may have 200 characters, and every one of them counts',
    why: 'where keys are files, encoding grows them beyond the 255 bytes of a file name, and a hash or a cut makes two of them one',
    run: async (given, check) => {
      const name = 'n'.repeat(199);
      const path = `${'path/'.repeat(39)}abcd`;
      const odd = './'.repeat(99);
      await allApart(given, check, [`${name}a`, `${name}b`, `${path}a`, `${path}b`, `${odd}.a`, `${odd}.b`]);
    },
  },
];
