/** Files over expo-file-system: its handles read bytes without base64, at 64-bit positions. */
import {
  assertOptions,
  fileUrl,
  importWhole,
  nativeFailure,
  nativeRoots,
  parentOf,
  plainPath,
  uriScheme,
} from '../../src/adapter-kit/index.js';
import { ReelwayError } from '../../src/errors/index.js';
import type { AbortSignalLike, CreateOptions, FileInfo, FileSystem, ReadHandle, WriteHandle } from '../../src/ports/index.js';
import { ExpoReadHandle, ExpoWriteHandle } from './handles.js';
import type { ExpoFileSystemLib } from './lib.js';

/** Options of {@link expoFileSystem}. */
export interface ExpoFileSystemOptions {
  /** The module: `import * as FileSystem from 'expo-file-system'`, version 58 or later (54 and 55 misread files above 2 GiB). */
  readonly lib: ExpoFileSystemLib;
}

/**
 * The app's files over expo-file-system. Paths are plain or `file://` (percent-encoded).
 *
 * A rename over a file is not atomic: the module removes the target first. Closed files survive the end of the process; the module
 * offers no sync to the disk. Names of the photo library of iOS (`ph://`) are refused with NOT_SUPPORTED: Expo's pickers return files.
 */
export function expoFileSystem(options: ExpoFileSystemOptions): FileSystem {
  assertOptions('expoFileSystem', options, { lib: true });
  const files = new ExpoFiles(options.lib);
  return {
    nativePaths: true,
    roots: rootsOf(options.lib),
    stat: async (path) => files.stat(plainPath(path), path),
    open: async (path) => files.open(plainPath(path), path),
    create: async (path, createOptions) => files.create(plainPath(path), path, createOptions),
    rename: async (from, to) => files.rename(plainPath(from), plainPath(to), from),
    remove: async (path) => files.remove(plainPath(path), path),
    list: async (directory) => files.list(plainPath(directory), directory),
    makeDirectory: async (path) => files.makeDirectory(plainPath(path), path),
    freeBytes: async () => files.freeBytes(),
    hashFile: async (path, algorithm) => files.hash(plainPath(path), path, algorithm),
    importFile: async (uri, destination, signal) => files.import(uri, destination, signal),
  };
}

/** The names equal those of the other adapters for React Native, so that an app can change its library. */
function rootsOf(lib: ExpoFileSystemLib): { readonly [name: string]: string } {
  const documents = lib.Paths.document.uri.replace(/\/+$/, '');
  // The module does not expose iOS's directory of temporary files, where pickers put their files.
  const container = documents.endsWith('/Documents') ? documents.slice(0, -'/Documents'.length) : undefined;
  return nativeRoots({
    documents,
    caches: lib.Paths.cache.uri,
    temporary: container === undefined ? undefined : `${container}/tmp`,
    library: container === undefined ? undefined : `${container}/Library`,
  });
}

/** The module's calls, with workarounds for each platform. `plain` is the plain path, `path` the caller's. */
class ExpoFiles {
  private readonly lib: ExpoFileSystemLib;

  constructor(lib: ExpoFileSystemLib) {
    this.lib = lib;
  }

  /** Checks the kind first: Android's `File` throws for a directory. */
  async stat(plain: string, path: string): Promise<FileInfo | undefined> {
    return translated(path, () => {
      const { exists, isDirectory } = this.lib.Paths.info(fileUrl(plain));
      if (!exists) return undefined;
      if (isDirectory === true) return { sizeBytes: 0, kind: 'directory' as const };
      const { size = 0, modificationTime } = new this.lib.File(fileUrl(plain)).info();
      return {
        sizeBytes: size,
        kind: 'file' as const,
        ...(modificationTime === undefined ? {} : { modifiedMs: Math.floor(modificationTime) }),
      };
    });
  }

  async open(plain: string, path: string): Promise<ReadHandle> {
    await this.statFile(plain, path);
    const handle = await translated(path, () => new this.lib.File(fileUrl(plain)).open('r'));
    return new ExpoReadHandle(handle, path);
  }

  async create(plain: string, path: string, options: CreateOptions = {}): Promise<WriteHandle> {
    const info = await this.stat(plain, path);
    if (info?.kind === 'directory') throw unreadable(path, 'Not a file');
    const goesOn = options.append === true && info !== undefined;
    if (!goesOn) await this.makeEmpty(plain, path);
    const handle = await translated(path, () => new this.lib.File(fileUrl(plain)).open('wa'));
    return new ExpoWriteHandle(handle, path, {
      freeBytes: () => this.freeBytes(),
      startBytes: goesOn ? info.sizeBytes : 0,
      sizeBytes: async () => (await this.stat(plain, path))?.sizeBytes ?? 0,
    });
  }

