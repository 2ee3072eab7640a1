/** Files of the host, over node:fs: sources, staged copies, the cache. */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, readdir, readlink, realpath, rename, rm, stat, statfs } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { assertOptions, MAX_PIECE_BYTES, type SpareBuffers, spareBuffers } from '../../../src/adapter-kit/index.js';
import { ReelwayError } from '../../../src/errors/index.js';
import type { CreateOptions, FileInfo, FileSystem, ReadHandle, WriteHandle } from '../../../src/ports/index.js';
import { type Durability, makePrivateDirectory, openForReading, openForWriting, syncDirectory, writeAll } from './durable.js';
import { errnoOf, fileError, isMissing, unsafePath } from './errors.js';
import { nativePath } from './paths.js';

/** Mode of an output that replaces no file; the umask applies. */
const DEFAULT_MODE = 0o666;
/** As many as Linux follows. */
const MAX_LINKS = 40;

/** Options of {@link nodeFileSystem}. */
export interface NodeFileSystemOptions {
  /**
   * `full`: `close` and `rename` sync to the disk, so files survive a power cut. `process`: they survive the end of
   * the process only, and are faster; suitable for a cache that is verified when read.
   * @default 'full'
   */
  readonly durability?: Durability;
  /** Returned as `FileSystem.roots`: directories that move between launches, by name. @default none */
  readonly roots?: { readonly [name: string]: string };
}

/**
 * The host's files over node:fs. Paths are plain or `file://` (percent-encoded).
 *
 * Files are made with mode 0600 and directories with 0700. Symbolic links are followed for reading, and refused for writing
 * (UNSAFE_PATH). Pipes, sockets and devices are never opened.
 */
export function nodeFileSystem(options: NodeFileSystemOptions = {}): FileSystem {
  assertOptions('nodeFileSystem', options, { durability: true, roots: true });
  const { durability = 'full', roots } = options;
  const pool = spareBuffers(2);
  return {
    nativePaths: true,
    ...(roots === undefined ? {} : { roots }),
    stat: (path) => guarded(path, 'FILE_UNREADABLE', statOf),
    open: (path) => guarded(path, 'FILE_NOT_FOUND', async (native) => new NodeReadHandle(await openSource(native), path)),
    create: (path, createOptions) =>
      guarded(path, 'FILE_UNREADABLE', async (native) => new NodeWriteHandle(await openTarget(native, createOptions), path, durability)),
    rename: (from, to) => guarded(from, 'FILE_NOT_FOUND', (native) => renameDurably(native, nativePath(to), durability)),
    remove: (path) => guarded(path, 'FILE_NOT_FOUND', removeAll),
    list: (directory) => guarded(directory, 'FILE_UNREADABLE', namesIn),
    makeDirectory: (path) => guarded(path, 'FILE_UNREADABLE', (native) => makePrivateDirectory(native, durability)),
    freeBytes: (directory) => guarded(directory, 'FILE_UNREADABLE', freeBytesBelow),
    hashFile: (path, algorithm) => guarded(path, 'FILE_NOT_FOUND', (native) => hashOf(native, algorithm, pool)),
    absolutePath: (path) => guarded(path, 'FILE_UNREADABLE', async (native) => (isAbsolute(native) ? path : resolve(native))),
    linkTarget: (path) =>
      guarded(path, 'FILE_UNREADABLE', async (native) => {
        const target = await linkTargetOf(native);
        return target === native ? path : target;
      }),
  };
}

/** Runs a call on the native path, and converts its errors. */
async function guarded<T>(path: string, missing: 'FILE_NOT_FOUND' | 'FILE_UNREADABLE', run: (native: string) => Promise<T>): Promise<T> {
  try {
    return await run(nativePath(path));
  } catch (error) {
    throw fileError(error, path, missing);
  }
}

