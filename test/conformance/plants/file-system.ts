import { memoryFileSystem } from '../../../adapters/memory/index.js';
import type { FileSystemClaims, FileSystemFixture } from '../../../src/conformance/index.js';
import { createHash } from '../../../src/core/index.js';
import { ReelwayError } from '../../../src/errors/index.js';
import type { FileInfo, FileSystem, ReadHandle, WriteHandle } from '../../../src/ports/index.js';
import { type Plant, turns } from './plant.js';

const ROOM_BYTES = 1_500_000;
const DIRECTORY = '/documents';

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

async function contentOf(fileSystem: FileSystem, path: string): Promise<Uint8Array> {
  const handle = await fileSystem.open(path);
  const bytes = new Uint8Array((await fileSystem.stat(path))?.sizeBytes ?? 0);
  await handle.readInto(bytes, 0);
  await handle.close();
  return bytes;
}

async function put(fileSystem: FileSystem, path: string, bytes: Uint8Array): Promise<void> {
  const handle = await fileSystem.create(path);
  await handle.write(bytes);
  await handle.close();
}

/** The good file system with some methods replaced. */
function faulty(change: (good: FileSystem) => Partial<FileSystem>) {
  return async (): Promise<FileSystemFixture> => {
    const given = await goodFileSystem();
    const fileSystem = { ...given.fileSystem, ...change(given.fileSystem) };
    return { ...given, fileSystem, reopen: async () => fileSystem };
  };
}

/** The good file system with another way of reading. */
function reading(change: (handle: ReadHandle, path: string) => Partial<ReadHandle>) {
  return faulty((good) => ({
    open: async (path) => {
      const handle = await good.open(path);
      return { readInto: handle.readInto.bind(handle), close: handle.close.bind(handle), ...change(handle, path) };
    },
  }));
}

/** The good file system with another way of writing. */
function writing(change: (handle: WriteHandle) => Partial<WriteHandle>) {
  return faulty((good) => ({
    create: async (path, options) => {
      const handle = await good.create(path, options);
      return { write: handle.write.bind(handle), close: handle.close.bind(handle), ...change(handle) };
    },
  }));
}

/** The good file system behind another spelling of paths. */
function respelled(spell: (path: string) => string) {
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
function telling(change: (info: FileInfo, path: string) => Partial<FileInfo>) {
  return faulty((good) => ({
    stat: async (path) => {
      const info = await good.stat(path);
      return info && { ...info, ...change(info, path) };
    },
  }));
}

function unreadable(path: string): ReelwayError {
  return new ReelwayError('FILE_UNREADABLE', { context: { path } });
}

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));

