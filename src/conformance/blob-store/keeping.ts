/** Clauses on keys, remove, and what only some stores can do. */
import { patternBytes } from '../kit/bytes.js';
import type { Check } from '../kit/check.js';
import { type BlobStoreClause, type BlobStoreFixture, expectBlob, expectNothing, getBytes, PLAIN, putBytes } from './given.js';
import { expectListed } from './listing.js';

async function allApart(given: BlobStoreFixture, check: Check, keys: readonly string[]): Promise<void> {
  for (const [index, key] of keys.entries()) await putBytes(given, check, key, patternBytes(40 + index, index + 1));
  for (const [index, key] of keys.entries()) {
    const info = await given.blobStore.head(key);
    check.equal(info?.sizeBytes, 40 + index, `sizeBytes of the head of ${key}`);
    check.bytes(await getBytes(given, key), patternBytes(40 + index, index + 1), `the blob ${key}`);
  }
  if (given.blobStore.list === undefined) return;
  await expectListed(given, check, '', keys);
}

export const KEEPING_CLAUSES: readonly BlobStoreClause[] = [
  {
    id: 'blob.key.characters',
    wants: 'a key may hold each of [A-Za-z0-9._-], in names joined by slashes',
    why: 'keys are made from video ids, and ids hold all of them; + and % never occur, and a store must not make them up',
    run: async (given, check) => {
      const names = [
        'abcdefghijklm',
        'nopqrstuvwxyz',
        '0123456789',
        '._-',
        '-',
        '_',
        '.hidden',
        'a..b',
        '...',
        'a.tmp',
        'a.part',
        '2F',
        'a.b.c-d_e',
      ];
      await allApart(
        given,
        check,
        names.map((name) => `k/${name}/x`),
      );
    },
  },
  {
    id: 'blob.key.case',
    wants: 'keys that differ only in case are two blobs',
    why: 'video ids are case-sensitive everywhere but on some disks; there one video would replace another',
    run: async (given, check) => allApart(given, check, ['case/abc', 'case/ABC', 'case/Abc', 'CASE/abc']),
  },
  {
    id: 'blob.key.reserved',
    wants: 'keys that Windows reserves as file names are keys like others',
    why: 'where blobs are files, con and aux.txt are devices there, and trailing dots vanish',
    run: async (given, check) =>
      allApart(given, check, ['r/con', 'r/aux.txt', 'nul/x', 'r/com1.mp4', 'r/prn', 'r/a', 'r/a.', 'r/a..', 'LPT1/b']),
  },
  {
    id: 'blob.key.long',
    wants: 'a key may have 512 bytes, and every one of them counts',
    why: 'where blobs are files or records, a long key meets limits on names; a cut or a hash makes two of them one',
    run: async (given, check) => {
      const start = `${'n'.repeat(99)}/`.repeat(5);
      const end = 'e'.repeat(511 - start.length);
      await allApart(given, check, [`${start}${end}a`, `${start}${end}b`, `${'s/'.repeat(255)}aa`]);
    },
  },
  {
    id: 'blob.key.below-key',
    wants: 'a key may be the beginning of another: a and a/b are two blobs (claim keysBelowKeys)',
    why: 'buckets know no directories; a store that has them must say so by the claim',
    applies: (_adapter, { keysBelowKeys }) => keysBelowKeys !== false,
    run: async (given, check) => allApart(given, check, ['below', 'below/one', 'below/one/two', 'belo']),
  },
  {
    id: 'blob.remove.many',
    wants: 'remove removes all the given blobs, missing ones among them, and no others',
    why: 'a cancel erases what it knows to be there, part of which a kill has already erased',
    run: async (given, check) => {
      for (const key of ['r/1', 'r/10', 'r/2', 'r/3']) await putBytes(given, check, key, patternBytes(10));
      await given.blobStore.remove(['missing', 'r/1', 'r/missing', 'r/3']);
      for (const key of ['r/1', 'r/3']) await expectNothing(given, check, key, 'after its removal');
      for (const key of ['r/10', 'r/2']) await expectBlob(given, check, key, patternBytes(10));
    },
  },
  {
    id: 'blob.remove.missing',
    wants: 'remove of missing blobs only, and of none, succeeds',
    why: 'cleaning up goes on where a kill has interrupted it',
    run: async ({ blobStore }) => {
      await blobStore.remove(['missing', 'missing/below']);
      await blobStore.remove([]);
    },
  },
];

