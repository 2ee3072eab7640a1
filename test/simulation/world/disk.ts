/** Files in the simulated world: short reads, errors, a full disk; what was not closed when the process died is lost in part. */
import { ReelwayError } from '../../../src/errors/index.js';
import type { FileSystem, ReadHandle, WriteHandle } from '../../../src/index.js';
import type { Life } from './life.js';
import { CANARY } from './world.js';

export interface SimulatedFile {
  bytes: Uint8Array;
  modifiedMs: number;
}

/** What outlives the process. */
export class Disk {
  readonly files = new Map<string, SimulatedFile>();
  readonly directories = new Set<string>(['/']);
  /** Told of each change of size, for budgets that must hold at every step. */
  onChange: () => void = () => undefined;

  /** Told of each read after it, with the bytes that were asked for. */
  onRead: (path: string, bytes: number) => void = () => undefined;

  /** Removes a file, or a directory with all below it. */
  remove(path: string): void {
    const below = (name: string): boolean => name === path || name.startsWith(`${path}/`);
    for (const name of [...this.files.keys()].filter(below)) this.files.delete(name);
    for (const name of [...this.directories].filter(below)) this.directories.delete(name);
    this.onChange();
  }

  /** Bytes of all files below a directory. */
  usedBelow(directory: string): number {
    let sum = 0;
    for (const [path, file] of this.files) if (path.startsWith(`${directory}/`)) sum += file.bytes.length;
    return sum;
  }
}

const LARGEST_READ = 524_288;

/** The file system as one life sees it. */
export function fileSystemOf(life: Life, disk: Disk, nativePaths = false): FileSystem {
  const { world } = life;
  const failed = (path: string): ReelwayError =>
    new ReelwayError('FILE_UNREADABLE', { message: 'simulated', context: { path }, cause: new Error(CANARY) });
  const full = (path: string): ReelwayError => new ReelwayError('STORAGE_FULL', { message: 'simulated', context: { path } });
  const operate = <T>(label: string, apply: () => T): Promise<T> => life.operate(label, world.delay(3), apply);
  const isDirectory = (path: string): boolean => disk.directories.has(path);
  return {
    nativePaths,
    stat: (path) => {
      const bad = life.alive && world.strikes('statError');
      return operate(`stat ${path}`, () => {
        if (bad || world.unreadable.has(path)) throw failed(path);
        const file = disk.files.get(path);
        if (file !== undefined) return { sizeBytes: file.bytes.length, kind: 'file', modifiedMs: file.modifiedMs };
        return isDirectory(path) ? { sizeBytes: 0, kind: 'directory' } : undefined;
      });
    },
    open: (path) => {
      const bad = life.alive && world.strikes('readError');
      return operate(`open ${path}`, () => {
        if (bad || isDirectory(path) || world.unreadable.has(path)) throw failed(path);
        const file = disk.files.get(path);
        if (file === undefined) throw new ReelwayError('FILE_NOT_FOUND', { message: 'simulated', context: { path } });
        return readHandle(life, path, file, disk, failed);
      });
    },
    create: (path, options = {}) => {
      const bad = life.alive && world.strikes('diskFull');
      const refused = life.alive && path.startsWith('/cache/') && world.strikes('cacheRefused');
      return operate(`create ${path}`, () => {
        if (bad) throw full(path);
        if (refused || isDirectory(path) || !isDirectory(parentOf(path))) throw failed(path);
        const before = disk.files.get(path);
        const file = options.append === true && before !== undefined ? before : { bytes: new Uint8Array(0), modifiedMs: 0 };
        disk.files.set(path, file);
        disk.onChange();
        return writeHandle(life, path, file, disk, full);
      });
    },
    rename: (from, to) => {
      const bad = life.alive && world.strikes('readError');
      return operate(`rename ${from} ${to}`, () => {
        const file = disk.files.get(from);
        if (bad || isDirectory(to)) throw failed(from);
        if (file === undefined) throw new ReelwayError('FILE_NOT_FOUND', { message: 'simulated', context: { path: from } });
        disk.files.delete(from);
        disk.files.set(to, file);
        disk.onChange();
      });
    },
    remove: (path) => {
      const bad = life.alive && world.strikes('readError');
      return operate(`remove ${path}`, () => {
        if (bad) throw failed(path);
        disk.remove(path);
      });
    },
    list: (directory) => {
      const bad = life.alive && world.strikes('readError');
      return operate(`list ${directory}`, () => {
        if (bad) throw failed(directory);
        const all = [...disk.files.keys(), ...disk.directories].filter((path) => path !== directory && parentOf(path) === directory);
        return all.map((path) => path.slice(directory === '/' ? 1 : directory.length + 1));
      });
    },
    makeDirectory: (path) =>
      operate(`mkdir ${path}`, () => {
        const parts = path.split('/').filter((part) => part !== '');
        for (let count = 1; count <= parts.length; count += 1) disk.directories.add(`/${parts.slice(0, count).join('/')}`);
      }),
    freeBytes: (directory) => operate(`free ${directory}`, () => 1_000_000_000),
  };
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}

function readHandle(life: Life, path: string, file: SimulatedFile, disk: Disk, failed: (path: string) => ReelwayError): ReadHandle {
  const { world } = life;
  const closed = life.hold('read handle');
  return {
    readInto: (buffer, position) => {
      if (buffer.length > LARGEST_READ) world.violate('I4', `a read of ${buffer.length} bytes`);
      const bad = life.alive && world.strikes('readError');
      const short = life.alive && buffer.length > 1 && world.strikes('shortRead');
      const most = short ? 1 + Math.floor(world.random() * (buffer.length - 1)) : buffer.length;
      return life.operate(`read ${path} ${position} ${buffer.length}`, world.delay(3), () => {
        if (bad || world.unreadable.has(path)) throw failed(path);
        const piece = file.bytes.subarray(position, position + most);
        buffer.set(piece);
        disk.onRead(path, buffer.length);
        return piece.length;
      });
    },
    close: () => {
      closed();
      return life.alive ? Promise.resolve() : life.operate('', 0, () => undefined);
    },
  };
}

function writeHandle(life: Life, path: string, file: SimulatedFile, disk: Disk, full: (path: string) => ReelwayError): WriteHandle {
  const { world } = life;
  const append = (bytes: Uint8Array): void => {
    const grown = new Uint8Array(file.bytes.length + bytes.length);
    grown.set(file.bytes);
    grown.set(bytes, file.bytes.length);
    file.bytes = grown;
    file.modifiedMs = Math.floor(world.timeline.wallMs());
    disk.onChange();
  };
  const closed = life.hold('write handle');
  // Nothing of an unclosed file is sure: any prefix may be left.
  const forget = life.atDeath(() => {
    file.bytes = file.bytes.slice(0, Math.floor(world.random() * (file.bytes.length + 1)));
  });
  return {
    write: (bytes) => {
      const bad = life.alive && world.strikes('diskFull');
      const sent = bytes.slice();
      const room = bad ? Math.floor(world.random() * bytes.length) : bytes.length;
      return life.operate(`write ${path} ${bytes.length}`, world.delay(3), () => {
        if (!isSame(bytes, sent)) world.violate('lending', `bytes for ${path} changed while they were lent`);
        append(sent.subarray(0, room));
        if (bad) throw full(path);
      });
    },
    close: () =>
      life.operate(`close ${path}`, world.delay(3), () => {
        closed();
        forget();
      }),
  };
}

export function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