export const fileSystemPlants: readonly Plant<FileSystemFixture, FileSystemClaims>[] = [
  {
    name: 'says null for what it cannot do',
    clause: 'fs.shape',
    also: ['fs.free-bytes'],
    make: faulty(() => ({ freeBytes: null as never })),
  },
  { name: 'has an empty root', clause: 'fs.shape', make: faulty(() => ({ roots: { documents: '' } })) },
  {
    name: 'takes the directory of the app for something else',
    clause: 'fs.stat.kinds',
    make: telling((info, path) => ({ kind: path === DIRECTORY ? 'other' : info.kind })),
  },
  {
    name: 'tells sizes in 16 bits',
    clause: 'fs.stat.size',
    also: ['fs.write.large'],
    make: telling((info) => ({ sizeBytes: info.sizeBytes % 65_536 })),
  },
  {
    name: 'tells times in seconds',
    clause: 'fs.stat.modified-ms',
    make: telling((info) => ({ modifiedMs: Math.trunc((info.modifiedMs ?? 0) / 1_000) })),
  },
  {
    name: 'rejects stat below a file',
    clause: 'fs.stat.missing',
    make: faulty((good) => ({
      stat: async (path) => {
        if ((await good.stat(parentOf(path)))?.kind === 'file') throw unreadable(path);
        return good.stat(path);
      },
    })),
  },
  {
    name: 'lists what lies deeper too',
    clause: 'fs.list.names',
    make: faulty((good) => ({
      list: async (directory) => {
        const names = await good.list(directory);
        const deeper = await Promise.all(
          names.map(async (name) => {
            const below = (await good.stat(`${directory}/${name}`))?.kind === 'directory' ? await good.list(`${directory}/${name}`) : [];
            return below.map((lower) => `${name}/${lower}`);
          }),
        );
        return [...names, ...deeper.flat()];
      },
    })),
  },
  {
    name: 'lists paths instead of names',
    clause: 'fs.list.names',
    also: ['fs.names.engine', 'fs.names.reserved', 'fs.names.source', 'fs.paths.file-url', 'fs.remove.file'],
    make: faulty((good) => ({ list: async (directory) => (await good.list(directory)).map((name) => `${directory}/${name}`) })),
  },
  {
    name: 'rejects the listing of a missing directory',
    clause: 'fs.list.missing',
    make: faulty((good) => ({
      list: async (directory) => {
        if ((await good.stat(directory)) === undefined) throw new ReelwayError('FILE_NOT_FOUND');
        return good.list(directory);
      },
    })),
  },
  {
    name: 'calls a missing file unreadable',
    clause: 'fs.open.missing',
    make: faulty((good) => ({
      open: (path) =>
        good.open(path).catch(() => {
          throw unreadable(path);
        }),
    })),
  },
  {
    name: "rejects with the host's own error",
    clause: 'fs.open.missing',
    make: faulty((good) => ({
      open: async (path) => {
        if ((await good.stat(path)) === undefined) throw Object.assign(new RangeError('no such file'), { code: 'ENOENT' });
        return good.open(path);
      },
    })),
  },
  {
    name: 'opens directories',
    clause: 'fs.open.not-a-file',
    make: faulty((good) => ({
      open: async (path) => {
        if ((await good.stat(path))?.kind !== 'directory') return good.open(path);
        return { readInto: async () => 0, close: async () => undefined };
      },
    })),
  },
  {
    name: 'reads on where the same position is asked for twice',
    clause: 'fs.read.position',
    make: reading((handle) => {
      let last = { position: -1, count: 0 };
      return {
        readInto: async (buffer, position) => {
          const from = position === last.position ? position + last.count : position;
          const count = await handle.readInto(buffer, from);
          last = { position, count };
          return count;
        },
      };
    }),
  },
  {
    name: 'clears the buffer behind what it read',
    clause: 'fs.read.count',
    make: reading((handle) => ({
      readInto: async (buffer, position) => {
        const count = await handle.readInto(buffer, position);
        buffer.fill(0, count);
        return count;
      },
    })),
  },
  {
    name: 'reads into the start of the buffer around the view',
    clause: 'fs.read.view',
    make: reading((handle) => ({
      readInto: (buffer, position) => handle.readInto(new Uint8Array(buffer.buffer as ArrayBuffer, 0, buffer.length), position),
    })),
  },
  {
    name: 'rejects reads beyond the end',
    clause: 'fs.read.end',
    make: faulty((good) => ({
      open: async (path) => {
        const handle = await good.open(path);
        const size = (await good.stat(path))?.sizeBytes ?? 0;
        return {
          readInto: async (buffer, position) => {
            if (position > size) throw unreadable(path);
            return handle.readInto(buffer, position);
          },
          close: () => handle.close(),
        };
      },
    })),
  },
  {
    name: 'moves a cursor, and does not queue',
    clause: 'fs.read.overlap',
    make: reading((handle) => {
      let cursor = 0;
      return {
        readInto: async (buffer, position) => {
          cursor = position;
          await turns(2);
          return handle.readInto(buffer, cursor);
        },
      };
    }),
  },
  {
    name: 'copies into the buffer once more after it has settled',
    clause: 'fs.read.lent',
    make: reading((handle) => ({
      readInto: async (buffer, position) => {
        const count = await handle.readInto(buffer, position);
        const bytes = buffer.slice(0, count);
        turns(5).then(() => buffer.set(bytes));
        return count;
      },
    })),
  },
  {
    name: 'cannot read more than 262,144 bytes at once',
    clause: 'fs.read.large',
    make: reading((handle, path) => ({
      readInto: async (buffer, position) => {
        if (buffer.length > 262_144) throw unreadable(path);
        return handle.readInto(buffer, position);
      },
    })),
  },
  {
    name: 'rejects the second close of a reader',
    clause: 'fs.read.close',
    make: reading((handle, path) => {
      let closed = false;
      return {
        close: async () => {
          if (closed) throw unreadable(path);
          closed = true;
          await handle.close();
        },
      };
    }),
  },
  {
    name: 'writes over the old bytes without emptying the file',
    clause: 'fs.create.truncates',
    make: faulty((good) => ({
      create: async (path, options) => {
        const old = (await good.stat(path)) === undefined || options?.append === true ? new Uint8Array(0) : await contentOf(good, path);
        const handle = await good.create(path, options);
        let written = 0;
        let closed = false;
        return {
          write: async (bytes) => {
            written += bytes.length;
            await handle.write(bytes);
          },
          close: async () => {
            if (!closed) await handle.write(old.subarray(written));
            closed = true;
            await handle.close();
          },
        };
      },
    })),
  },
  {
    name: 'does not know append',
    clause: 'fs.create.append',
    also: ['fs.write.full'],
    make: faulty((good) => ({ create: (path) => good.create(path) })),
  },
  {
    name: 'makes missing parents by itself',
    clause: 'fs.create.refused',
    make: faulty((good) => ({
      create: async (path, options) => {
        await good.makeDirectory(parentOf(path));
        return good.create(path, options);
      },
    })),
  },
  {
    name: 'forgets a small piece that a larger one follows',
    clause: 'fs.write.all',
    make: writing((handle) => {
      let held = new Uint8Array(0);
      return {
        write: async (bytes) => {
          if (bytes.length >= 16) {
            held = new Uint8Array(0);
            await handle.write(bytes);
          } else held = bytes.slice();
        },
        close: async () => {
          const last = held;
          held = new Uint8Array(0);
          if (last.length > 0) await handle.write(last);
          await handle.close();
        },
      };
    }),
  },
  {
    name: 'writes short without saying so',
    clause: 'fs.write.all',
    also: ['fs.hash-file', 'fs.import-file.copies', 'fs.read.large', 'fs.stat.size', 'fs.write.full', 'fs.write.large'],
    make: writing((handle) => ({ write: (bytes) => handle.write(bytes.subarray(0, 65_536)) })),
  },
  {
    name: 'writes no more than 1 MiB',
    clause: 'fs.write.large',
    also: ['fs.read.large'],
    make: writing((handle) => {
      let left = 1_048_576;
      return {
        write: async (bytes) => {
          const room = Math.min(left, bytes.length);
          left -= room;
          await handle.write(bytes.subarray(0, room));
        },
      };
    }),
  },
  {
    name: 'writes the buffer around the view',
    clause: 'fs.write.view',
    also: ['fs.read.large', 'fs.write.large'],
    make: writing((handle) => ({ write: (bytes) => handle.write(new Uint8Array(bytes.buffer as ArrayBuffer)) })),
  },
  {
    name: 'writes at close what it was lent long before',
    clause: 'fs.write.lent',
    make: writing((handle) => {
      const kept: Uint8Array[] = [];
      return {
        write: async (bytes) => {
          if (bytes.length === 2_000) kept.push(bytes);
          else await handle.write(bytes);
        },
        close: async () => {
          for (const bytes of kept.splice(0)) await handle.write(bytes);
          await handle.close();
        },
      };
    }),
  },
  {
    name: 'rejects the second close of a writer',
    clause: 'fs.write.close',
    make: writing((handle) => {
      let closed = false;
      return {
        close: async () => {
          if (closed) throw unreadable('');
          closed = true;
          await handle.close();
        },
      };
    }),
  },
  {
    name: 'writes behind close',
    clause: 'fs.write.close',
    make: async () => {
      const given = await goodFileSystem();
      return { ...given, reopen: async () => (await goodFileSystem()).fileSystem };
    },
  },
  {
    name: 'writes to the file that was opened last',
    clause: 'fs.write.overlap',
    make: faulty((good) => {
      let last: WriteHandle | undefined;
      return {
        create: async (path, options) => {
          const handle = await good.create(path, options);
          last = handle;
          return { write: async (bytes) => (last ?? handle).write(bytes), close: () => handle.close() };
        },
      };
    }),
  },
  {
    name: 'calls a full disk unreadable',
    clause: 'fs.write.full',
    make: writing((handle) => ({
      write: (bytes) =>
        handle.write(bytes).catch(() => {
          throw unreadable('');
        }),
    })),
  },
  {
    name: 'renames inside one directory only',
    clause: 'fs.rename.moves',
    make: faulty((good) => ({
      rename: async (from, to) => {
        if (parentOf(from) !== parentOf(to)) throw unreadable(to);
        await good.rename(from, to);
      },
    })),
  },
  {
    name: 'copies where it should move',
    clause: 'fs.rename.moves',
    also: ['fs.paths.file-url', 'fs.rename.replaces'],
    make: faulty((good) => ({
      rename: async (from, to) => {
        const bytes = await contentOf(good, from);
        await put(good, `${to}.part`, bytes);
        await good.rename(`${to}.part`, to);
      },
    })),
  },
  {
    name: 'refuses to rename over a file',
    clause: 'fs.rename.replaces',
    also: ['fs.rename.atomic'],
    make: faulty((good) => ({
      rename: async (from, to) => {
        if ((await good.stat(from)) !== undefined && (await good.stat(to)) !== undefined) throw unreadable(to);
        await good.rename(from, to);
      },
    })),
  },
  {
    name: 'removes the target before it moves',
    clause: 'fs.rename.atomic',
    make: faulty((good) => ({
      rename: async (from, to) => {
        if ((await good.stat(from)) !== undefined) await good.remove(to);
        await turns(10);
        await good.rename(from, to);
      },
    })),
  },
  {
    name: 'removes the target though there is nothing to move',
    clause: 'fs.rename.missing',
    make: faulty((good) => ({
      rename: async (from, to) => {
        if ((await good.stat(from)) === undefined) await good.remove(to);
        await good.rename(from, to);
      },
    })),
  },
  {
    name: 'takes the rename of a missing file for done',
    clause: 'fs.rename.missing',
    make: faulty((good) => ({
      rename: async (from, to) => {
        if ((await good.stat(from)) !== undefined) await good.rename(from, to);
      },
    })),
  },
  {
    name: 'removes the temporary file of that name too',
    clause: 'fs.remove.file',
    make: faulty((good) => ({
      remove: async (path) => {
        await good.remove(`${path}.tmp`);
        await good.remove(path);
      },
    })),
  },
  {
    name: 'rejects the removal of a missing file',
    clause: 'fs.remove.missing',
    make: faulty((good) => ({
      remove: async (path) => {
        if ((await good.stat(path)) === undefined) throw new ReelwayError('FILE_NOT_FOUND');
        await good.remove(path);
      },
    })),
  },
  {
    name: 'removes empty directories only',
    clause: 'fs.remove.recursive',
    make: faulty((good) => ({
      remove: async (path) => {
        if ((await good.stat(path))?.kind === 'directory' && (await good.list(path)).length > 0) throw unreadable(path);
        await good.remove(path);
      },
    })),
  },
  {
    name: 'makes no parents',
    clause: 'fs.make-directory.parents',
    also: ['fs.remove.recursive'],
    make: faulty((good) => ({
      makeDirectory: async (path) => {
        if (!path.startsWith('file:') && (await good.stat(parentOf(path))) === undefined) throw unreadable(path);
        await good.makeDirectory(path);
      },
    })),
  },
  {
    name: 'rejects a directory that exists',
    clause: 'fs.make-directory.exists',
    make: faulty((good) => ({
      makeDirectory: async (path) => {
        if ((await good.stat(path)) !== undefined) throw unreadable(path);
        await good.makeDirectory(path);
      },
    })),
  },
  {
    name: 'empties a directory that exists',
    clause: 'fs.make-directory.exists',
    make: faulty((good) => ({
      makeDirectory: async (path) => {
        if ((await good.stat(path))?.kind === 'directory') await good.remove(path);
        await good.makeDirectory(path);
      },
    })),
  },
  {
    name: 'cuts names at 100 characters',
    clause: 'fs.names.engine',
    make: respelled((path) =>
      path
        .split('/')
        .map((name) => (name.startsWith('xxx') ? name.slice(0, 100) : name))
        .join('/'),
    ),
  },
  { name: 'drops trailing dots', clause: 'fs.names.reserved', make: respelled((path) => path.replace(/(\w)\.+$/, '$1')) },
  { name: 'writes all names in small letters', clause: 'fs.names.case', make: respelled((path) => path.toLowerCase()) },
  {
    name: 'decodes percent signs in plain paths',
    clause: 'fs.names.source',
    make: respelled((path) =>
      path.startsWith('file:')
        ? path
        : path.replace(/%([0-9a-f]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    ),
  },
  {
    name: 'cuts off file:// without decoding',
    clause: 'fs.paths.file-url',
    make: respelled((path) => path.replace(/^file:\/\//, '')),
  },
  { name: 'does not know how much room there is', clause: 'fs.free-bytes', make: faulty(() => ({ freeBytes: async () => Number.NaN })) },
  {
    name: 'takes the end of a slice as inclusive',
    clause: 'fs.slice-to-file.exact',
    make: faulty((good) => ({
      sliceToFile: async (source, { start, end }, destination) => {
        const size = (await good.stat(source))?.sizeBytes ?? 0;
        await good.sliceToFile?.(source, { start, end: end > size ? end : Math.min(end + 1, size) }, destination);
      },
    })),
  },
  {
    name: 'slices short',
    clause: 'fs.slice-to-file.short',
    make: faulty((good) => ({
      sliceToFile: async (source, { start, end }, destination) => {
        const size = (await good.stat(source))?.sizeBytes ?? end;
        await good.sliceToFile?.(source, { start, end: Math.min(end, size) }, destination);
      },
    })),
  },
  {
    name: 'tells hashes in capitals',
    clause: 'fs.hash-file',
    make: faulty((good) => ({ hashFile: async (path, algorithm) => (await good.hashFile?.(path, algorithm))?.toUpperCase() ?? '' })),
  },
  {
    name: 'moves where it should copy',
    clause: 'fs.import-file.copies',
    make: faulty((good) => ({ importFile: (uri, destination) => good.rename(uri, destination) })),
  },
  {
    name: 'leaves an empty file where the import failed',
    clause: 'fs.import-file.missing',
    make: faulty((good) => ({
      importFile: async (uri, destination) => {
        await put(good, destination, new Uint8Array(0));
        await good.importFile?.(uri, destination);
      },
    })),
  },
];
