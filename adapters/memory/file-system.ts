/**
 * A file system in memory, over memfs: for tests, and as the shortest example of an adapter.
 * Every operation uses memfs' synchronous calls, so that its result depends only on the order of calls.
 */

import { createFsFromVolume, type IFs, Volume } from 'memfs';
import { assertOptions } from '../../src/adapter-kit/index.js';
import { ReelwayError } from '../../src/errors/index.js';
import type { Clock, CreateOptions, FileInfo, FileSystem, ReadHandle, WriteHandle } from '../../src/ports/index.js';

/** Options of {@link memoryFileSystem}. */
export interface MemoryFileSystemOptions {
  /** Bytes that all files together may hold, ≥ 0; more is STORAGE_FULL, and `freeBytes` is there. @default unbounded */
  readonly capacityBytes?: number;
  /** Returned as `FileSystem.roots`. @default none */
  readonly roots?: { readonly [name: string]: string };
  /** Source of modification times. @default the host's clock */
  readonly clock?: Pick<Clock, 'wallMs'>;
}

/** A file system in memory; gone with the process. Paths are POSIX paths, never `file://`; relative ones begin at the working directory of the process. */
export function memoryFileSystem(options: MemoryFileSystemOptions = {}): FileSystem {
  assertOptions('memoryFileSystem', options, { capacityBytes: true, roots: true, clock: true });
  const { capacityBytes, roots, clock } = options;
  if (capacityBytes !== undefined && !(capacityBytes >= 0)) throw new TypeError('capacityBytes must be a number ≥ 0');
  const volume = new MemoryVolume(capacityBytes, clock);
  return {
    nativePaths: false,
    ...(roots === undefined ? {} : { roots }),
    stat: async (path) => volume.stat(path),
    open: async (path) => volume.open(path),
    create: async (path, createOptions) => volume.create(path, createOptions ?? {}),
    rename: async (from, to) => volume.rename(from, to),
    remove: async (path) => volume.remove(path),
    list: async (directory) => volume.list(directory),
    makeDirectory: async (path) => volume.makeDirectory(path),
    ...(capacityBytes === undefined ? {} : { freeBytes: async () => volume.freeBytes() }),
  };
}

/** The volume behind one file system. */
class MemoryVolume {
  private readonly fs: IFs = createFsFromVolume(new Volume());
  private readonly capacityBytes: number | undefined;
  private readonly clock: Pick<Clock, 'wallMs'> | undefined;

  constructor(capacityBytes: number | undefined, clock: Pick<Clock, 'wallMs'> | undefined) {
    this.capacityBytes = capacityBytes;
    this.clock = clock;
  }

  stat(path: string): FileInfo | undefined {
    try {
      const stats = this.fs.statSync(path);
      const kind = stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : 'other';
      return { sizeBytes: kind === 'file' ? Number(stats.size) : 0, kind, modifiedMs: Math.trunc(Number(stats.mtimeMs)) };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw translated(error, path);
    }
  }

  open(path: string): ReadHandle {
    const info = this.stat(path);
    if (info === undefined) throw new ReelwayError('FILE_NOT_FOUND', { message: `No file at ${path}`, context: { path } });
    this.refuseOther(path, info);
    return new MemoryReadHandle(this.fs, this.openNode(path, 'r'), path);
  }

  create(path: string, options: CreateOptions): WriteHandle {
    const info = this.stat(path);
    if (info !== undefined) this.refuseOther(path, info);
    const handle = this.openNode(path, options.append === true ? 'a' : 'w');
    this.touch(path);
    return new MemoryWriteHandle(this, handle, path);
  }

  rename(from: string, to: string): void {
    const target = this.stat(to);
    // memfs would replace the directory and lose all files below it.
    if (target?.kind === 'directory')
      throw new ReelwayError('FILE_UNREADABLE', { message: `The target of a rename is a directory: ${to}`, context: { path: to } });
    if (this.stat(from) === undefined) {
      throw new ReelwayError('FILE_NOT_FOUND', { message: `No file at ${from}`, context: { path: from } });
    }
    guarded(from, () => this.fs.renameSync(from, to));
  }

