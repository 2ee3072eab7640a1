/** A file system with every optional method, and ways of making it faulty. */
import { memoryFileSystem } from '../../../adapters/memory/index.js';
import type { FileSystemClaims, FileSystemFixture } from '../../../src/conformance/index.js';
import { createHash } from '../../../src/core/index.js';
import { ReelwayError } from '../../../src/errors/index.js';
import type { FileInfo, FileSystem, ReadHandle, WriteHandle } from '../../../src/ports/index.js';

const ROOM_BYTES = 1_500_000;
export const DIRECTORY = '/documents';

export const fileSystemClaims: FileSystemClaims = { atomicRename: true, caseSensitive: true, roomBytes: ROOM_BYTES };

/** A file system with every optional method, over the one in memory. */
export async function goodFileSystem(): Promise<FileSystemFixture> {
  const memory = memoryFileSystem({ capacityBytes: ROOM_BYTES, roots: { documents: DIRECTORY } });
  await memory.makeDirectory(DIRECTORY);
  const fileSystem: FileSystem = {
    ...memory,
    nativePaths: true,
    stat: (path) => memory.stat(plain(path)),
    open: (path) => memory.open(plain(path)),
    create: (path, options) => memory.create(plain(path), options),
    rename: (from, to) => memory.rename(plain(from), plain(to)),
    remove: (path) => memory.remove(plain(path)),
    list: (directory) => memory.list(plain(directory)),
    makeDirectory: (path) => memory.makeDirectory(plain(path)),
    sliceToFile: async (source, range, destination) => {
      const bytes = await contentOf(memory, source);
      if (bytes.length < range.end) throw new ReelwayError('FILE_UNREADABLE');
      await put(memory, destination, bytes.subarray(range.start, range.end));
    },
    hashFile: async (path, algorithm) => {
      const hash = createHash(algorithm);
      hash.update(await contentOf(memory, path));
      return hash.digest();
    },
    importFile: async (uri, destination) => put(memory, destination, await contentOf(memory, uri)),
  };
  return { fileSystem, directory: DIRECTORY, reopen: async () => fileSystem };
}

function plain(path: string): string {
  return path.startsWith('file://') ? decodeURIComponent(path.slice('file://'.length)) : path;
}

export async function contentOf(fileSystem: FileSystem, path: string): Promise<Uint8Array> {
  const handle = await fileSystem.open(path);
  const bytes = new Uint8Array((await fileSystem.stat(path))?.sizeBytes ?? 0);
  await handle.readInto(bytes, 0);
  await handle.close();
  return bytes;
}

export async function put(fileSystem: FileSystem, path: string, bytes: Uint8Array): Promise<void> {
  const handle = await fileSystem.create(path);
  await handle.write(bytes);
  await handle.close();
}

/** The good file system with some methods replaced. */
export function faulty(change: (good: FileSystem) => Partial<FileSystem>) {
  return async (): Promise<FileSystemFixture> => {
    const given = await goodFileSystem();
    const fileSystem = { ...given.fileSystem, ...change(given.fileSystem) };
    return { ...given, fileSystem, reopen: async () => fileSystem };
  };
}

/** The good file system with another way of reading. */
export function reading(change: (handle: ReadHandle, path: string) => Partial<ReadHandle>) {
  return faulty((good) => ({
    open: async (path) => {
      const handle = await good.open(path);
      return { readInto: handle.readInto.bind(handle), close: handle.close.bind(handle), ...change(handle, path) };
    },
  }));
}

/** The good file system with another way of writing. */
export function writing(change: (handle: WriteHandle) => Partial<WriteHandle>) {
  return faulty((good) => ({
    create: async (path, options) => {
      const handle = await good.create(path, options);
      return { write: handle.write.bind(handle), close: handle.close.bind(handle), ...change(handle) };
    },
  }));
}

/** The good file system behind another spelling of paths. */
export function respelled(spell: (path: string) => string) {
  return faulty((good) => ({
    stat: (path) => good.stat(spell(path)),
    open: (path) => good.open(spell(path)),
    create: (path, options) => good.create(spell(path), options),
    rename: (from, to) => good.rename(spell(from), spell(to)),
    remove: (path) => good.remove(spell(path)),
    list: (directory) => good.list(spell(directory)),
    makeDirectory: (path) => good.makeDirectory(spell(path)),
  }));
}

/** The good file system that tells something else of what is there. */
export function telling(change: (info: FileInfo, path: string) => Partial<FileInfo>) {
  return faulty((good) => ({
    stat: async (path) => {
      const info = await good.stat(path);
      return info && { ...info, ...change(info, path) };
    },
  }));
}

export function unreadable(path: string): ReelwayError {
  return new ReelwayError('FILE_UNREADABLE', { context: { path } });
}

export const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));
