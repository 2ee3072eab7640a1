/** Files over react-native-fs. Its bridge carries base64 only, so all is read and written in slices. */
import {
  assertOptions,
  type Base64Host,
  base64Codec,
  base64ReadHandle,
  base64WriteHandle,
  nativeFailure,
  nativeRoots,
  plainPath,
  requireSliceBytes,
  type SliceOptions,
} from '../../src/adapter-kit/index.js';
import { ReelwayError } from '../../src/errors/index.js';
import type { CreateOptions, FileSystem, ReadHandle, WriteHandle } from '../../src/ports/index.js';
import { importFile } from './import-file.js';
import type { RnfsDirectoryOptions, RnfsLib } from './lib.js';
import { MAX_FILE_BYTES, RnfsNative, type RnfsPlatform } from './native.js';

/** How {@link rnfsFileSystem} is set up. */
export interface RnfsFileSystemOptions {
  /** The module `react-native-fs` (2.20 and later) or `@dr.pogodin/react-native-fs` (2.40 and later), as you import it. */
  readonly lib: RnfsLib;
  /** @default 'ios' where the module has a `MainBundlePath`, else 'android' */
  readonly platform?: RnfsPlatform;
  /**
   * Bytes in one native call, a multiple of 3 from 3 to 393,216. Decoding a slice is the longest stretch of work that blocks
   * JavaScript; the base64 of one has four thirds as many characters.
   * @default 49_152
   */
  readonly sliceBytes?: number;
  /** `atob` and `btoa`, where they are not globals but a library's. @default the host's globals; without them a loop in JavaScript */
  readonly base64?: Base64Host;
  /** What directories are made with on iOS, `{ NSURLIsExcludedFromBackupKey: true }` say. @default none */
  readonly directoryOptions?: RnfsDirectoryOptions;
}

/** The unmaintained package loads a file whole to hash it on iOS. */
const MAX_HASHED_WHOLE_BYTES = 16_777_216;

/**
 * The app's files over react-native-fs. Paths are plain or `file://` (percent-encoded).
 *
 * Files above 2,147,483,647 bytes are refused by `open` with FILE_TOO_LARGE_FOR_ADAPTER. A rename over a file is not atomic on iOS,
 * where the target is removed first. Closed files survive the end of the process; the module offers no sync to the disk.
 *
 * @throws {TypeError} for options that make no sense
 */
export function rnfsFileSystem(options: RnfsFileSystemOptions): FileSystem {
  assertOptions('rnfsFileSystem', options, { lib: true, platform: true, sliceBytes: true, base64: true, directoryOptions: true });
  const { lib, sliceBytes = 49_152, base64, directoryOptions = {} } = options;
  const native = new RnfsNative(lib, options.platform ?? platformOf(lib));
  const slices: SliceOptions = { codec: base64Codec(base64), sliceBytes: requireSliceBytes(sliceBytes) };
  return {
    nativePaths: true,
    roots: rootsOf(lib),
    stat: async (path) => native.stat(plainPath(path), path),
    open: async (path) => openFile(native, slices, path),
    create: async (path, createOptions) => createFile(native, slices, path, createOptions),
    rename: async (from, to) => renameFile(native, from, to),
    remove: async (path) => native.remove(plainPath(path), path),
    list: async (directory) => native.list(plainPath(directory), directory),
    makeDirectory: async (path) => native.makeDirectory(plainPath(path), path, directoryOptions),
    freeBytes: async (directory) => native.freeBytes(plainPath(directory)),
    hashFile: async (path, algorithm) => hashFile(native, path, algorithm),
    importFile: async (uri, destination, signal) => importFile(native, uri, destination, signal),
  };
}

function platformOf(lib: RnfsLib): RnfsPlatform {
  return typeof lib.MainBundlePath === 'string' && lib.MainBundlePath !== '' ? 'ios' : 'android';
}

