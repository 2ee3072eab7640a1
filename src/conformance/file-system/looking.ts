/** Clauses on information of a file system: shape, stat, list. */
import { patternBytes } from '../kit/bytes.js';
import { checkShape } from '../kit/shape.js';
import { below, type FileSystemClause, writeFile } from './given.js';

const REQUIRED = ['stat', 'open', 'create', 'rename', 'remove', 'list', 'makeDirectory'];
const OPTIONAL = ['freeBytes', 'sliceToFile', 'hashFile', 'importFile'];
/** The year 1973 in milliseconds, 5138 in seconds: a time in seconds is smaller. */
const LEAST_PLAUSIBLE_MS = 100_000_000_000;

export const LOOKING_CLAUSES: readonly FileSystemClause[] = [
  {
    id: 'fs.shape',
    wants: 'has every required method, says whether its paths are native, and leaves out the optional methods it cannot do',
    why: 'engines select methods by their presence: one that is null or always fails leads them to an error',
    run: async ({ fileSystem }, check) => {
      checkShape(check, fileSystem, REQUIRED, OPTIONAL);
      check.equal(typeof fileSystem.nativePaths, 'boolean', 'the type of nativePaths');
      const roots = fileSystem.roots === undefined ? [] : Object.keys(fileSystem.roots).map((name) => fileSystem.roots?.[name]);
      check.that(
        roots.every((root) => typeof root === 'string' && root !== ''),
        'a root that is no path',
      );
    },
  },
  {
    id: 'fs.stat.kinds',
    wants: 'stat distinguishes files and directories',
    why: 'a directory taken for a file is opened, and fails late with a library error instead of early with a sentence for the user',
    run: async (given, check) => {
      const { fileSystem, directory } = given;
      await writeFile(fileSystem, below(given, 'file'), patternBytes(10));
      check.equal((await fileSystem.stat(below(given, 'file')))?.kind, 'file', 'the kind of a file');
      check.equal((await fileSystem.stat(directory))?.kind, 'directory', 'the kind of a directory');
    },
  },
  {
    id: 'fs.stat.size',
    wants: 'stat returns the exact size of a file, 0 for an empty one',
    why: 'the plan of an upload is made from the size: one byte off and the last segment is cut or read beyond the end',
    run: async (given, check) => {
      for (const size of [0, 1, 70_001]) {
        const path = below(given, `size-${size}`);
        await writeFile(given.fileSystem, path, patternBytes(size));
        check.equal((await given.fileSystem.stat(path))?.sizeBytes, size, 'sizeBytes');
      }
    },
  },
  {
    id: 'fs.stat.modified-ms',
    wants: 'modifiedMs, if present, is in milliseconds since 1970',
    why: 'a source is known again by size and time; seconds instead of milliseconds hide a change inside the same second',
    run: async (given, check) => {
      await writeFile(given.fileSystem, below(given, 'file'), patternBytes(10));
      const modifiedMs = (await given.fileSystem.stat(below(given, 'file')))?.modifiedMs;
      check.that(
        modifiedMs === undefined || (Number.isFinite(modifiedMs) && modifiedMs > LEAST_PLAUSIBLE_MS),
        `modifiedMs is ${modifiedMs}, which is not in milliseconds since 1970 (seconds?)`,
      );
    },
  },
  {
    id: 'fs.stat.missing',
    wants: 'stat resolves with undefined where nothing is, also below a missing directory and below a file',
    why: 'engines look before they act at every start; a rejection there reads as a broken disk, and the queue would not open',
    run: async (given, check) => {
      await writeFile(given.fileSystem, below(given, 'file'), patternBytes(1));
      for (const name of ['missing', 'missing/below', 'file/below']) {
        check.equal(await given.fileSystem.stat(below(given, name)), undefined, `stat of ${name}`);
      }
    },
  },
  {
    id: 'fs.list.names',
    wants: 'list gives the bare name of each file and directory right below, each once, and nothing from deeper',
    why: 'cache and staging are rebuilt from a listing after a kill; a path instead of a name, or a missing one, leaks files for ever',
    run: async (given, check) => {
      const { fileSystem, directory } = given;
      await fileSystem.makeDirectory(below(given, 'folder'));
      await writeFile(fileSystem, below(given, 'folder/deeper.bin'), patternBytes(1));
      await writeFile(fileSystem, below(given, 'one.bin'), patternBytes(1));
      await writeFile(fileSystem, below(given, '.hidden'), patternBytes(1));
      check.sameSet(await fileSystem.list(directory), ['.hidden', 'folder', 'one.bin'], 'the names');
    },
  },
  {
    id: 'fs.list.missing',
    wants: 'list of a missing directory, and of an empty one, is empty',
    why: 'the first start of an app lists directories that do not exist yet',
    run: async (given, check) => {
      check.equal((await given.fileSystem.list(below(given, 'missing'))).length, 0, 'the number of names in a missing directory');
      check.equal((await given.fileSystem.list(given.directory)).length, 0, 'the number of names in an empty directory');
    },
  },
];