async function statOf(native: string): Promise<FileInfo | undefined> {
  try {
    const stats = await stat(native);
    const kind = stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : 'other';
    return { sizeBytes: stats.size, kind, modifiedMs: Math.floor(stats.mtimeMs) };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Checks the kind before it opens: opening a pipe or a device can have side effects. */
async function openSource(native: string): Promise<FileHandle> {
  const info = await stat(native);
  if (!info.isFile()) throw new ReelwayError('FILE_UNREADABLE', { message: `Not a regular file: ${native}`, context: { path: native } });
  return openForReading(native, 'follow');
}

async function openTarget(native: string, { append = false, replaces }: CreateOptions = {}): Promise<FileHandle> {
  if (replaces === undefined) return openForWriting(native, append ? constants.O_APPEND : constants.O_TRUNC);
  const replaced = await stat(nativePath(replaces)).catch((error: unknown) => {
    if (!isMissing(error)) throw error;
    return undefined;
  });
  const handle = await openForWriting(native, constants.O_EXCL, DEFAULT_MODE);
  // Set afterwards, since the umask applies to the mode of a new file. Some file systems have no modes.
  if (replaced?.isFile() === true) await handle.chmod(replaced.mode & 0o777).catch(() => undefined);
  return handle;
}

/** Not by `realpath`, which fails if nothing is at the end of the chain. */
async function linkTargetOf(native: string): Promise<string> {
  const info = await statOf(native);
  // Links such as /dev/stdout lead to pipes and devices, which have no path.
  if (info !== undefined && info.kind !== 'file') return native;
  let path = native;
  for (let links = 0; links < MAX_LINKS; links += 1) {
    const link = await readlink(path).catch((error: unknown) => {
      if (errnoOf(error) !== 'EINVAL' && !isMissing(error)) throw error;
      return undefined;
    });
    if (link === undefined) return path;
    path = isAbsolute(link) ? link : join(await realpath(dirname(path)), link);
  }
  throw unsafePath(native, 'a chain of too many links');
}

async function renameDurably(from: string, to: string, durability: Durability): Promise<void> {
  await rename(from, to);
  if (durability === 'process') return;
  const target = dirname(to);
  await syncDirectory(target);
  if (dirname(from) !== target) await syncDirectory(dirname(from));
}

async function removeAll(native: string): Promise<void> {
  try {
    await rm(native, { recursive: true, force: true });
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

async function namesIn(native: string): Promise<string[]> {
  try {
    return await readdir(native);
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return [];
    throw error;
  }
}

/** Of the nearest existing directory, since the given one may not exist yet. */
async function freeBytesBelow(native: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(native);
    return Math.max(0, bavail * bsize);
  } catch (error) {
    const parent = dirname(native);
    if (!isMissing(error) || parent === native) throw error;
    return freeBytesBelow(parent);
  }
}

async function hashOf(native: string, algorithm: 'md5' | 'sha256', pool: SpareBuffers): Promise<string> {
  const handle = await openSource(native);
  const buffer = pool.take();
  try {
    const hash = createHash(algorithm);
    for (let position = 0; ; ) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(buffer.subarray(0, bytesRead));
      position += bytesRead;
    }
  } finally {
    pool.give(buffer);
    await handle.close();
  }
}

class NodeReadHandle implements ReadHandle {
  private readonly handle: FileHandle;
  private readonly path: string;
  private closing: Promise<void> | undefined;

  constructor(handle: FileHandle, path: string) {
    this.handle = handle;
    this.path = path;
  }

  async readInto(buffer: Uint8Array, position: number): Promise<number> {
    try {
      const { bytesRead } = await this.handle.read(buffer, 0, Math.min(buffer.length, MAX_PIECE_BYTES), position);
      return bytesRead;
    } catch (error) {
      throw fileError(error, this.path);
    }
  }

  close(): Promise<void> {
    this.closing ??= this.handle.close();
    return this.closing;
  }
}

class NodeWriteHandle implements WriteHandle {
  private readonly handle: FileHandle;
  private readonly path: string;
  private readonly durability: Durability;
  private closing: Promise<void> | undefined;

  constructor(handle: FileHandle, path: string, durability: Durability) {
    this.handle = handle;
    this.path = path;
    this.durability = durability;
  }

  async write(bytes: Uint8Array): Promise<void> {
    try {
      await writeAll(this.handle, bytes);
    } catch (error) {
      throw fileError(error, this.path);
    }
  }

  close(): Promise<void> {
    this.closing ??= this.finish();
    return this.closing;
  }

  private async finish(): Promise<void> {
    try {
      // A full or broken disk may report its error only here.
      if (this.durability === 'full') await this.handle.sync();
    } catch (error) {
      throw fileError(error, this.path);
    } finally {
      await this.handle.close();
    }
  }
}