function rootsOf(lib: RnfsLib): { readonly [name: string]: string } {
  return nativeRoots({
    documents: lib.DocumentDirectoryPath,
    caches: lib.CachesDirectoryPath,
    temporary: lib.TemporaryDirectoryPath,
    library: lib.LibraryDirectoryPath,
    external: lib.ExternalDirectoryPath,
    'external-caches': lib.ExternalCachesDirectoryPath,
  });
}

async function openFile(native: RnfsNative, slices: SliceOptions, path: string): Promise<ReadHandle> {
  const plain = plainPath(path);
  const { sizeBytes } = await native.statFile(plain, path, 'FILE_NOT_FOUND');
  requireReachable(sizeBytes, path);
  const uri = native.uri(plain);
  return base64ReadHandle(
    {
      read: (position, lengthBytes) => native.lib.read(uri, lengthBytes, position, 'base64'),
      sizeBytes: async () => requireReachable((await native.statFile(plain, path, 'FILE_UNREADABLE')).sizeBytes, path),
      failure: (error) => nativeFailure(error, { path }),
    },
    sizeBytes,
    slices,
  );
}

function requireReachable(sizeBytes: number, path: string): number {
  if (sizeBytes <= MAX_FILE_BYTES) return sizeBytes;
  throw new ReelwayError('FILE_TOO_LARGE_FOR_ADAPTER', {
    message: `react-native-fs reads the wrong bytes behind ${MAX_FILE_BYTES}; the file has ${sizeBytes}`,
    context: { path, sizeBytes },
  });
}

/** Appending needs no position, which the module reads in three ways: from 0, from the end, or not at all where the file is missing. */
async function createFile(native: RnfsNative, slices: SliceOptions, path: string, options: CreateOptions = {}): Promise<WriteHandle> {
  const plain = plainPath(path);
  const uri = native.uri(plain);
  const info = await native.stat(plain, path);
  if (info !== undefined && info.kind !== 'file') {
    throw new ReelwayError('FILE_UNREADABLE', { message: `Not a file: ${path}`, context: { path } });
  }
  const goesOn = options.append === true && info !== undefined;
  if (!goesOn) await emptyFile(native, plain, path);
  return base64WriteHandle(
    {
      append: (base64) => native.lib.appendFile(uri, base64, 'base64'),
      sizeBytes: async () => (await native.statFile(plain, path, 'FILE_UNREADABLE')).sizeBytes,
      failure: (error, missingBytes) => native.writeFailure(error, plain, path, missingBytes),
    },
    goesOn ? info.sizeBytes : 0,
    slices,
  );
}

async function emptyFile(native: RnfsNative, plain: string, path: string): Promise<void> {
  try {
    await native.lib.writeFile(native.uri(plain), '', 'base64');
  } catch (error) {
    throw nativeFailure(error, { path });
  }
}

async function renameFile(native: RnfsNative, from: string, to: string): Promise<void> {
  const source = plainPath(from);
  const target = plainPath(to);
  if ((await native.stat(source, from)) === undefined) {
    throw new ReelwayError('FILE_NOT_FOUND', { message: `No file at ${from}`, context: { path: from } });
  }
  if ((await native.stat(target, to))?.kind === 'directory') {
    throw new ReelwayError('FILE_UNREADABLE', { message: `The target of a rename is a directory: ${to}`, context: { path: to } });
  }
  if (source !== target) await native.move(source, target, from);
}

async function hashFile(native: RnfsNative, path: string, algorithm: 'md5' | 'sha256'): Promise<string> {
  const plain = plainPath(path);
  const { sizeBytes } = await native.statFile(plain, path, 'FILE_NOT_FOUND');
  if (native.platform === 'ios' && native.lib.pickFile === undefined && sizeBytes > MAX_HASHED_WHOLE_BYTES) {
    throw new ReelwayError('FILE_TOO_LARGE_FOR_ADAPTER', {
      message: 'react-native-fs on iOS loads a file whole to hash it; @dr.pogodin/react-native-fs does not',
      context: { path, sizeBytes },
    });
  }
  try {
    return (await native.lib.hash(plain, algorithm)).toLowerCase();
  } catch (error) {
    throw nativeFailure(error, { path });
  }
}
