/** Clauses on head, get and ranges. */
import { MAX_PIECE_BYTES, patternBytes, readAll } from '../kit/bytes.js';
import { type BlobStoreClause, bodyOf, getBytes, PLAIN, putBytes } from './given.js';

const CONTENT_BYTES = 3 * 40_000 + 17;
const RANGES = [
  [0, 1_000],
  [0, CONTENT_BYTES],
  [50_000, 50_001],
  [10, 100_010],
  [CONTENT_BYTES - 500, CONTENT_BYTES],
  [CONTENT_BYTES - 1, CONTENT_BYTES],
] as const;

export const READING_CLAUSES: readonly BlobStoreClause[] = [
  {
    id: 'blob.head.missing',
    wants: 'head of a missing blob resolves with undefined',
    why: 'after a kill the engine asks which segments are there; a rejection reads as a broken network, and it waits for ever',
    run: async (given, check) => {
      await putBytes(given, check, 'present/one', patternBytes(10));
      for (const key of ['missing', 'present/two', 'present/on', 'present']) {
        check.equal(await given.blobStore.head(key), undefined, `head of ${key}`);
      }
    },
  },
  {
    id: 'blob.head.size',
    wants: 'head returns the key and the exact size',
    why: 'a resumed upload takes a blob of the right size for its own; a missing size makes it send every segment again',
    run: async (given, check) => {
      for (const size of [1, 12_345]) {
        await putBytes(given, check, `head/${size}`, patternBytes(size));
        const info = await given.blobStore.head(`head/${size}`);
        check.equal(info?.key, `head/${size}`, 'key');
        check.equal(info?.sizeBytes, size, 'sizeBytes');
      }
    },
  },
  {
    id: 'blob.get.missing',
    wants: 'get of a missing blob rejects with BLOB_NOT_FOUND, before any byte',
    why: 'the error page of a store, read as a segment, would be cached under its name',
    run: async (given, check) => {
      await check.rejects(given.blobStore.get('missing'), ['BLOB_NOT_FOUND'], 'get of a missing blob');
    },
  },
  {
    id: 'blob.get.pieces',
    wants: 'get returns all bytes in pieces of 1 to 524,288 bytes, and the size of the whole blob or no size',
    why: 'a larger piece breaks the memory bound, an empty one is taken for a stalled network',
    run: async (given, check) => {
      const content = patternBytes(CONTENT_BYTES);
      await putBytes(given, check, 'pieces', content);
      const reader = await given.blobStore.get('pieces');
      check.that(reader.sizeBytes === undefined || reader.sizeBytes === CONTENT_BYTES, `the reader's sizeBytes is ${reader.sizeBytes}`);
      const sizes: number[] = [];
      const spying = {
        next: async () => {
          const piece = await reader.next();
          if (piece !== undefined) sizes.push(piece.length);
          return piece;
        },
        close: () => reader.close(),
      };
      check.bytes(await readAll(spying), content, 'all pieces');
      const wrong = sizes.find((size) => size < 1 || size > MAX_PIECE_BYTES);
      check.equal(wrong, undefined, 'a size of a piece outside 1 to 524,288');
    },
  },
  {
    id: 'blob.get.large',
    wants: 'a blob larger than one piece may be, put by several, comes back in pieces of at most 524,288 bytes',
    why: 'a reply that lies in memory whole takes as much of it as the video is long',
    applies: ({ accepts }) => accepts.includes('stream') || accepts.includes('file'),
    run: async (given, check) => {
      const content = patternBytes(MAX_PIECE_BYTES + 60_000);
      const kind = given.blobStore.accepts.includes('stream') ? 'stream' : 'file';
      await given.blobStore.put('large', await bodyOf(given, check, kind, content), PLAIN);
      const reader = await given.blobStore.get('large');
      for (let piece = await reader.next(); piece !== undefined; piece = await reader.next()) {
        check.that(piece.length <= MAX_PIECE_BYTES, `a piece of ${piece.length} bytes`);
      }
      await reader.close();
      check.bytes(await getBytes(given, 'large'), content, 'the blob');
    },
  },
  {
    id: 'blob.get.end',
    wants: 'behind the last piece next gives undefined, at every further call, also after close',
    why: 'two readers of one stream may both ask once too often; a rejection there fails a download that is complete',
    run: async (given, check) => {
      await putBytes(given, check, 'end', patternBytes(100));
      const reader = await given.blobStore.get('end');
      while ((await reader.next()) !== undefined);
      check.equal(await reader.next(), undefined, 'next behind the end');
      check.equal(await reader.next(), undefined, 'next behind the end, again');
      await reader.close();
    },
  },
  {
    id: 'blob.get.close',
    wants: 'close may come before the first piece, between two and after the last, also twice, and does not affect other readers',
    why: 'a swipe ends a download anywhere; what close does not let go of adds up over a feed',
    run: async (given, check) => {
      const content = patternBytes(CONTENT_BYTES);
      await putBytes(given, check, 'close', content);
      const other = await given.blobStore.get('close');
      for (const pieces of [0, 1, 1_000_000]) {
        const reader = await given.blobStore.get('close');
        for (let read = 0; read < pieces && (await reader.next()) !== undefined; read += 1);
        await reader.close();
        await reader.close();
      }
      check.bytes(await readAll(other), content, 'what another reader gets');
    },
  },
  {
    id: 'blob.get.lent',
    wants: 'what the caller does to a piece changes nothing that is stored, and nothing that is read later',
    why: 'pieces are decrypted and patched in place; an adapter that hands out its own bytes stores the patch',
    run: async (given, check) => {
      const content = patternBytes(CONTENT_BYTES);
      await putBytes(given, check, 'lent', content);
      const reader = await given.blobStore.get('lent');
      for (let piece = await reader.next(); piece !== undefined; piece = await reader.next()) piece.fill(0);
      await reader.close();
      check.bytes(await getBytes(given, 'lent'), content, 'the blob, after a reader has overwritten its pieces');
    },
  },
  {
    id: 'blob.get.overlap',
    wants: 'two readers of one blob each get their own bytes',
    why: 'the opening is read for a player while the rest is cached',
    run: async (given, check) => {
      const content = patternBytes(CONTENT_BYTES);
      await putBytes(given, check, 'overlap', content);
      const [first, second] = [await given.blobStore.get('overlap'), await given.blobStore.get('overlap')];
      const [one, two] = await Promise.all([readAll(first), readAll(second)]);
      check.bytes(one, content, 'what the first of two readers gets');
      check.bytes(two, content, 'what the second of two readers gets');
    },
  },
  {
    id: 'blob.range.exact',
    wants: 'a range gives exactly its bytes: half-open, at the start, in the middle, at the end, of one byte, and whole',
    why: "HTTP's end is inclusive: a byte too many or too few shifts all that follows",
    applies: ({ rangeRead }) => rangeRead,
    run: async (given, check) => {
      const content = patternBytes(CONTENT_BYTES);
      await putBytes(given, check, 'range', content);
      for (const [start, end] of RANGES) {
        const read = await readAll(await given.blobStore.get('range', { range: { start, end } }));
        check.bytes(read, content.subarray(start, end), `the range from ${start} to ${end}`);
      }
    },
  },
  {
    id: 'blob.range.size',
    wants: 'the reader of a range has the size of the whole blob, or no size: not the size of the range',
    why: 'the fetcher learns from it how long an unknown file is, and would stop at its first range',
    applies: ({ rangeRead }) => rangeRead,
    run: async (given, check) => {
      await putBytes(given, check, 'range', patternBytes(5_000));
      const reader = await given.blobStore.get('range', { range: { start: 10, end: 20 } });
      check.that(
        reader.sizeBytes === undefined || reader.sizeBytes === 5_000,
        `sizeBytes of the reader of 10 bytes of 5,000 is ${reader.sizeBytes}`,
      );
      await reader.close();
    },
  },
  {
    id: 'blob.range.beyond',
    wants: 'a range that starts at the end or beyond rejects with RANGE_NOT_SATISFIABLE',
    why: 'it means that the blob is shorter than its manifest says; an empty answer would be read as the end of the video',
    applies: ({ rangeRead }) => rangeRead,
    run: async (given, check) => {
      await putBytes(given, check, 'range', patternBytes(5_000));
      for (const [start, end] of [
        [5_000, 5_001],
        [9_000, 9_500],
      ] as const) {
        const get = given.blobStore.get('range', { range: { start, end } });
        await check.rejects(get, ['RANGE_NOT_SATISFIABLE'], `get of bytes ${start} to ${end} of 5,000`);
      }
    },
  },
  {
    id: 'blob.range.not-supported',
    wants: 'a store whose rangeRead is false rejects a range with NOT_SUPPORTED',
    why: 'a whole blob in answer to a range is read from the wrong place',
    applies: ({ rangeRead }) => !rangeRead,
    run: async (given, check) => {
      await putBytes(given, check, 'range', patternBytes(5_000));
      await check.rejects(given.blobStore.get('range', { range: { start: 1, end: 2 } }), ['NOT_SUPPORTED'], 'get of a range');
    },
  },
];
