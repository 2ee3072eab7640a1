/** Clauses on writing. */
import { joined, LENDING, MAX_PIECE_BYTES, patternBytes, someTurns } from '../kit/bytes.js';
import { settled } from '../kit/check.js';
import { below, type FileSystemClause, readFile, writeFile } from './given.js';

export const WRITING_CLAUSES: readonly FileSystemClause[] = [
  {
    id: 'fs.create.truncates',
    wants: 'create makes the file, and empties one that is there',
    why: 'a shorter file written over a longer one would keep the tail of the old: a mixed object',
    run: async (given, check) => {
      const path = below(given, 'file');
      await writeFile(given.fileSystem, path, patternBytes(900));
      await writeFile(given.fileSystem, path, patternBytes(400, 2));
      check.bytes(await readFile(given.fileSystem, path), patternBytes(400, 2), 'the file written the second time');
      await writeFile(given.fileSystem, path, new Uint8Array(0));
      check.equal((await given.fileSystem.stat(path))?.sizeBytes, 0, 'the size after an empty write');
    },
  },
  {
    id: 'fs.create.append',
    wants: 'create with append writes behind the existing bytes, and makes a missing file',
    why: 'staging and downloads continue after a kill by appending; an empty file would lose the earlier bytes',
    run: async (given, check) => {
      const path = below(given, 'file');
      await writeFile(given.fileSystem, path, patternBytes(300), true);
      await writeFile(given.fileSystem, path, patternBytes(200, 2), true);
      check.bytes(await readFile(given.fileSystem, path), joined([patternBytes(300), patternBytes(200, 2)]), 'the appended file');
    },
  },
  {
    id: 'fs.create.refused',
    wants: 'create in a missing directory, and over a directory, rejects with FILE_UNREADABLE (or FILE_NOT_FOUND), and makes nothing',
    why: 'an adapter that makes parents by itself writes into a directory that sign-out has just erased',
    run: async (given, check) => {
      const { fileSystem } = given;
      await fileSystem.makeDirectory(below(given, 'folder'));
      const codes = ['FILE_UNREADABLE', 'FILE_NOT_FOUND'] as const;
      await check.rejects(fileSystem.create(below(given, 'missing/file')), codes, 'create in a missing directory');
      await check.rejects(fileSystem.create(below(given, 'folder')), codes, 'create over a directory');
      check.equal(await fileSystem.stat(below(given, 'missing')), undefined, 'the missing directory');
      check.equal((await fileSystem.stat(below(given, 'folder')))?.kind, 'directory', 'what was a directory');
    },
  },
  {
    id: 'fs.write.all',
    wants: 'write writes all of its bytes, in order, behind the ones before',
    why: 'hosts write short without an error when a disk fills up: an adapter must loop, or a segment is cut',
    run: async (given, check) => {
      const path = below(given, 'file');
      const pieces = [1, 4_000, 3, 65_537].map((size, index) => patternBytes(size, index + 1));
      const handle = await given.fileSystem.create(path);
      for (const piece of pieces) await handle.write(piece);
      await handle.close();
      check.bytes(await readFile(given.fileSystem, path), joined(pieces), 'the file');
    },
  },
  {
    id: 'fs.write.large',
    wants: 'writes of 524,288 bytes work, and more than 1 MiB in pieces arrives whole',
    why: 'that is the size in which segments are staged, cached and put together',
    run: async (given, check) => {
      const content = patternBytes(2 * MAX_PIECE_BYTES + 77);
      await writeFile(given.fileSystem, below(given, 'file'), content);
      check.equal((await given.fileSystem.stat(below(given, 'file')))?.sizeBytes, content.length, 'sizeBytes');
      check.bytes(await readFile(given.fileSystem, below(given, 'file')), content, 'the file');
    },
  },
  {
    id: 'fs.write.view',
    wants: 'write writes the view it is lent, and nothing of the larger buffer around it',
    why: 'a pool lends views into one large buffer; an adapter that sends `bytes.buffer` writes the neighbours too',
    run: async (given, check) => {
      const around = patternBytes(900);
      await writeFile(given.fileSystem, below(given, 'file'), around.subarray(300, 450));
      check.bytes(await readFile(given.fileSystem, below(given, 'file')), around.slice(300, 450), 'the file');
    },
  },
  {
    id: 'fs.write.lent',
    wants: 'write is done with the lent bytes when its promise settles, also with those of a Node Buffer, whose slice is a view',
    why: 'the buffer is filled with the next segment at once; an adapter that still reads it writes a mixture of two',
    run: async (given, check) => {
      for (const { name, lend } of LENDING) {
        const handle = await given.fileSystem.create(below(given, name));
        const bytes = lend(patternBytes(2_000));
        await handle.write(bytes);
        bytes.fill(0);
        await someTurns();
        await handle.close();
        check.bytes(await readFile(given.fileSystem, below(given, name)), patternBytes(2_000), `the file ${name}`);
      }
    },
  },
  {
    id: 'fs.write.close',
    wants: 'close makes all bytes visible to everyone, also to an adapter opened later, and is idempotent',
    why: 'only what close has promised is journaled; a close that forgets a buffer loses it with the process',
    run: async (given, check) => {
      const handle = await given.fileSystem.create(below(given, 'file'));
      await handle.write(patternBytes(3_000));
      await handle.close();
      await handle.close();
      const later = (await given.reopen?.()) ?? given.fileSystem;
      check.bytes(await readFile(later, below(given, 'file')), patternBytes(3_000), 'the file as seen later');
    },
  },
  {
    id: 'fs.write.overlap',
    wants: 'writes to different files may overlap',
    why: 'several segments are cached at once',
    run: async (given, check) => {
      const seeds = [1, 2, 3, 4, 5, 6];
      await Promise.all(seeds.map((seed) => writeFile(given.fileSystem, below(given, `file-${seed}`), patternBytes(10_000, seed))));
      for (const seed of seeds) {
        check.bytes(await readFile(given.fileSystem, below(given, `file-${seed}`)), patternBytes(10_000, seed), `file ${seed}`);
      }
    },
  },
  {
    id: 'fs.write.full',
    wants: 'a full disk rejects with STORAGE_FULL, and a removed file makes room again',
    why: 'the user must learn of a full disk and the engine waits for space; other errors would be retried until the battery is empty',
    applies: (_adapter, { roomBytes }) => roomBytes !== undefined,
    run: async (given, check, { roomBytes = 0 }) => {
      const overfill = async (): Promise<void> => {
        for (let written = 0; written <= roomBytes; written += MAX_PIECE_BYTES) {
          await writeFile(given.fileSystem, below(given, 'big'), patternBytes(MAX_PIECE_BYTES), true);
        }
      };
      await check.rejects(overfill(), ['STORAGE_FULL'], `writing more than ${roomBytes} bytes`);
      await settled(given.fileSystem.remove(below(given, 'big')));
      await writeFile(given.fileSystem, below(given, 'small'), patternBytes(10));
      check.bytes(await readFile(given.fileSystem, below(given, 'small')), patternBytes(10), 'a file written after there was room again');
    },
  },
];
