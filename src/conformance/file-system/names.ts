/** Clauses on names and paths. */
import { patternBytes } from '../kit/bytes.js';
import { below, type FileSystemClause, readFile, writeFile } from './given.js';

const ENGINE_NAMES = ['a', '0', '-', '_', 'a.b-c_d', '.tmp', 'a..b', 'x'.repeat(120), `${'0123456789abcdef'.repeat(4)}.bin.part`];
const RESERVED_NAMES = ['con', 'nul.txt', 'aux.mp4', 'com1', 'lpt1.bin', 'prn', 'trailing.', 'dots...'];
const SOURCE_NAMES = [
  '50% off.mp4',
  'a%20b.mp4',
  'a b.mp4',
  '%2e%2e.mp4',
  'été #1 & 2.mp4',
  '日本語.mp4',
  '🎬 clip.mov',
  "it's+(1)=[2];@.mp4",
];

export const NAME_CLAUSES: readonly FileSystemClause[] = [
  {
    id: 'fs.names.engine',
    wants: 'names of [a-z0-9._-], up to 120 characters, each hold a file of their own and are listed as they were given',
    why: 'engines make such names for the cache and for staging, and find their files again by the listing',
    run: async ({ fileSystem, directory }, check) => {
      for (const [index, name] of ENGINE_NAMES.entries()) await writeFile(fileSystem, `${directory}/${name}`, patternBytes(50, index + 1));
      for (const [index, name] of ENGINE_NAMES.entries()) {
        check.bytes(await readFile(fileSystem, `${directory}/${name}`), patternBytes(50, index + 1), `the file ${name}`);
      }
      check.sameSet(await fileSystem.list(directory), ENGINE_NAMES, 'the names');
    },
  },
  {
    id: 'fs.names.reserved',
    wants: 'names that Windows reserves (con, nul.txt, trailing dots) each hold a file of their own (claim reservedNames)',
    why: 'names are made from ids that the app chooses; where the host cannot hold them the claim says so, and the app must avoid them',
    applies: (_adapter, { reservedNames }) => reservedNames !== false,
    run: async ({ fileSystem, directory }, check) => {
      for (const [index, name] of RESERVED_NAMES.entries())
        await writeFile(fileSystem, `${directory}/${name}`, patternBytes(50, index + 1));
      for (const [index, name] of RESERVED_NAMES.entries()) {
        check.bytes(await readFile(fileSystem, `${directory}/${name}`), patternBytes(50, index + 1), `the file ${name}`);
      }
      check.sameSet(await fileSystem.list(directory), RESERVED_NAMES, 'the names');
    },
  },
  {
    id: 'fs.names.case',
    wants: 'a name in capitals is a file, the same as in small letters or another, as the claim caseSensitive says',
    why: 'an adapter that changes the case of what it is given does not find the source again on a host that minds it',
    run: async (given, check, { caseSensitive }) => {
      await writeFile(given.fileSystem, below(given, 'Clip.MP4'), patternBytes(50));
      check.bytes(await readFile(given.fileSystem, below(given, 'Clip.MP4')), patternBytes(50), 'the file Clip.MP4');
      const small = await given.fileSystem.stat(below(given, 'clip.mp4'));
      if (caseSensitive !== undefined) check.equal(small === undefined, caseSensitive, 'whether clip.mp4 is another file than Clip.MP4');
    },
  },
  {
    id: 'fs.names.source',
    wants: 'names with percent signs, spaces and any Unicode, in a plain path, are taken as they stand',
    why: 'people name their videos; a plain path that is decoded as a URL opens another file, or none',
    run: async ({ fileSystem, directory }, check) => {
      for (const [index, name] of SOURCE_NAMES.entries()) await writeFile(fileSystem, `${directory}/${name}`, patternBytes(50, index + 1));
      for (const [index, name] of SOURCE_NAMES.entries()) {
        check.bytes(await readFile(fileSystem, `${directory}/${name}`), patternBytes(50, index + 1), `the file ${name}`);
      }
      const listed = (await fileSystem.list(directory)).map((name) => name.normalize('NFC'));
      check.sameSet(listed, SOURCE_NAMES, 'the names');
    },
  },
  {
    id: 'fs.paths.file-url',
    wants: 'where paths are native, a percent-encoded file:// URL names the same file as the plain path, in every method',
    why: 'pickers and cameras hand out both forms of one path',
    applies: ({ nativePaths }) => nativePaths,
    run: async (given, check) => {
      const { fileSystem } = given;
      const plain = plainPath(given.directory);
      const url = (name: string): string => `${fileUrl(plain)}/${encodeURIComponent(name)}`;
      await writeFile(fileSystem, url('50% a.mp4'), patternBytes(90));
      check.bytes(await readFile(fileSystem, `${plain}/50% a.mp4`), patternBytes(90), 'what was written by URL, read by path');
      check.bytes(await readFile(fileSystem, url('50% a.mp4')), patternBytes(90), 'the same, read by URL');
      check.equal((await fileSystem.stat(url('50% a.mp4')))?.sizeBytes, 90, 'sizeBytes by URL');
      await fileSystem.rename(url('50% a.mp4'), url('b#?.mp4'));
      await fileSystem.makeDirectory(url('new dir'));
      check.sameSet(await fileSystem.list(fileUrl(plain)), ['b#?.mp4', 'new dir'], 'the names by URL');
      await fileSystem.remove(url('b#?.mp4'));
      await fileSystem.remove(url('new dir'));
      check.sameSet(await fileSystem.list(plain), [], 'the names by path, after both were removed by URL');
    },
  },
];

function plainPath(directory: string): string {
  return directory.startsWith('file://') ? decodeURIComponent(directory.slice('file://'.length)) : directory;
}

function fileUrl(plain: string): string {
  const encoded = plain
    .replace(/\\/g, '/')
    .split('/')
    .map(encodeURIComponent)
    .join('/')
    .replace(/^([A-Za-z])%3A/, '/$1:');
  return `file://${encoded}`;
}