  async rename(from: string, to: string, path: string): Promise<void> {
    const source = await this.stat(from, path);
    if (source === undefined) throw missing(path);
    if ((await this.stat(to, to))?.kind === 'directory') throw unreadable(to, 'The target of a rename is a directory');
    if (from === to) return;
    const { File, Directory } = this.lib;
    if (source.kind === 'directory') await translated(path, () => new Directory(fileUrl(from)).move(new Directory(fileUrl(to))));
    else await translated(path, () => new File(fileUrl(from)).move(new File(fileUrl(to)), { overwrite: true }));
  }

  async remove(plain: string, path: string): Promise<void> {
    const info = await this.stat(plain, path);
    if (info === undefined) return;
    const { File, Directory } = this.lib;
    await translated(path, () => (info.kind === 'directory' ? new Directory(fileUrl(plain)) : new File(fileUrl(plain))).delete());
  }

  async list(plain: string, path: string): Promise<string[]> {
    if ((await this.stat(plain, path)) === undefined) return [];
    return translated(path, () => new this.lib.Directory(fileUrl(plain)).list().map(({ uri }) => lastName(uri)));
  }

  async makeDirectory(plain: string, path: string): Promise<void> {
    await translated(path, () => new this.lib.Directory(fileUrl(plain)).create({ intermediates: true, idempotent: true }));
    if ((await this.stat(plain, path))?.kind !== 'directory') throw unreadable(path, 'Not a directory');
  }

  async freeBytes(): Promise<number> {
    return Math.max(0, Number(this.lib.Paths.availableDiskSpace));
  }

  async hash(plain: string, path: string, algorithm: 'md5' | 'sha256'): Promise<string> {
    await this.statFile(plain, path);
    const name = algorithm === 'md5' ? 'MD5' : 'SHA-256';
    return (await translated(path, () => new this.lib.File(fileUrl(plain)).digest(name))).toLowerCase();
  }

  async import(uri: string, destination: string, signal?: AbortSignalLike): Promise<void> {
    await importWhole(
      {
        copy: (part) => this.copyTo(uri, part),
        move: (part, target) => this.rename(part, target, destination),
        remove: (path) => this.remove(path, destination),
      },
      plainPath(destination),
      signal,
    );
  }

  private async copyTo(uri: string, part: string): Promise<void> {
    const foreign = uriScheme(uri) === 'content';
    if (!foreign && uriScheme(uri) !== undefined && uriScheme(uri) !== 'file') {
      throw new ReelwayError('NOT_SUPPORTED', { message: `expo-file-system cannot copy ${uri.slice(0, 100)}`, context: { path: uri } });
    }
    const expected = foreign ? undefined : (await this.statFile(plainPath(uri), uri)).sizeBytes;
    const from = foreign ? uri : fileUrl(plainPath(uri));
    const { File } = this.lib;
    await translated(uri, () => new File(from).copy(new File(fileUrl(part))), {
      writesBytes: expected ?? 1,
      freeBytes: await this.freeBytes(),
    });
    const copied = await this.stat(part, uri);
    if (copied?.kind === 'file' && (expected === undefined || copied.sizeBytes === expected)) return;
    throw unreadable(uri, `Copied ${copied?.sizeBytes ?? 0} of ${expected ?? 'its'} bytes`);
  }

  /** If the directory is missing, iOS neither makes the file nor reports an error. */
  private async makeEmpty(plain: string, path: string): Promise<void> {
    if ((await this.stat(parentOf(plain), path))?.kind !== 'directory') throw unreadable(path, 'The parent directory is missing');
    await translated(path, () => new this.lib.File(fileUrl(plain)).create({ overwrite: true }));
    const made = await this.stat(plain, path);
    if (made?.kind === 'file') return;
    throw nativeFailure('The module did not create the file', { path, writesBytes: 1, freeBytes: await this.freeBytes() });
  }

  private async statFile(plain: string, path: string): Promise<FileInfo> {
    const info = await this.stat(plain, path);
    if (info === undefined) throw missing(path);
    if (info.kind !== 'file') throw unreadable(path, 'Not a file');
    return info;
  }
}

/** The calls that return promises differ between versions, so each is awaited. */
async function translated<T>(
  path: string,
  call: () => T | Promise<T>,
  facts: { readonly writesBytes?: number; readonly freeBytes?: number } = {},
): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw nativeFailure(error, { path, ...facts });
  }
}

/** The last name of a percent-encoded URL; the URL of a directory ends in a slash. */
function lastName(uri: string): string {
  const trimmed = uri.replace(/\/+$/, '');
  return decodeURIComponent(trimmed.slice(trimmed.lastIndexOf('/') + 1));
}

function missing(path: string): ReelwayError {
  return new ReelwayError('FILE_NOT_FOUND', { message: `No file at ${path}`, context: { path } });
}

function unreadable(path: string, why: string): ReelwayError {
  return new ReelwayError('FILE_UNREADABLE', { message: `${why}: ${path}`, context: { path } });
}
