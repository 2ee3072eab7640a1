/** Clauses on reading. */
import { MAX_PIECE_BYTES, patternBytes, someTurns } from '../kit/bytes.js';
import { below, type FileSystemClause, type FileSystemFixture, readFile, readFrom, writeFile } from './given.js';

const MARK = 0xa5;

async function opened(given: FileSystemFixture, content: Uint8Array) {
  const path = below(given, 'source.bin');
  await writeFile(given.fileSystem, path, content);
  return given.fileSystem.open(path);
}

export const READING_CLAUSES: readonly FileSystemClause[] = [
  {
    id: 'fs.open.missing',
    wants: 'open of a missing file rejects with FILE_NOT_FOUND',
    why: 'the user must learn that the video was deleted; with any other code the engine retries in vain',
    run: async (given, check) => {
      await check.rejects(given.fileSystem.open(below(given, 'missing')), ['FILE_NOT_FOUND'], 'open of a missing file');
      await check.rejects(given.fileSystem.open(below(given, 'missing/below')), ['FILE_NOT_FOUND'], 'open below a missing directory');
    },
  },
  {
    id: 'fs.open.not-a-file',
    wants: 'open of a directory rejects with FILE_UNREADABLE',
    why: 'many hosts open directories and pipes gladly and fail, or hang, at the first read',
    run: async (given, check) => {
      await given.fileSystem.makeDirectory(below(given, 'folder'));
      await check.rejects(given.fileSystem.open(below(given, 'folder')), ['FILE_UNREADABLE'], 'open of a directory');
    },
  },
  {
    id: 'fs.read.position',
    wants: 'readInto reads at the given position, in any order, whatever was read before',
    why: 'segments are read out of order and again after a failure; a hidden cursor sends the wrong bytes under the right name',
    run: async (given, check) => {
      const content = patternBytes(5_000);
      const handle = await opened(given, content);
      for (const [position, length] of [
        [4_000, 1_000],
        [0, 10],
        [2_500, 700],
        [2_500, 700],
        [4_999, 1],
      ] as const) {
        const read = await readFrom(handle, position, length);
        check.bytes(read, content.subarray(position, position + length), `${length} bytes at ${position}`);
      }
      await handle.close();
    },
  },
  {
    id: 'fs.read.count',
    wants: 'readInto resolves with the number of bytes read, and touches nothing in the buffer behind them',
    why: 'buffers are pooled: bytes behind the count belong to the piece that the buffer held before',
    run: async (given, check) => {
      const content = patternBytes(700);
      const handle = await opened(given, content);
      const buffer = new Uint8Array(1_000).fill(MARK);
      const count = await handle.readInto(buffer, 0);
      check.that(Number.isInteger(count) && count >= 1 && count <= 700, `the count of a read in a file of 700 bytes is ${count}`);
      check.bytes(buffer.subarray(0, count), content.subarray(0, count), 'what was read');
      check.that(
        buffer.subarray(count).every((byte) => byte === MARK),
        `bytes behind the ${count} read ones have changed`,
      );
      await handle.close();
    },
  },
  {
    id: 'fs.read.view',
    wants: 'readInto fills the view it is lent, and nothing of the larger buffer around it',
    why: 'a pool lends views into one large buffer; an adapter that reaches for `buffer.buffer` from its start overwrites a neighbour',
    run: async (given, check) => {
      const content = patternBytes(300);
      const handle = await opened(given, content);
      const around = new Uint8Array(900).fill(MARK);
      const view = around.subarray(300, 600);
      const count = await handle.readInto(view, 0);
      check.bytes(view.subarray(0, count), content.subarray(0, count), 'what was read into the view');
      check.that(
        [...around.subarray(0, 300), ...around.subarray(600)].every((byte) => byte === MARK),
        'bytes outside the lent view have changed',
      );
      await handle.close();
    },
  },
  {
    id: 'fs.read.end',
    wants: 'readInto resolves with 0 at the end and beyond it, and nowhere else',
    why: 'readers loop until 0: a 0 in the middle cuts the video short, an error at the end fails an upload that is complete',
    run: async (given, check) => {
      const handle = await opened(given, patternBytes(100));
      const buffer = new Uint8Array(10);
      check.that((await handle.readInto(buffer, 99)) === 1, 'the last byte is not read');
      check.equal(await handle.readInto(buffer, 100), 0, 'the count at the end');
      check.equal(await handle.readInto(buffer, 5_000), 0, 'the count far beyond the end');
      await handle.close();
      await writeFile(given.fileSystem, below(given, 'empty'), new Uint8Array(0));
      const empty = await given.fileSystem.open(below(given, 'empty'));
      check.equal(await empty.readInto(buffer, 0), 0, 'the count in an empty file');
      await empty.close();
    },
  },
  {
    id: 'fs.read.overlap',
    wants: 'overlapping reads, on one handle and on two, each get their own bytes',
    why: 'three segments are read at once; where the host has a file cursor the adapter must queue',
    run: async (given, check) => {
      const content = patternBytes(40_000);
      const first = await opened(given, content);
      const second = await given.fileSystem.open(below(given, 'source.bin'));
      const positions = [30_000, 0, 20_000, 10_000, 5_000, 25_000];
      const reads = positions.map((position, index) => readFrom(index % 3 === 2 ? second : first, position, 4_000));
      (await Promise.all(reads)).forEach((read, index) => {
        const position = positions[index] ?? 0;
        check.bytes(read, content.subarray(position, position + 4_000), `4,000 bytes at ${position}, read at the same time as others`);
      });
      await first.close();
      await second.close();
    },
  },
  {
    id: 'fs.read.lent',
    wants: 'readInto writes into the lent buffer only until its promise settles',
    why: 'the buffer goes back to the pool at once; a late write lands in the middle of another segment',
    run: async (given, check) => {
      const handle = await opened(given, patternBytes(1_000));
      const buffer = new Uint8Array(500);
      await handle.readInto(buffer, 0);
      buffer.fill(MARK);
      await someTurns();
      await handle.readInto(new Uint8Array(500), 500);
      check.that(
        buffer.every((byte) => byte === MARK),
        'the buffer has changed after readInto had settled',
      );
      await handle.close();
    },
  },
  {
    id: 'fs.read.large',
    wants: 'reads of 524,288 bytes work, and a file larger than that comes back whole',
    why: 'that is the size in which every segment is read; bridges with a smaller limit must loop or read short',
    run: async (given, check) => {
      const content = patternBytes(2 * MAX_PIECE_BYTES + 4_321);
      const handle = await opened(given, content);
      check.bytes(await readFrom(handle, 0, content.length), content, 'a file of more than 1 MiB');
      await handle.close();
    },
  },
  {
    id: 'fs.read.close',
    wants: 'close of a read handle is idempotent, and leaves other handles open',
    why: 'pause, failure and completion may all close the same source; the second must not fail the upload',
    run: async (given, check) => {
      const content = patternBytes(100);
      const handle = await opened(given, content);
      const other = await given.fileSystem.open(below(given, 'source.bin'));
      await handle.close();
      await handle.close();
      check.bytes(await readFrom(other, 0, 100), content, 'what another handle reads');
      await other.close();
      check.bytes(await readFile(given.fileSystem, below(given, 'source.bin')), content, 'the file after all were closed');
    },
  },
];