  remove(path: string): void {
    if (this.stat(path) === undefined) return;
    guarded(path, () => this.fs.rmSync(path, { recursive: true, force: true }));
  }

  list(directory: string): string[] {
    if (this.stat(directory) === undefined) return [];
    return guarded(directory, () => this.fs.readdirSync(directory) as string[]);
  }

  makeDirectory(path: string): void {
    guarded(path, () => this.fs.mkdirSync(path, { recursive: true }));
    // memfs reports no error if a file has this name.
    if (this.stat(path)?.kind !== 'directory')
      throw new ReelwayError('FILE_UNREADABLE', { message: `Not a directory: ${path}`, context: { path } });
  }

  freeBytes(): number {
    return Math.max(0, (this.capacityBytes ?? Number.POSITIVE_INFINITY) - this.usedBytes('/'));
  }

  /** Writes the bytes that fit, as a full disk does, and then fails. */
  append(handle: number, path: string, bytes: Uint8Array): void {
    const room = this.capacityBytes === undefined ? bytes.length : Math.min(bytes.length, this.freeBytes());
    let written = 0;
    while (written < room) {
      written += guarded(path, () => this.fs.writeSync(handle, bytes, written, room - written));
    }
    this.touch(path);
    if (room < bytes.length)
      throw new ReelwayError('STORAGE_FULL', {
        message: `The capacity of ${this.capacityBytes} bytes does not suffice to write ${path}`,
        context: { path },
      });
  }

  close(handle: number): void {
    this.fs.closeSync(handle);
  }

  private openNode(path: string, flags: string): number {
    return guarded(path, () => this.fs.openSync(path, flags, 0o600));
  }

  private touch(path: string): void {
    if (this.clock === undefined || this.stat(path) === undefined) return;
    const seconds = this.clock.wallMs() / 1000;
    this.fs.utimesSync(path, seconds, seconds);
  }

  private refuseOther(path: string, info: FileInfo): void {
    if (info.kind !== 'file') throw new ReelwayError('FILE_UNREADABLE', { message: `Not a file: ${path}`, context: { path } });
  }

  private usedBytes(directory: string): number {
    let sum = 0;
    for (const name of this.fs.readdirSync(directory) as string[]) {
      const path = directory === '/' ? `/${name}` : `${directory}/${name}`;
      const info = this.stat(path);
      sum += info?.kind === 'directory' ? this.usedBytes(path) : (info?.sizeBytes ?? 0);
    }
    return sum;
  }
}

class MemoryReadHandle implements ReadHandle {
  private readonly fs: IFs;
  private readonly path: string;
  private handle: number | undefined;

  constructor(fs: IFs, handle: number, path: string) {
    this.fs = fs;
    this.handle = handle;
    this.path = path;
  }

  async readInto(buffer: Uint8Array, position: number): Promise<number> {
    const handle = this.handle;
    if (handle === undefined) throw new ReelwayError('FILE_UNREADABLE', { message: 'The handle is closed', context: { path: this.path } });
    if (buffer.length === 0) return 0;
    return guarded(this.path, () => this.fs.readSync(handle, buffer, 0, buffer.length, position));
  }

  async close(): Promise<void> {
    if (this.handle === undefined) return;
    this.fs.closeSync(this.handle);
    this.handle = undefined;
  }
}

class MemoryWriteHandle implements WriteHandle {
  private readonly volume: MemoryVolume;
  private readonly path: string;
  private handle: number | undefined;

  constructor(volume: MemoryVolume, handle: number, path: string) {
    this.volume = volume;
    this.handle = handle;
    this.path = path;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.handle === undefined) {
      throw new ReelwayError('FILE_UNREADABLE', { message: 'The handle is closed', context: { path: this.path } });
    }
    this.volume.append(this.handle, this.path, bytes);
  }

  async close(): Promise<void> {
    if (this.handle === undefined) return;
    this.volume.close(this.handle);
    this.handle = undefined;
  }
}

function guarded<T>(path: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw translated(error, path);
  }
}

function isMissing(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

function translated(error: unknown, path: string): ReelwayError {
  const message = error instanceof Error ? error.message : String(error);
  return new ReelwayError('FILE_UNREADABLE', { message, context: { path }, cause: error });
}
