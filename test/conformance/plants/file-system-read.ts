import type { FileSystemClaims, FileSystemFixture } from '../../../src/conformance/index.js';
import { ReelwayError } from '../../../src/errors/index.js';
import { DIRECTORY, faulty, parentOf, reading, telling, unreadable } from './good-file-system.js';
import { type Plant, turns } from './plant.js';

export const readingPlants: readonly Plant<FileSystemFixture, FileSystemClaims>[] = [
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
];
