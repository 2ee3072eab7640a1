/** Clauses on what only some hosts can do. */
import { createHash } from '../../core/index.js';
import { patternBytes } from '../kit/bytes.js';
import { below, type FileSystemClause, readFile, writeFile } from './given.js';

export const OPTIONAL_CLAUSES: readonly FileSystemClause[] = [
  {
    id: 'fs.free-bytes',
    wants: 'freeBytes returns how many bytes can still be written: a finite number, ≥ 0',
    why: 'staging asks before it copies a video; NaN or -1 passes every comparison the wrong way',
    applies: ({ freeBytes }) => freeBytes !== undefined,
    run: async ({ fileSystem, directory }, check) => {
      const free = await fileSystem.freeBytes?.(directory);
      check.that(typeof free === 'number' && Number.isFinite(free) && free >= 0, `freeBytes is ${free}`);
    },
  },
  {
    id: 'fs.slice-to-file.exact',
    wants: 'sliceToFile copies exactly the half-open range, over whatever was at the destination',
    why: 'the slice is uploaded as a segment without another look at its bytes',
    applies: ({ sliceToFile }) => sliceToFile !== undefined,
    run: async (given, check) => {
      const { fileSystem } = given;
      const content = patternBytes(3_000);
      await writeFile(fileSystem, below(given, 'source'), content);
      for (const [start, end] of [
        [0, 2_000],
        [500, 501],
        [1_000, 3_000],
      ] as const) {
        await fileSystem.sliceToFile?.(below(given, 'source'), { start, end }, below(given, 'slice'));
        check.bytes(await readFile(fileSystem, below(given, 'slice')), content.subarray(start, end), `the slice from ${start} to ${end}`);
      }
      check.bytes(await readFile(fileSystem, below(given, 'source')), content, 'the source');
    },
  },
  {
    id: 'fs.slice-to-file.short',
    wants: 'sliceToFile rejects where the source ends inside the range, or is missing',
    why: 'the source may have been cut since it was planned; a short slice would be stored as a whole segment',
    applies: ({ sliceToFile }) => sliceToFile !== undefined,
    run: async (given, check) => {
      const { fileSystem } = given;
      await writeFile(fileSystem, below(given, 'source'), patternBytes(1_000));
      const slice = async (name: string): Promise<void> =>
        fileSystem.sliceToFile?.(below(given, name), { start: 900, end: 1_100 }, below(given, 'slice'));
      await check.rejects(slice('source'), ['FILE_UNREADABLE'], 'a slice beyond the end of the source');
      await check.rejects(slice('missing'), ['FILE_NOT_FOUND', 'FILE_UNREADABLE'], 'a slice of a missing source');
    },
  },
  {
    id: 'fs.hash-file',
    wants: 'hashFile gives the MD5 and the SHA-256 of the whole file as lower-case hex',
    why: 'the hash goes into the manifest, and every reader refuses a segment whose hash differs',
    applies: ({ hashFile }) => hashFile !== undefined,
    run: async (given, check) => {
      const content = patternBytes(70_000);
      await writeFile(given.fileSystem, below(given, 'file'), content);
      for (const algorithm of ['md5', 'sha256'] as const) {
        const hash = createHash(algorithm);
        hash.update(content);
        check.equal(await given.fileSystem.hashFile?.(below(given, 'file'), algorithm), hash.digest(), `the ${algorithm}`);
      }
    },
  },
  {
    id: 'fs.import-file.copies',
    wants: 'importFile copies all bytes to the destination, and leaves the original',
    why: 'a picked video is copied before its permission lapses, and the copy is all that the upload has',
    applies: ({ importFile }) => importFile !== undefined,
    run: async (given, check) => {
      const { fileSystem } = given;
      const bytes = given.importable?.bytes ?? patternBytes(70_000);
      const uri = given.importable?.uri ?? below(given, 'original');
      if (given.importable === undefined) await writeFile(fileSystem, uri, bytes);
      await fileSystem.importFile?.(uri, below(given, 'copy'));
      check.bytes(await readFile(fileSystem, below(given, 'copy')), bytes, 'the copy');
      await fileSystem.importFile?.(uri, below(given, 'copy-2'));
      check.bytes(await readFile(fileSystem, below(given, 'copy-2')), bytes, 'a second copy');
    },
  },
  {
    id: 'fs.import-file.missing',
    wants: 'importFile of what cannot be read rejects with FILE_NOT_FOUND or FILE_UNREADABLE, and leaves nothing at the destination',
    why: 'an empty copy would be uploaded as an empty video',
    applies: ({ importFile }) => importFile !== undefined,
    run: async (given, check) => {
      const { fileSystem } = given;
      const importing = async (): Promise<void> => fileSystem.importFile?.(below(given, 'missing'), below(given, 'copy'));
      await check.rejects(importing(), ['FILE_NOT_FOUND', 'FILE_UNREADABLE'], 'importFile of a missing file');
      check.equal(await fileSystem.stat(below(given, 'copy')), undefined, 'the destination');
    },
  },
];
