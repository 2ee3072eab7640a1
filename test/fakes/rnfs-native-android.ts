/** The native modules on Android; `rnfs-native.ts` says what A and DA are. */
import { createHash } from '../../src/core/index.js';
import { decodeNative, encodeNative, nativeError, withLineBreaks } from './native-bridge.js';
import { DiskError } from './native-disk.js';
import { androidDirectories, type NativeEntry, type NativeStat, type RnfsHost, type RnfsNativeModule, toJavaInt } from './rnfs-native.js';

/** An exception that carries a code of its own. */
class IoRejection extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** A/DA `reject`: FileNotFoundException is ENOENT, an IORejectionException brings its code, all else has none (A) or "RNFS" (DA). */
function rejectionOf(error: unknown, path: string, fork: boolean): Error {
  if (error instanceof IoRejection) return nativeError(error.code, error.message);
  if (error instanceof DiskError && error.errno === 'ENOENT') {
    return nativeError('ENOENT', `ENOENT: no such file or directory, open '${path}'`);
  }
  return nativeError(fork ? 'RNFS' : null, error instanceof Error ? error.message : String(error));
}

/** android.net.Uri.parse(…).getScheme(): whatever stands before the first colon, a plain path's too. */
function schemeOf(text: string): string | undefined {
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : text.slice(0, colon);
}

