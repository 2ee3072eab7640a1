/** Clauses on puts that must leave nothing, and on hashes. */
import { ReelwayError } from '../../errors/index.js';
import { patternBytes } from '../kit/bytes.js';
import { settled } from '../kit/check.js';
import { type BlobStoreClause, expectBlob, expectEmpty, expectNothing, OLD_BYTES, PLAIN, putBytes, ScriptedBody, takes } from './given.js';
import { expectTrueHashes, hashOf, wrongHashesOf } from './hashes.js';

const CONTENT_BYTES = 120_000;

/** Bodies that do not become what they said. */
const BROKEN_BODIES: readonly { readonly name: string; readonly make: () => ScriptedBody }[] = [
  { name: 'ends 1 byte early', make: () => new ScriptedBody(patternBytes(CONTENT_BYTES - 1), { sizeBytes: CONTENT_BYTES }) },
  { name: 'ends after half', make: () => new ScriptedBody(patternBytes(CONTENT_BYTES / 2), { sizeBytes: CONTENT_BYTES }) },
  { name: 'is empty', make: () => new ScriptedBody(new Uint8Array(0), { sizeBytes: CONTENT_BYTES }) },
  { name: 'has 1 byte too many', make: () => new ScriptedBody(patternBytes(CONTENT_BYTES + 1), { sizeBytes: CONTENT_BYTES }) },
  { name: 'fails at its first piece', make: () => failingAt(0) },
  { name: 'fails in the middle', make: () => failingAt(1) },
  { name: 'fails behind its last byte', make: () => failingAt(3) },
];

function failingAt(piece: number): ScriptedBody {
  return new ScriptedBody(patternBytes(CONTENT_BYTES), {
    before: (next) => {
      if (next === piece) throw new ReelwayError('FILE_UNREADABLE', { message: 'the disk under the body failed' });
    },
  });
}

