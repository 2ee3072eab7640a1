/** The native modules on iOS; `rnfs-native.ts` says what I and DI are. */
import { createHash } from '../../src/core/index.js';
import { decodeNative, encodeNative, nativeError, withLineBreaks } from './native-bridge.js';
import { DiskError } from './native-disk.js';
import { iosDirectories, type NativeEntry, type NativeStat, type RnfsHost, type RnfsNativeModule, toCInt } from './rnfs-native.js';

/** An NSError of NSCocoaErrorDomain. */
class CocoaError extends Error {
  readonly number: number;

  constructor(number: number, message: string) {
    super(message);
    this.number = number;
  }
}

const NO_SUCH_FILE = 4;
const READ_NO_SUCH_FILE = 260;
const WRITE_EXISTS = 516;
const OUT_OF_SPACE = 640;

/** The module over `host`. */
export function rnfsIos(host: RnfsHost): RnfsNativeModule {
  const { disk, meter, faults = {} } = host;
  const fork = host.flavour === '@dr.pogodin/react-native-fs';
  const directories = iosDirectories(host.container);
  for (const path of Object.values(directories)) disk.makeDirectory(path);

  /** I `reject:withError`: "E", the domain in capitals and the number; DI `RNFSException fromError`: domain, colon, number. */
  const rejection = (domain: string, number: number, message: string): Error =>
    nativeError(fork ? `${domain}:${number}` : `E${domain.toUpperCase()}${number}`, message);
  const call = async <T>(name: string, run: () => T | Promise<T>): Promise<T> => {
    meter.called(name);
    await (host.turn?.() ?? Promise.resolve());
    try {
      return await run();
    } catch (error) {
      if (error instanceof CocoaError) throw rejection('NSCocoaErrorDomain', error.number, error.message);
      throw error;
    }
  };
  const missing = (path: string): Error => nativeError('ENOENT', `ENOENT: no such file or directory, open '${path}'`);
  const base64 = (bytes: Uint8Array): string => {
    const text = encodeNative(bytes);
    return meter.crossed(faults.lineBreaks === true ? withLineBreaks(text) : text);
  };

  /** NSFileManager createFileAtPath: only YES or NO, so that a full disk and a missing directory look alike. */
  const createFile = (path: string, bytes: Uint8Array): boolean => {
    try {
      disk.truncate(path);
      disk.append(path, bytes);
      return true;
    } catch (error) {
      if (error instanceof DiskError) return false;
      throw error;
    }
  };
  const createdFrom = (path: string, bytes: Uint8Array): null => {
    if (!createFile(path, bytes)) throw missing(path);
    return null;
  };
  const requireFile = (path: string): void => {
    const info = disk.stat(path);
    if (info === undefined) throw missing(path);
    if (info.kind === 'directory') throw nativeError('EISDIR', 'EISDIR: illegal operation on a directory, read');
  };
  /** NSFileManager copyItem and moveItem: neither goes over a file that is there. */
  const place = (from: string, to: string): void => {
    if (disk.stat(from) === undefined) throw new CocoaError(NO_SUCH_FILE, `“${from}” couldn’t be opened because there is no such file.`);
    if (disk.stat(to) !== undefined) throw new CocoaError(WRITE_EXISTS, `an item with the same name already exists: ${to}`);
    if (disk.stat(to.slice(0, to.lastIndexOf('/'))) === undefined) throw new CocoaError(NO_SUCH_FILE, `The folder of ${to} doesn’t exist.`);
  };
  const copy = (from: string, to: string): void => {
    place(from, to);
    try {
      disk.truncate(to);
      const buffer = new Uint8Array(65_536);
      for (let at = 0; ; ) {
        const count = disk.read(from, buffer, at);
        if (count === 0) return;
        disk.append(to, buffer.subarray(0, count));
        at += count;
      }
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      disk.remove(to);
      throw new CocoaError(OUT_OF_SPACE, 'You can’t save the file because the volume is out of space.');
    }
  };

  /** I/DI `appendFile` and `write`: a missing file is made from the bytes alone, whatever the position. */
  const writeAt = (path: string, text: string, position: number | undefined, failed: () => Error): null => {
    const bytes = decodeNative(meter.crossed(text));
    if (disk.stat(path) === undefined) return createdFrom(path, bytes);
    // `fileHandleForUpdatingAtPath` nil: messages to nil do nothing, and `resolve(nil)` follows.
    if (faults.silentAppend === true) return null;
    try {
      disk.write(path, bytes, position ?? disk.stat(path)?.sizeBytes ?? 0);
      return null;
    } catch (error) {
      if (error instanceof DiskError) throw failed();
      throw error;
    }
  };

  const typeName = (kind: 'file' | 'directory'): string =>
    `${fork ? 'NSURLFileResourceType' : 'NSFileType'}${kind === 'directory' ? 'Directory' : 'Regular'}`;
  const entry = (folder: string, name: string): NativeEntry => {
    const info = disk.stat(`${folder}/${name}`) ?? { kind: 'file', sizeBytes: 0, modifiedMs: 0 };
    const seconds = info.modifiedMs / 1_000;
    // DI `precomposedStringWithCanonicalMapping`.
    const told = fork ? name.normalize('NFC') : name;
    return { ctime: seconds, mtime: seconds, name: told, path: `${folder}/${told}`, size: info.sizeBytes, type: typeName(info.kind) };
  };

  return {
    getConstants: () => ({
      ...directories,
      // I NSFileTypeRegular and NSFileTypeDirectory; DI NSURLFileResourceTypeRegular and …Directory.
      FileTypeRegular: fork ? 'NSURLFileResourceTypeRegular' : 'NSFileTypeRegular',
      FileTypeDirectory: fork ? 'NSURLFileResourceTypeDirectory' : 'NSFileTypeDirectory',
      // DI gives '' for what iOS has not, I NSNull.
      ExternalDirectoryPath: fork ? '' : null,
      ExternalCachesDirectoryPath: fork ? '' : undefined,
    }),
    read: (path, length, position) =>
      call('read', () => {
        requireFile(path);
        // I `seekToFileOffset: (int)position`, a negative one of which raises; DI `(long)position`.
        const at = fork ? position : toCInt(position);
        if (at < 0) throw nativeError(null, '-[NSConcreteFileHandle seekToFileOffset:]: Invalid argument');
        // I/DI: a length of 0 reads to the end.
        const size = disk.stat(path)?.sizeBytes ?? 0;
        const bytes = new Uint8Array(Math.max(0, Math.min(length > 0 ? length : size - at, size - at)));
        disk.read(path, bytes, at);
        return base64(bytes);
      }),
    readFile: (path) =>
      call('readFile', () => {
        requireFile(path);
        return base64(wholeOf(disk, path));
      }),
    writeFile: (path, text) =>
      call('writeFile', () => {
        if (!createFile(path, decodeNative(meter.crossed(text)))) throw missing(path);
        return null;
      }),
    appendFile: (path, text) =>
      // I/DI: an NSException becomes an error of the domain "RNFS" that says nothing.
      call('appendFile', () =>
        writeAt(path, text, undefined, () => rejection('RNFS', 0, 'The operation couldn’t be completed. (RNFS error 0.)')),
      ),
    write: (path, text, position) =>
      call('write', () =>
        writeAt(path, text, position >= 0 ? position : undefined, () => nativeError('ENOENT', `ENOENT: error writing file: '${path}'`)),
      ),
    stat: (path) =>
      call('stat', (): NativeStat => {
        const info = disk.stat(path);
        if (info === undefined)
          throw new CocoaError(READ_NO_SUCH_FILE, `The file “${path}” couldn’t be opened because there is no such file.`);
        const seconds = info.modifiedMs / 1_000;
        return { ctime: seconds, mtime: seconds, size: info.sizeBytes, type: typeName(info.kind) };
      }),
    exists: (path) => call('exists', () => disk.stat(path) !== undefined),
    readDir: (path) =>
      call('readDir', () => {
        if (disk.stat(path)?.kind !== 'directory') throw new CocoaError(READ_NO_SUCH_FILE, `The folder “${path}” doesn’t exist.`);
        return disk.list(path).map((name) => entry(path, name));
      }),
    mkdir: (path) =>
      call('mkdir', () => {
        try {
          disk.makeDirectory(path);
          return null;
        } catch (error) {
          if (error instanceof DiskError) throw new CocoaError(WRITE_EXISTS, `The file “${path}” couldn’t be saved.`);
          throw error;
        }
      }),
    moveFile: (from, to) =>
      call('moveFile', () => {
        place(from, to);
        disk.rename(from, to);
        return null;
      }),
    copyFile: (from, to) =>
      call('copyFile', () => {
        copy(from, to);
        return null;
      }),
    unlink: (path) =>
      call('unlink', () => {
        if (disk.stat(path) === undefined) throw missing(path);
        disk.remove(path);
        return null;
      }),
    hash: (path, algorithm) =>
      call('hash', () => {
        requireFile(path);
        // I `contentsAtPath`: the file whole in memory; DI reads 1 MiB at a time.
        if (!fork) meter.loadedWhole(disk.stat(path)?.sizeBytes ?? 0);
        const hash = createHash(algorithm as 'md5' | 'sha256');
        hash.update(wholeOf(disk, path));
        return hash.digest();
      }),
    getFSInfo: () => call('getFSInfo', () => ({ totalSpace: disk.capacityBytes, freeSpace: disk.freeBytes() })),
    copyAssetsVideoIOS: (uri, to) =>
      call('copyAssetsVideoIOS', () => {
        const source = host.photos?.get(uri);
        // I/DI: `dispatch_group_leave` only for an AVURLAsset, `dispatch_group_wait` for ever: what is no file never answers.
        if (source === undefined || source === 'composition') return new Promise<string>(() => undefined);
        copy(source, to);
        return to;
      }),
  };
}

function wholeOf(disk: RnfsHost['disk'], path: string): Uint8Array {
  const bytes = new Uint8Array(disk.stat(path)?.sizeBytes ?? 0);
  disk.read(path, bytes, 0);
  return bytes;
}