/** android.net.Uri.parse('file://…').getPath(): cut at `?` and `#`, percent signs decoded, broken ones as U+FFFD. */
function pathOfUri(uri: string): string {
  const behind = uri.slice(uri.indexOf('://') + 3);
  const path = behind.slice(behind.indexOf('/')).replace(/[?#].*$/s, '');
  return path.replace(/(%[0-9A-Fa-f]{2})+|%/g, (escaped) => {
    try {
      return decodeURIComponent(escaped);
    } catch {
      return '\ufffd';
    }
  });
}

/** The module over `host`. */
export function rnfsAndroid(host: RnfsHost): RnfsNativeModule {
  const { disk, meter, faults = {} } = host;
  const fork = host.flavour === '@dr.pogodin/react-native-fs';
  const directories = androidDirectories(host.container);
  for (const path of Object.values(directories)) disk.makeDirectory(path);

  const call = async <T>(name: string, path: string, run: () => T): Promise<T> => {
    meter.called(name);
    await (host.turn?.() ?? Promise.resolve());
    try {
      return run();
    } catch (error) {
      throw rejectionOf(error, path, fork);
    }
  };

  /** A `Uri.parse("file://" + filepath)` parses the path; DA `Uri.fromFile(file)` does not. */
  const plain = (path: string): string => {
    if (disk.stat(path)?.kind === 'directory') {
      throw new IoRejection('EISDIR', `EISDIR: illegal operation on a directory, read '${path}'`);
    }
    return fork ? path : pathOfUri(`file://${path}`);
  };
  /** A/DA `getFileUri` and `ContentResolver.openInputStream` or `openOutputStream`: where on the disk that ends up. */
  const resolve = (path: string): string => {
    const scheme = schemeOf(path);
    if (scheme === undefined) return plain(path);
    if (scheme === 'file') return pathOfUri(path);
    const shared = scheme === 'content' ? host.content?.get(path) : undefined;
    if (shared === undefined) throw new IoRejection('ENOENT', `ENOENT: No content provider: ${path}, open '${path}'`);
    return shared;
  };
  const opened = (path: string): string => {
    const found = resolve(path);
    const info = disk.stat(found);
    if (info?.kind !== 'file') throw new IoRejection('ENOENT', `ENOENT: ${found}: open failed: ENOENT, open '${path}'`);
    return found;
  };
  /** A/DA `getOutputStream`: makes the file, never its directory. */
  const output = (path: string, append: boolean): string => {
    const found = resolve(path);
    if (disk.stat(parentOf(found))?.kind !== 'directory' || disk.stat(found)?.kind === 'directory') {
      throw new IoRejection('ENOENT', `ENOENT: open failed, open '${path}'`);
    }
    if (!append || disk.stat(found) === undefined) disk.truncate(found);
    return found;
  };
  const base64 = (bytes: Uint8Array): string => {
    const text = encodeNative(bytes);
    return meter.crossed(faults.lineBreaks === true ? withLineBreaks(text) : text);
  };
  const copy = (from: string, to: string): void => {
    const source = opened(from);
    const target = output(to, false);
    const buffer = new Uint8Array(65_536);
    for (let at = 0; ; ) {
      const count = disk.read(source, buffer, at);
      if (count === 0) return;
      disk.append(target, buffer.subarray(0, count));
      at += count;
    }
  };

  /** A `byte[] buffer = new byte[length]; skip(position); read(buffer, 0, length)`: one read, at a position cast to int. */
  const readOnce = (found: string, length: number, position: number): Uint8Array => {
    const bytes = new Uint8Array(Math.min(length, Math.max(1, faults.shortRead?.(length) ?? length)));
    const count = disk.read(found, bytes, Math.max(0, toJavaInt(position)));
    if (count === 0 && length > 0 && faults.rejectAtEnd === true) throw new Error('length=0; regionStart=0; regionLength=-1');
    return bytes.subarray(0, count);
  };
  /** A/DA `new RandomAccessFile(filepath, "rw")` makes the file. */
  const writeRandom = (path: string, bytes: Uint8Array, position: number): void => {
    if (disk.stat(path) === undefined) disk.truncate(path);
    disk.write(path, bytes, position);
  };
  const typeOf = (kind: 'file' | 'directory'): string | number => {
    const type = kind === 'directory' ? 1 : 0;
    return fork ? String(type) : type;
  };
  const entry = (folder: string, name: string): NativeEntry => {
    const info = disk.stat(`${folder}/${name}`) ?? { kind: 'file', sizeBytes: 0, modifiedMs: 0 };
    return { mtime: info.modifiedMs / 1_000, name, path: `${folder}/${name}`, size: info.sizeBytes, type: typeOf(info.kind) };
  };

  return {
    getConstants: () => ({ ...directories, FileTypeRegular: fork ? '0' : 0, FileTypeDirectory: fork ? '1' : 1, DocumentDirectory: 0 }),
    read: (path, length, position) => call('read', path, () => base64(readOnce(opened(path), length, position))),
    readFile: (path) => call('readFile', path, () => base64(wholeOf(disk, opened(path)))),
    writeFile: (path, text) =>
      call('writeFile', path, () => {
        // A decodes first and opens then; DA the other way round: either way the file is empty or whole.
        disk.append(output(path, false), decodeNative(meter.crossed(text)));
        return null;
      }),
    appendFile: (path, text) =>
      call('appendFile', path, () => {
        disk.append(output(path, true), decodeNative(meter.crossed(text)));
        return null;
      }),
    write: (path, text, position) =>
      call('write', path, () => {
        const bytes = decodeNative(meter.crossed(text));
        // A/DA: a negative position appends through a URI, another one is a RandomAccessFile on the plain path.
        if (position < 0) disk.append(output(path, true), bytes);
        else writeRandom(path, bytes, fork ? position : Math.max(0, toJavaInt(position)));
        return null;
      }),
    stat: (path) =>
      call('stat', path, (): NativeStat => {
        const info = disk.stat(path);
        // A `new Exception("File does not exist")`, so without a code; DA FileNotFoundException, so ENOENT.
        if (info === undefined) throw fork ? new DiskError('ENOENT', path) : new Error('File does not exist');
        // A/DA `putInt("mtime", (int) (lastModified / 1000))`: whole seconds.
        const seconds = Math.trunc(info.modifiedMs / 1_000);
        const size = info.kind === 'file' ? info.sizeBytes : 4_096;
        return { ctime: seconds, mtime: seconds, size, type: typeOf(info.kind), originalFilepath: path };
      }),
    exists: (path) => call('exists', path, () => disk.stat(path) !== undefined),
    readDir: (path) =>
      call('readDir', path, () => {
        if (disk.stat(path) === undefined) throw new Error('Folder does not exist');
        if (disk.stat(path)?.kind === 'file') throw new Error('Attempt to get length of null array');
        return disk.list(path).map((name) => entry(path, name));
      }),
    mkdir: (path) =>
      call('mkdir', path, () => {
        // A/DA: mkdirs, whose answer nobody looks at, and content with anything that then exists.
        try {
          disk.makeDirectory(path);
        } catch (error) {
          if (!(error instanceof DiskError)) throw error;
        }
        if (disk.stat(path) === undefined) throw new Error('Directory could not be created');
        return null;
      }),
    moveFile: (from, to) =>
      call('moveFile', from, () => {
        try {
          if (faults.renameFails === true) throw new DiskError('EXDEV', from);
          disk.rename(from, to);
        } catch (error) {
          if (!(error instanceof DiskError)) throw error;
          copy(from, to);
          disk.remove(from);
        }
        return true as const;
      }),
    copyFile: (from, to) =>
      call('copyFile', from, () => {
        copy(from, to);
        return null;
      }),
    unlink: (path) =>
      call('unlink', path, () => {
        if (disk.stat(path) === undefined) throw new Error('File does not exist');
        if (faults.deleteFails !== true) disk.remove(path);
        return null;
      }),
    hash: (path, algorithm) =>
      call('hash', path, () => {
        if (disk.stat(path)?.kind === 'directory') throw new IoRejection('EISDIR', 'EISDIR: illegal operation on a directory, read');
        if (disk.stat(path) === undefined) throw new DiskError('ENOENT', path);
        const hash = createHash(algorithm as 'md5' | 'sha256');
        hash.update(wholeOf(disk, path));
        return hash.digest();
      }),
    getFSInfo: () =>
      call('getFSInfo', '', () => ({
        totalSpace: disk.capacityBytes,
        freeSpace: disk.freeBytes(),
        totalSpaceEx: disk.capacityBytes,
        freeSpaceEx: disk.freeBytes(),
      })),
    copyAssetsVideoIOS: () =>
      call('copyAssetsVideoIOS', '', () => {
        throw new IoRejection('RNFS:NOT_IMPLEMENTED', 'This method is not implemented for Android: copyAssetsVideoIOS()');
      }),
  };
}

function wholeOf(disk: RnfsHost['disk'], path: string): Uint8Array {
  const bytes = new Uint8Array(disk.stat(path)?.sizeBytes ?? 0);
  disk.read(path, bytes, 0);
  return bytes;
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}
