import type { FileSystemClaims, FileSystemFixture } from '../../../src/conformance/index.js';
import { ReelwayError } from '../../../src/errors/index.js';
import type { WriteHandle } from '../../../src/ports/index.js';
import { contentOf, faulty, goodFileSystem, parentOf, put, respelled, unreadable, writing } from './good-file-system.js';
import { type Plant, turns } from './plant.js';

/** The good file system that keeps 2,000 lent bytes so, and writes them at close. */
function writingAtClose(keep: (bytes: Uint8Array) => Uint8Array) {
  return writing((handle) => {
    const kept: Uint8Array[] = [];
    return {
      write: async (bytes) => {
        if (bytes.length === 2_000) kept.push(keep(bytes));
        else await handle.write(bytes);
      },
      close: async () => {
        for (const bytes of kept.splice(0)) await handle.write(bytes);
        await handle.close();
      },
    };
  });
}

export const changingPlants: readonly Plant<FileSystemFixture, FileSystemClaims>[] = [
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
    make: writingAtClose((bytes) => bytes),
  },
  {
    name: 'writes at close the slice of what it was lent long before',
    clause: 'fs.write.lent',
    make: writingAtClose((bytes) => bytes.slice()),
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
