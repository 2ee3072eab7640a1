/** Files over react-native-blob-util: slices and copies are native, file to file, and everything else is base64 in slices. */
import {
  assertOptions,
  type Base64Host,
  base64Codec,
  base64ReadHandle,
  base64WriteHandle,
  importWhole,
  nativeFailure,
  nativeRoots,
  plainPath,
  requireSliceBytes,
  type SliceOptions,
  uriScheme,
} from '../../src/adapter-kit/index.js';
import { ReelwayError } from '../../src/errors/index.js';
import type { AbortSignalLike, CreateOptions, FileSystem, ReadHandle, WriteHandle } from '../../src/ports/index.js';
import type { BlobUtilFs, BlobUtilLib } from './lib.js';
import { BlobUtilNative, unreadable } from './native.js';
import { slicedSource } from './slices.js';

/** Options of {@link blobUtilFileSystem}. */
export interface BlobUtilFileSystemOptions {
  /** `ReactNativeBlobUtil`, the default export of react-native-blob-util 0.24 or later. */
  readonly lib: BlobUtilLib;
  /** Bytes read or written in one native call, a multiple of 3 from 3 to 393,216; see `RnfsFileSystemOptions`. @default 49_152 */
  readonly sliceBytes?: number;
  /** `atob` and `btoa` of a library. @default the host's globals; without them a loop in JavaScript */
  readonly base64?: Base64Host;
}

/**
 * The app's files over react-native-blob-util. Paths are plain or `file://` (percent-encoded).
 *
 * `sliceToFile` is native, so that an upload to a store that accepts files moves no byte through JavaScript. Reads into
 * JavaScript use temporary files of at most `sliceBytes` in the cache directory. A rename over a file is not atomic: the target is removed
 * first. The photo library of iOS (`ph://`) is refused with NOT_SUPPORTED, since the module loads its items whole.
 *
 * @throws {TypeError} for invalid options
 */
export function blobUtilFileSystem(options: BlobUtilFileSystemOptions): FileSystem {
  assertOptions('blobUtilFileSystem', options, { lib: true, sliceBytes: true, base64: true });
  const { lib, sliceBytes = 49_152, base64 } = options;
  const native = new BlobUtilNative(lib.fs);
  const slices: SliceOptions = { codec: base64Codec(base64), sliceBytes: requireSliceBytes(sliceBytes) };
  return {
    nativePaths: true,
    roots: rootsOf(lib.fs),
    stat: async (path) => native.stat(plainPath(path), path),
    open: async (path) => openFile(native, slices, path),
    create: async (path, createOptions) => createFile(native, slices, path, createOptions),
    rename: async (from, to) => renameFile(native, from, to),
    remove: async (path) => native.remove(plainPath(path), path),
    list: async (directory) => native.list(plainPath(directory), directory),
    makeDirectory: async (path) => native.makeDirectory(plainPath(path), path),
    freeBytes: async (directory) => native.freeBytes(plainPath(directory)),
    sliceToFile: async (source, range, destination) => native.slice(plainPath(source), range, plainPath(destination), source),
    hashFile: async (path, algorithm) => hashFile(native, path, algorithm),
    importFile: async (uri, destination, signal) => importFile(native, uri, destination, signal),
  };
}

/** The names equal those of the other adapters for React Native, so that an app can change its library. */
function rootsOf(fs: BlobUtilFs): { readonly [name: string]: string } {
  const { DocumentDir, CacheDir, LibraryDir, SDCardDir } = fs.dirs;
  // The module does not expose iOS's directory of temporary files, where pickers put their files.
  const container = LibraryDir?.endsWith('/Library') ? LibraryDir.slice(0, -'/Library'.length) : undefined;
  return nativeRoots({
    documents: DocumentDir,
    caches: CacheDir,
    temporary: container === undefined ? undefined : `${container}/tmp`,
    library: LibraryDir,
    external: SDCardDir,
  });
}

async function openFile(native: BlobUtilNative, slices: SliceOptions, path: string): Promise<ReadHandle> {
  const plain = plainPath(path);
  const { sizeBytes } = await native.statFile(plain, path, 'FILE_NOT_FOUND');
  return base64ReadHandle(slicedSource(native, plain, path), sizeBytes, slices);
}

async function createFile(native: BlobUtilNative, slices: SliceOptions, path: string, options: CreateOptions = {}): Promise<WriteHandle> {
  const plain = plainPath(path);
  const info = await native.stat(plain, path);
  if (info !== undefined && info.kind !== 'file') throw unreadable(path, 'Not a file');
  const goesOn = options.append === true && info !== undefined;
  if (!goesOn) await native.empty(plain, path);
  return base64WriteHandle(
    {
      append: (base64) => native.fs.appendFile(plain, base64, 'base64'),
      sizeBytes: async () => (await native.statFile(plain, path, 'FILE_UNREADABLE')).sizeBytes,
      failure: (error, missingBytes) => native.writeFailure(error, plain, path, missingBytes),
    },
    goesOn ? info.sizeBytes : 0,
    slices,
  );
}

async function renameFile(native: BlobUtilNative, from: string, to: string): Promise<void> {
  const source = plainPath(from);
  const target = plainPath(to);
  if ((await native.stat(source, from)) === undefined) {
    throw new ReelwayError('FILE_NOT_FOUND', { message: `No file at ${from}`, context: { path: from } });
  }
  if ((await native.stat(target, to))?.kind === 'directory') throw unreadable(to, 'The target of a rename is a directory');
  if (source !== target) await native.move(source, target, from);
}

async function hashFile(native: BlobUtilNative, path: string, algorithm: 'md5' | 'sha256'): Promise<string> {
  const plain = plainPath(path);
  await native.statFile(plain, path, 'FILE_NOT_FOUND');
  try {
    return (await native.fs.hash(plain, algorithm)).toLowerCase();
  } catch (error) {
    throw nativeFailure(error, { path });
  }
}

async function importFile(native: BlobUtilNative, uri: string, destination: string, signal?: AbortSignalLike): Promise<void> {
  await importWhole(
    {
      copy: (part) => copyTo(native, uri, part),
      move: (part, target) => native.move(part, target, destination),
      remove: (path) => native.remove(path, destination),
    },
    plainPath(destination),
    signal,
  );
}

async function copyTo(native: BlobUtilNative, uri: string, part: string): Promise<void> {
  const scheme = uriScheme(uri);
  const foreign = scheme === 'content';
  if (scheme === 'ph' || scheme === 'assets-library') {
    throw new ReelwayError('NOT_SUPPORTED', {
      message:
        'react-native-blob-util reads only images of the photo library, and loads them whole; use reelway/rnfs, or a file of the picker',
      context: { path: uri },
    });
  }
  const expected = foreign ? undefined : (await native.statFile(plainPath(uri), uri, 'FILE_NOT_FOUND')).sizeBytes;
  try {
    await native.fs.cp(foreign ? uri : plainPath(uri), part);
  } catch (error) {
    throw await native.writeFailure(error, part, uri, expected ?? 1);
  }
  const { sizeBytes } = await native.statFile(part, uri, 'FILE_UNREADABLE');
  if (expected === undefined || sizeBytes === expected) return;
  throw await native.writeFailure(`Copied ${sizeBytes} of ${expected} bytes`, part, uri, expected - sizeBytes);
}
