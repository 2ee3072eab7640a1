/** Clauses on putting what is whole. */
import type { HashAlgorithm } from '../../core/index.js';
import type { BlobBody } from '../../ports/index.js';
import { LENDING, MAX_PIECE_BYTES, patternBytes, someTurns } from '../kit/bytes.js';
import { checkShape } from '../kit/shape.js';
import { type BlobStoreClause, bodyOf, bytesBody, expectBlob, getBytes, PLAIN, putBytes, ScriptedBody, takes } from './given.js';

const KINDS: readonly BlobBody['kind'][] = ['bytes', 'stream', 'file'];
const ALGORITHMS: readonly HashAlgorithm[] = ['crc32c', 'md5', 'sha256'];

export const PUTTING_CLAUSES: readonly BlobStoreClause[] = [
  {
    id: 'blob.shape',
    wants: 'has every required method, says what it accepts, attests and whether it reads ranges, and leaves out what it cannot do',
    why: 'engines choose their route by what is there: bytes, stream or file, ranges or whole blobs, attested or read back',
    run: async ({ blobStore }, check) => {
      checkShape(check, blobStore, ['get', 'head', 'put', 'remove'], ['getToFile', 'urlFor', 'list', 'pending', 'announce']);
      check.equal(typeof blobStore.rangeRead, 'boolean', 'the type of rangeRead');
      check.that(blobStore.accepts.length > 0, 'accepts is empty: nothing could be put');
      check.sameSet(
        blobStore.accepts,
        KINDS.filter((kind) => blobStore.accepts.includes(kind)),
        'the kinds in accepts',
      );
      check.sameSet(
        blobStore.attests,
        ALGORITHMS.filter((algorithm) => blobStore.attests.includes(algorithm)),
        'the algorithms in attests',
      );
    },
  },
  {
    id: 'blob.put.bytes',
    wants: 'a body of bytes, up to 524,288, is stored exactly',
    why: 'this is how every segment of the raw layout is stored',
    applies: takes('bytes'),
    run: async (given, check) => {
      for (const size of [1, 70_001, MAX_PIECE_BYTES]) {
        await given.blobStore.put(`bytes/${size}`, bytesBody(patternBytes(size)), PLAIN);
        await expectBlob(given, check, `bytes/${size}`, patternBytes(size));
      }
    },
  },
  {
    id: 'blob.put.bytes-view',
    wants: 'a body of bytes is the view it is lent, and nothing of the larger buffer around it',
    why: 'a pool lends views into one large buffer; an adapter that sends `bytes.buffer` stores its neighbours too',
    applies: takes('bytes'),
    run: async (given, check) => {
      await given.blobStore.put('view', bytesBody(patternBytes(3_000).subarray(1_000, 1_700)), PLAIN);
      await expectBlob(given, check, 'view', patternBytes(3_000).slice(1_000, 1_700));
    },
  },
  {
    id: 'blob.put.bytes-lent',
    wants: 'put is done with lent bytes when it settles, also with those of a Node Buffer, whose slice is a view',
    why: 'the buffer is filled with the next segment at once; an adapter that still reads it stores a mixture, and the store accepts it',
    applies: takes('bytes'),
    run: async (given, check) => {
      for (const { name, lend } of LENDING) {
        const lent = lend(patternBytes(9_000));
        await given.blobStore.put(name, bytesBody(lent), PLAIN);
        lent.fill(0);
        await someTurns();
        await expectBlob(given, check, name, patternBytes(9_000));
      }
    },
  },
  {
    id: 'blob.put.stream',
    wants: 'a stream, also of more than 1 MiB and in pieces of any size, is stored exactly',
    why: 'objects of several segments, playlists and whole objects come as streams',
    applies: takes('stream'),
    run: async (given, check) => {
      const content = patternBytes(2 * MAX_PIECE_BYTES + 999);
      await given.blobStore.put('stream/large', new ScriptedBody(content, { pieceBytes: MAX_PIECE_BYTES }), PLAIN);
      await expectBlob(given, check, 'stream/large', content);
      await given.blobStore.put('stream/small', new ScriptedBody(content.subarray(0, 2_000), { pieceBytes: 7 }), PLAIN);
      await expectBlob(given, check, 'stream/small', content.subarray(0, 2_000));
    },
  },
  {
    id: 'blob.put.stream-lent',
    wants:
      'a piece of a stream is used before the next one is asked for: its bytes are lent until then, also those of a Node Buffer, whose slice is a view',
    why: 'the reader fills the same buffer again; SDKs that queue pieces were seen to store the last one several times over, and accept it',
    applies: takes('stream'),
    run: async (given, check) => {
      const content = patternBytes(60_000);
      for (const { name, lend } of LENDING) {
        await given.blobStore.put(name, new ScriptedBody(content, { pieceBytes: 10_000, lend }), PLAIN);
        await expectBlob(given, check, name, content);
      }
    },
  },
  {
    id: 'blob.put.stream-opened',
    wants: 'each put opens a new reader of the stream, one at a time, and closes it, also after a failure',
    why: 'a retry sends the same body from its first byte; readers that stay open hold a file and a pooled buffer each',
    applies: takes('stream'),
    run: async (given, check) => {
      const body = new ScriptedBody(patternBytes(120_000));
      for (const key of ['one', 'two']) {
        await given.blobStore.put(key, body, PLAIN);
        await expectBlob(given, check, key, patternBytes(120_000));
      }
      const failing = new ScriptedBody(patternBytes(120_000), {
        before: (piece) => {
          if (piece === 1) throw new TypeError('the reader fails');
        },
      });
      await check.thrownBy(given.blobStore.put('three', failing, PLAIN), 'a put whose body fails resolves');
      check.that(body.opened >= 2, `for two puts the body was opened ${body.opened} times`);
      for (const each of [body, failing]) {
        check.equal(each.together, 1, 'the most readers of one body open at once');
        check.equal(each.closed, each.opened, `of ${each.opened} opened readers, those closed`);
      }
    },
  },
  {
    id: 'blob.put.file',
    wants: 'a whole file is stored exactly, and left where it is',
    why: 'this is how phones put segments in the background, and a retry needs the file again',
    applies: takes('file'),
    run: async (given, check) => {
      const body = await bodyOf(given, check, 'file', patternBytes(90_000));
      for (const key of ['file/one', 'file/two']) {
        await given.blobStore.put(key, body, PLAIN);
        await expectBlob(given, check, key, patternBytes(90_000));
      }
    },
  },
  {
    id: 'blob.put.info',
    wants: 'put resolves with the key, the exact size, and a map of hashes',
    why: 'the journal records what the store has acknowledged; a size that is missing cannot be compared',
    run: async (given, check) => {
      const info = await putBytes(given, check, 'folder/info.bin', patternBytes(1_234));
      check.equal(info.key, 'folder/info.bin', 'key');
      check.equal(info.sizeBytes, 1_234, 'sizeBytes');
      check.equal(typeof info.hashes, 'object', 'the type of hashes');
    },
  },
  {
    id: 'blob.put.replaces',
    wants: 'put over a blob replaces all of it, and the same put twice is the same as once',
    why: 'a put whose answer was lost is sent again; a store that appends, refuses or keeps the first breaks every retry',
    run: async (given, check) => {
      await putBytes(given, check, 'again', patternBytes(4_000));
      await putBytes(given, check, 'again', patternBytes(4_000));
      await expectBlob(given, check, 'again', patternBytes(4_000));
      await putBytes(given, check, 'again', patternBytes(500, 2));
      await expectBlob(given, check, 'again', patternBytes(500, 2));
    },
  },
  {
    id: 'blob.put.overlap',
    wants: 'puts and gets of different keys may overlap',
    why: 'at least three segments are in flight at any time',
    run: async (given, check) => {
      await putBytes(given, check, 'before', patternBytes(30_000, 50));
      const seeds = [1, 2, 3, 4, 5, 6];
      const puts = seeds.map((seed) => putBytes(given, check, `overlap/${seed}`, patternBytes(20_000 + seed, seed)));
      const [read] = await Promise.all([getBytes(given, 'before'), ...puts]);
      check.bytes(read, patternBytes(30_000, 50), 'a blob read beside six puts');
      for (const seed of seeds) await expectBlob(given, check, `overlap/${seed}`, patternBytes(20_000 + seed, seed));
    },
  },
  {
    id: 'blob.put.progress',
    wants: 'onProgress, where it is called, gets numbers from 0 to the size of the body',
    why: 'the stall timeout depends on it; NaN or a number beyond the size makes a running transfer look stalled',
    run: async (given, check) => {
      const seen: number[] = [];
      await putBytes(given, check, 'progress', patternBytes(200_000), { ...PLAIN, onProgress: (sentBytes) => seen.push(sentBytes) });
      const wrong = seen.find((sentBytes) => !(sentBytes >= 0 && sentBytes <= 200_000));
      check.equal(wrong, undefined, 'a progress outside 0 to 200,000');
    },
  },
];