export const OPTIONAL_CLAUSES: readonly BlobStoreClause[] = [
  {
    id: 'blob.get-to-file',
    wants: 'getToFile writes the whole blob to the path, over whatever is there, and rejects with BLOB_NOT_FOUND for a missing one',
    why: 'the file becomes a cache entry without another look at its length',
    applies: ({ getToFile }) => getToFile !== undefined,
    run: async (given, check) => {
      const { fileSystem, directory } = check.needs(given.files, 'files', 'getToFile');
      const path = `${directory}/downloaded`;
      for (const size of [70_000, 500]) {
        await putBytes(given, check, 'download', patternBytes(size));
        await given.blobStore.getToFile?.('download', path);
        check.equal((await fileSystem.stat(path))?.sizeBytes, size, 'the size of the file');
        const handle = await fileSystem.open(path);
        const buffer = new Uint8Array(size);
        for (let at = 0, count = 1; at < size && count > 0; at += count) count = await handle.readInto(buffer.subarray(at), at);
        await handle.close();
        check.bytes(buffer, patternBytes(size), 'the file');
      }
      const missing = async (): Promise<void> => given.blobStore.getToFile?.('missing', `${directory}/missing`);
      await check.rejects(missing(), ['BLOB_NOT_FOUND'], 'getToFile of a missing blob');
    },
  },
  {
    id: 'blob.url-for',
    wants: 'urlFor gives an absolute address under which the blob can be read',
    why: 'players are handed it as it stands',
    applies: ({ urlFor }) => urlFor !== undefined,
    run: async (given, check) => {
      await putBytes(given, check, 'folder/url.bin', patternBytes(300));
      const url = await given.blobStore.urlFor?.('folder/url.bin', 60_000);
      check.that(typeof url === 'string' && /^[a-z][a-z0-9+.-]*:/i.test(url), `urlFor gives ${String(url)}`);
      if (given.openUrl !== undefined) check.bytes(await given.openUrl(String(url)), patternBytes(300), 'what the address leads to');
    },
  },
  {
    id: 'blob.pending',
    wants: 'pending lists keys that are still under way: none that has settled',
    why: 'at start the engine waits for what is pending; a key that stays there is waited for for ever',
    applies: ({ pending }) => pending !== undefined,
    run: async (given, check) => {
      check.sameSet((await given.blobStore.pending?.()) ?? [], [], 'the pending keys of a fresh store');
      await putBytes(given, check, 'settled', patternBytes(300));
      check.sameSet((await given.blobStore.pending?.()) ?? [], [], 'the pending keys after a put has settled');
    },
  },
  {
    id: 'blob.announce',
    wants: 'announce returns nothing and stores nothing; puts may come as announced, otherwise, late or never',
    why: 'the engine announces the next segments before it is certain that it will put them',
    applies: ({ announce }) => announce !== undefined,
    run: async (given, check) => {
      const { blobStore } = given;
      const puts = ['as-announced', 'otherwise', 'never'].map((key) => ({ key, contentType: PLAIN.contentType, sizeBytes: 300 }));
      for (const announced of [puts, puts.slice(1), []]) {
        check.equal(blobStore.announce?.(announced), undefined, 'what announce returns');
      }
      await putBytes(given, check, 'as-announced', patternBytes(300));
      await putBytes(given, check, 'otherwise', patternBytes(1_200));
      await putBytes(given, check, 'unannounced', patternBytes(7));
      check.equal(await blobStore.head('never'), undefined, 'head of what was announced and not put');
    },
  },
];