export const REFUSING_CLAUSES: readonly BlobStoreClause[] = [
  {
    id: 'blob.put.whole-or-absent',
    wants: 'a put whose body fails, or is not of its stated size, rejects and stores nothing',
    why: 'a cut segment under a final name is taken for whole by everyone who looks, until a player stops in the middle',
    applies: takes('stream'),
    run: async (given, check) => {
      for (const { name, make } of BROKEN_BODIES) {
        await check.thrownBy(given.blobStore.put('part', make(), PLAIN), `a put whose body ${name} resolves`);
        await expectNothing(given, check, 'part', `after a put whose body ${name}`);
        await expectEmpty(given, check, `after a put whose body ${name}`);
      }
    },
  },
  {
    id: 'blob.put.old-intact',
    wants: 'a put that fails over an older blob leaves the older one whole',
    why: 'a retry that dies half way must not take away what the first attempt had stored',
    applies: takes('stream'),
    run: async (given, check) => {
      await putBytes(given, check, 'kept', OLD_BYTES);
      for (const { make } of BROKEN_BODIES) {
        await settled(given.blobStore.put('kept', make(), PLAIN));
        await expectBlob(given, check, 'kept', OLD_BYTES);
      }
    },
  },
  {
    id: 'blob.put.body-error',
    wants: 'a put whose body rejects with a ReelwayError rejects with that very error',
    why: 'the user must learn that a source cannot be read; as NETWORK it would be retried forever',
    applies: takes('stream'),
    run: async (given, check) => {
      const error = new ReelwayError('FILE_UNREADABLE', { message: 'the disk under the body failed' });
      const body = new ScriptedBody(patternBytes(CONTENT_BYTES), {
        before: (piece) => {
          if (piece === 1) throw error;
        },
      });
      await check.rejectsWith(given.blobStore.put('part', body, PLAIN), error, 'a put whose body rejects');
    },
  },
  {
    id: 'blob.put.hash-refused',
    wants: 'a put with a wrong hash of an attested algorithm rejects with BLOB_CORRUPT and stores nothing (claim checksHashes)',
    why: 'this is what stands between a bit flipped on the way and a video that is broken for everyone',
    applies: ({ attests }, { checksHashes }) => attests.length > 0 && checksHashes !== false,
    run: async (given, check) => {
      for (const algorithm of given.blobStore.attests) {
        const wrong = hashOf(algorithm, patternBytes(999));
        const put = putBytes(given, check, 'wrong', patternBytes(1_000), { ...PLAIN, hashes: { [algorithm]: wrong } });
        await check.rejects(put, ['BLOB_CORRUPT'], `a put with a wrong ${algorithm}`);
        await expectNothing(given, check, 'wrong', `after a put with a wrong ${algorithm}`);
      }
    },
  },
  {
    id: 'blob.attests.right',
    wants: 'a put with the right hash of an attested algorithm is attested, by put or by head, in lower-case hex',
    why: 'the engine skips reading the segment back because of it; capitals or base64 never compare equal, and every segment is sent twice',
    applies: ({ attests }) => attests.length > 0,
    run: async (given, check) => {
      for (const algorithm of given.blobStore.attests) {
        const hash = hashOf(algorithm, patternBytes(1_000));
        const put = await putBytes(given, check, `right/${algorithm}`, patternBytes(1_000), { ...PLAIN, hashes: { [algorithm]: hash } });
        const head = await given.blobStore.head(`right/${algorithm}`);
        check.equal(put.hashes[algorithm] ?? head?.hashes[algorithm], hash, `the attested ${algorithm}`);
      }
    },
  },
  {
    id: 'blob.attests.no-echo',
    wants: 'every hash that put, head or list returns, of any algorithm, is the hash of the stored bytes, whatever hashes put was given',
    why: 'an adapter that echoes what it was given attests anything, and the check of all hashes before the manifest checks nothing',
    run: async (given, check) => {
      const { blobStore } = given;
      const content = patternBytes(1_000);
      for (const { name, hashes } of [{ name: 'none', hashes: undefined }, ...wrongHashesOf(content)]) {
        const key = `echo/${name}`;
        const put = await settled(putBytes(given, check, key, content, { ...PLAIN, ...(hashes === undefined ? {} : { hashes }) }));
        const head = await blobStore.head(key);
        const listed = (await blobStore.list?.(key))?.blobs.find((blob) => blob.key === key);
        for (const info of [put.ok ? put.value : undefined, head, listed]) {
          expectTrueHashes(check, `of ${key}`, info?.hashes ?? {}, content);
        }
      }
    },
  },
  {
    id: 'blob.if-absent.stores',
    wants: 'a put with ifAbsent stores where nothing is',
    why: 'the one manifest of a video is put that way',
    run: async (given, check) => {
      await putBytes(given, check, 'once', patternBytes(700), { ...PLAIN, ifAbsent: true });
      await expectBlob(given, check, 'once', patternBytes(700));
    },
  },
  {
    id: 'blob.if-absent.refuses',
    wants: 'a put with ifAbsent over a blob rejects with BLOB_EXISTS and leaves the old one (claim conditionalPut)',
    why: 'two phones that publish under one name must not both take theirs for the one that is stored',
    applies: (_adapter, { conditionalPut }) => conditionalPut === true,
    run: async (given, check) => {
      await putBytes(given, check, 'once', OLD_BYTES);
      const put = putBytes(given, check, 'once', patternBytes(700), { ...PLAIN, ifAbsent: true });
      await check.rejects(put, ['BLOB_EXISTS'], 'a put with ifAbsent over a blob');
      await expectBlob(given, check, 'once', OLD_BYTES);
    },
  },
  {
    id: 'blob.if-absent.race',
    wants: 'of two puts with ifAbsent at once exactly one stores, and the other rejects with BLOB_EXISTS (claim conditionalPut)',
    why: 'a check before the put is not a condition: a second check may come before the first put ends',
    applies: (_adapter, { conditionalPut }) => conditionalPut === true,
    run: async (given, check) => {
      const seeds = [1, 2, 3];
      const puts = seeds.map((seed) => settled(putBytes(given, check, 'race', patternBytes(5_000, seed), { ...PLAIN, ifAbsent: true })));
      const outcomes = await Promise.all(puts);
      const winners = seeds.filter((_seed, index) => outcomes[index]?.ok === true);
      check.equal(winners.length, 1, 'the number of puts that resolved, of three at once');
      for (const outcome of outcomes) {
        if (!outcome.ok) await check.rejects(Promise.reject(outcome.thrown), ['BLOB_EXISTS'], 'a put that lost');
      }
      await expectBlob(given, check, 'race', patternBytes(5_000, winners[0]));
    },
  },
  {
    id: 'blob.full',
    wants:
      'a full store rejects with QUOTA_EXCEEDED or STORAGE_FULL, stores nothing, and takes blobs again once some are removed (claim roomBytes)',
    why: 'the user must learn of a full store and the engine waits for space; other errors would be retried until the battery is empty',
    applies: (_adapter, { roomBytes }) => roomBytes !== undefined,
    run: async (given, check, { roomBytes = 0 }) => {
      const pieceBytes = Math.min(roomBytes, 500_000);
      const keys: string[] = [];
      const overfill = async (): Promise<void> => {
        for (let filled = 0; filled <= roomBytes; filled += pieceBytes) {
          keys.push(`fill/${keys.length}`);
          await putBytes(given, check, `fill/${keys.length - 1}`, patternBytes(pieceBytes));
        }
      };
      await check.rejects(overfill(), ['QUOTA_EXCEEDED', 'STORAGE_FULL'], `putting more than ${roomBytes} bytes`);
      await expectNothing(given, check, keys[keys.length - 1] ?? '', 'after a put into a full store');
      await given.blobStore.remove(keys);
      await putBytes(given, check, 'small', patternBytes(10));
      await expectBlob(given, check, 'small', patternBytes(10));
    },
  },
];
