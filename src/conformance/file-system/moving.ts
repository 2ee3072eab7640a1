/** Clauses on renaming, removing and directories. */
import { patternBytes } from '../kit/bytes.js';
import { below, type FileSystemClause, readFile, writeFile } from './given.js';

export const MOVING_CLAUSES: readonly FileSystemClause[] = [
  {
    id: 'fs.rename.moves',
    wants: 'rename moves a file with all its bytes, also into another directory',
    why: 'everything whole is made under a temporary name and renamed; a copy left behind fills the disk',
    run: async (given, check) => {
      const { fileSystem } = given;
      await fileSystem.makeDirectory(below(given, 'folder'));
      await writeFile(fileSystem, below(given, 'from'), patternBytes(800));
      await fileSystem.rename(below(given, 'from'), below(given, 'folder/to'));
      check.bytes(await readFile(fileSystem, below(given, 'folder/to')), patternBytes(800), 'the renamed file');
      check.equal(await fileSystem.stat(below(given, 'from')), undefined, 'the old name');
    },
  },
  {
    id: 'fs.rename.replaces',
    wants: 'rename replaces the target',
    why: 'hosts that refuse an existing target leave the newer cache entry under its temporary name for ever',
    run: async (given, check) => {
      const { fileSystem } = given;
      await writeFile(fileSystem, below(given, 'to'), patternBytes(900));
      await writeFile(fileSystem, below(given, 'from'), patternBytes(300, 2));
      await fileSystem.rename(below(given, 'from'), below(given, 'to'));
      check.bytes(await readFile(fileSystem, below(given, 'to')), patternBytes(300, 2), 'the target');
      check.equal(await fileSystem.stat(below(given, 'from')), undefined, 'the old name');
    },
  },
  {
    id: 'fs.rename.atomic',
    wants: 'during a rename over a file the target is always there (claim atomicRename)',
    why: 'a kill between remove and move would lose the old file and the new one',
    applies: (_adapter, claims) => claims.atomicRename === true,
    run: async (given, check) => {
      const { fileSystem } = given;
      await writeFile(fileSystem, below(given, 'to'), patternBytes(900));
      await writeFile(fileSystem, below(given, 'from'), patternBytes(300, 2));
      let done = false;
      const rename = fileSystem.rename(below(given, 'from'), below(given, 'to')).then(() => {
        done = true;
      });
      let looks = 0;
      while (!done && looks < 1_000) {
        looks += 1;
        const info = await fileSystem.stat(below(given, 'to'));
        check.that(info?.kind === 'file', 'during the rename there was no target');
      }
      await rename;
    },
  },
  {
    id: 'fs.rename.missing',
    wants: 'rename of a missing file rejects with FILE_NOT_FOUND, and leaves the target as it is',
    why: 'after a kill the same rename is tried again; its failure must be distinct, and must not remove the renamed file',
    run: async (given, check) => {
      const { fileSystem } = given;
      await writeFile(fileSystem, below(given, 'to'), patternBytes(200));
      await check.rejects(fileSystem.rename(below(given, 'missing'), below(given, 'to')), ['FILE_NOT_FOUND'], 'rename of a missing file');
      check.bytes(await readFile(fileSystem, below(given, 'to')), patternBytes(200), 'the target');
    },
  },
  {
    id: 'fs.remove.file',
    wants: 'remove removes the file, and no other',
    why: 'the cache evicts one of two files whose names begin alike',
    run: async (given, check) => {
      const { fileSystem, directory } = given;
      for (const name of ['a', 'a.tmp', 'ab']) await writeFile(fileSystem, below(given, name), patternBytes(5));
      await fileSystem.remove(below(given, 'a'));
      check.equal(await fileSystem.stat(below(given, 'a')), undefined, 'what was removed');
      check.sameSet(await fileSystem.list(directory), ['a.tmp', 'ab'], 'the names left');
    },
  },
  {
    id: 'fs.remove.missing',
    wants: 'remove of a missing path succeeds',
    why: 'cleaning up goes on where a kill has interrupted it, and meets what it has removed before',
    run: async (given) => {
      await given.fileSystem.remove(below(given, 'missing'));
      await given.fileSystem.remove(below(given, 'missing/below'));
    },
  },
  {
    id: 'fs.remove.recursive',
    wants: 'remove of a directory removes all below it',
    why: 'sign-out erases a scope by one remove; what stays belongs to the last user',
    run: async (given, check) => {
      const { fileSystem } = given;
      await fileSystem.makeDirectory(below(given, 'folder/deep/deeper'));
      await writeFile(fileSystem, below(given, 'folder/deep/deeper/file'), patternBytes(5));
      await writeFile(fileSystem, below(given, 'folder-2'), patternBytes(5));
      await fileSystem.remove(below(given, 'folder'));
      for (const name of ['folder', 'folder/deep', 'folder/deep/deeper/file']) {
        check.equal(await fileSystem.stat(below(given, name)), undefined, `${name} after its directory was removed`);
      }
      check.equal((await fileSystem.stat(below(given, 'folder-2')))?.kind, 'file', 'the neighbour');
    },
  },
  {
    id: 'fs.make-directory.parents',
    wants: 'makeDirectory makes missing parents too',
    why: 'cache directories are made in one call at the first start',
    run: async (given, check) => {
      await given.fileSystem.makeDirectory(below(given, 'one/two/three'));
      for (const name of ['one', 'one/two', 'one/two/three']) {
        check.equal((await given.fileSystem.stat(below(given, name)))?.kind, 'directory', name);
      }
    },
  },
  {
    id: 'fs.make-directory.exists',
    wants: 'makeDirectory of an existing one succeeds and keeps its entries; if a file has the name, it rejects',
    why: 'it is called at every start over a full cache',
    run: async (given, check) => {
      const { fileSystem } = given;
      await fileSystem.makeDirectory(below(given, 'folder'));
      await writeFile(fileSystem, below(given, 'folder/file'), patternBytes(20));
      await fileSystem.makeDirectory(below(given, 'folder'));
      check.bytes(await readFile(fileSystem, below(given, 'folder/file')), patternBytes(20), 'the file in it');
      await check.rejects(
        fileSystem.makeDirectory(below(given, 'folder/file')),
        ['FILE_UNREADABLE', 'UNSAFE_PATH'],
        'makeDirectory over a file',
      );
    },
  },
];
