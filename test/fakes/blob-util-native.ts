/**
 * The native module of react-native-blob-util 0.25.0 and 0.25.1, at the boundary that its JavaScript (fs.js) calls. Beside each behaviour
 * stands where the source has it:
 *   A  android/src/main/java/com/ReactNativeBlobUtil/ReactNativeBlobUtilFS.java
 *   I  ios/ReactNativeBlobUtilFS.mm, and ios/ReactNativeBlobUtil/ReactNativeBlobUtil.mm for what answers by callback
 */
import { createHash } from '../../src/core/index.js';
import { type BridgeMeter, decodeNative, encodeNative, nativeError } from './native-bridge.js';
import { DiskError, type NativeDisk } from './native-disk.js';

/** What the fake stands on. */
export interface BlobUtilHost {
  readonly platform: 'ios' | 'android';
  readonly disk: NativeDisk;
  readonly container: string;
  readonly meter: BridgeMeter;
  /** Files of other apps on Android, by `content://` URI: where they lie on the disk. */
  readonly content?: ReadonlyMap<string, string>;
  readonly turn?: () => Promise<void>;
  readonly faults?: BlobUtilFaults;
}

/** What may happen on a device, and does at a test's wish. */
export interface BlobUtilFaults {
  /** A `mv`: `renameTo` is false (another volume): "mv failed for unknown reasons", the target gone by then. */
  readonly renameFails?: boolean;
  /** I `slice`: nobody looks at what `[os write:maxLength:]` gives, so that a full disk makes a short slice. A: the source ends. */
  readonly shortSlice?: boolean;
  /** I `writeFile` with append: `fileHandleForWritingAtPath` is nil (data protection), and the length is resolved all the same. */
  readonly silentAppend?: boolean;
}

type Done = (error?: unknown, result?: unknown) => void;

/** The methods that fs.js calls for what the adapter uses. */
export interface BlobUtilNativeModule {
  getConstants(): { readonly [name: string]: string };
  writeFile(path: string, encoding: string, data: string, transform: boolean, append: boolean): Promise<number>;
  readFile(path: string, encoding: string, transform: boolean): Promise<string>;
  slice(from: string, to: string, start: number, end: number): Promise<string>;
  hash(path: string, algorithm: string): Promise<string>;
  ls(path: string): Promise<string[]>;
  mkdir(path: string): Promise<boolean>;
  stat(path: string, done: Done): void;
  exists(path: string, done: (exists: boolean, isDirectory: boolean) => void): void;
  cp(from: string, to: string, done: Done): void;
  mv(from: string, to: string, done: Done): void;
  unlink(path: string, done: Done): void;
  df(done: Done): void;
  addListener(name: string): void;
  removeListeners(count: number): void;
}

/** A `ReactNativeBlobUtilUtils.normalizePath`: strips `file://`, decodes nothing; a path that begins with a slash stays. */
const normalized = (path: string): string => (path.startsWith('file://') ? path.replace('file://', '') : path);

const parentOf = (path: string): string => path.slice(0, Math.max(1, path.lastIndexOf('/')));

/** The module over `host`. */
export function blobUtilNative(host: BlobUtilHost): BlobUtilNativeModule {
  const { disk, meter, platform, faults = {} } = host;
  const android = platform === 'android';
  const constants = constantsOf(host);
  for (const path of Object.values(constants)) if (path !== '') disk.makeDirectory(path);
  const turn = (name: string): Promise<void> => {
    meter.called(name);
    return host.turn?.() ?? Promise.resolve();
  };
  /** Rejections carry a code of the module's own; what the system says is EUNSPECIFIED. */
  const promised = async <T>(name: string, run: () => T): Promise<T> => {
    await turn(name);
    try {
      return run();
    } catch (error) {
      throw error instanceof DiskError ? nativeError('EUNSPECIFIED', error.message) : error;
    }
  };
  /** What answers by callback tells a sentence, and never a code. */
  const calledBack = (name: string, done: Done, run: () => unknown): void => {
    void turn(name).then(() => {
      try {
        done(null, run());
      } catch (error) {
        done(error instanceof Error ? error.message : String(error));
      }
    });
  };
  const source = (path: string): string => host.content?.get(path) ?? (android ? normalized(path) : path);
  const copy = (from: string, to: string): void => {
    const buffer = new Uint8Array(65_536);
    for (let at = 0; ; ) {
      const count = disk.read(from, buffer, at);
      if (count === 0) return;
      disk.append(to, buffer.subarray(0, count));
      at += count;
    }
  };
  /** A/I `writeFile`: missing parents are made. */
  const readyToWrite = (path: string): void => {
    if (disk.stat(path)?.kind === 'directory') {
      throw nativeError(android ? 'ENOENT' : 'EISDIR', `File '${path}' does not exist and could not be created, or it is a directory`);
    }
    if (disk.stat(path) !== undefined) return;
    try {
      disk.makeDirectory(parentOf(path));
    } catch {
      throw nativeError(android ? 'EUNSPECIFIED' : 'ENOTDIR', `Failed to create parent directory of '${path}'`);
    }
    disk.truncate(path);
  };
  const slices = slicer(host, source);

  return {
    getConstants: () => constants,
    addListener: () => undefined,
    removeListeners: () => undefined,
    writeFile: (path, _encoding, data, _transform, append) =>
      promised('writeFile', () => {
        readyToWrite(path);
        const bytes = decodeNative(meter.crossed(data));
        if (append && faults.silentAppend === true) return bytes.length;
        if (!append) disk.truncate(path);
        disk.append(path, bytes);
        return bytes.length;
      }),
    readFile: (path) =>
      promised('readFile', () => {
        const found = source(path);
        if (disk.stat(found) === undefined) throw nativeError('ENOENT', `No such file '${path}'`);
        meter.loadedWhole(disk.stat(found)?.sizeBytes ?? 0);
        return meter.crossed(encodeNative(wholeOf(disk, found)));
      }),
    slice: (from, to, start, end) => promised('slice', () => slices(from, to, start, end)),
    hash: (path, algorithm) =>
      promised('hash', () => {
        if (disk.stat(path) === undefined) throw nativeError(android ? 'EUNSPECIFIED' : 'ENOENT', `No such file '${path}'`);
        const hash = createHash(algorithm as 'md5' | 'sha256');
        hash.update(wholeOf(disk, path));
        return hash.digest();
      }),
    ls: (path) =>
      promised('ls', () => {
        if (disk.stat(path) === undefined) throw nativeError('ENOENT', `No such file '${path}'`);
        if (disk.stat(path)?.kind === 'file') throw nativeError('ENOTDIR', `Not a directory '${path}'`);
        return disk.list(path);
      }),
    mkdir: (path) =>
      promised('mkdir', () => {
        // A/I: one that is there is an error, whatever it is.
        if (disk.stat(path) !== undefined) throw nativeError('EEXIST', `'${path}' already exists`);
        disk.makeDirectory(path);
        return true;
      }),
    stat: (path, done) => calledBack('stat', done, () => statOf(disk, android ? normalized(path) : path, android)),
    exists: (path, done) => {
      const found = android ? normalized(path) : path;
      void turn('exists').then(() => done(disk.stat(found) !== undefined, disk.stat(found)?.kind === 'directory'));
    },
    cp: (from, to, done) =>
      calledBack('cp', done, () => {
        // I: for an `assets-library://` video `writeAssetToPath` does nothing, since it is no image, and YES follows.
        if (!android && from.startsWith('assets-library://')) return true;
        const found = source(from);
        if (disk.stat(found)?.kind !== 'file') throw new DiskError('ENOENT', `${from}: open failed: ENOENT`);
        // I `copyItemAtURL`: "If the destination exists there will be an error". A makes it or empties it.
        if (!android && disk.stat(to) !== undefined) throw new DiskError('EEXIST', 'an item with the same name already exists');
        disk.truncate(to);
        copy(found, to);
        return true;
      }),
    mv: (from, to, done) =>
      calledBack('mv', done, () => {
        moved(host, from, to);
        return true;
      }),
    unlink: (path, done) =>
      calledBack('unlink', done, () => {
        // A: `delete()` of what is not there is false, so an IOException. I: an error, unless nothing is there.
        if (disk.stat(path) === undefined && !android) return null;
        disk.remove(path);
        return true;
      }),
    df: (done) =>
      calledBack('df', done, () => {
        const free = disk.freeBytes();
        // A: text by four names; I: numbers by two.
        const text = {
          internal_free: String(free),
          internal_total: String(disk.capacityBytes),
          external_free: String(free),
          external_total: '-1',
        };
        return android ? text : { free, total: disk.capacityBytes };
      }),
  };
}

/** I `moveItemAtURL` refuses a target that is there; A deletes it and renames then, so that a rename that fails has lost it. */
function moved({ disk, platform, faults = {} }: BlobUtilHost, from: string, to: string): void {
  if (disk.stat(from) === undefined) throw new DiskError('ENOENT', `Source file at path \`${from}\` does not exist`);
  if (disk.stat(parentOf(to)) === undefined) throw new DiskError('ENOENT', "mv failed because the destination directory doesn't exist");
  const there = disk.stat(to) !== undefined;
  if (there && platform === 'ios') throw new DiskError('EEXIST', 'an item with the same name already exists');
  if (there) disk.remove(to);
  if (faults.renameFails === true) throw new DiskError('EXDEV', 'mv failed for unknown reasons');
  disk.rename(from, to);
}

/** A/I `slice`: whatever there is of the range, without a word about what is missing. */
function slicer(host: BlobUtilHost, source: (path: string) => string): (from: string, to: string, start: number, end: number) => string {
  const { disk, platform, faults = {} } = host;
  return (from, to, start, end) => {
    const found = source(from);
    // I opens, and so empties, the destination before it looks for the source.
    if (platform === 'ios') disk.truncate(to);
    if (disk.stat(found) === undefined) throw nativeError(platform === 'ios' ? 'ENOENT' : 'EUNSPECIFIED', `No such file '${from}'`);
    disk.truncate(to);
    // A `int remain = (int) (end - start)`.
    const length = platform === 'android' ? (end - start) | 0 : end - start;
    const bytes = new Uint8Array(Math.max(0, length));
    const count = disk.read(found, bytes, start);
    disk.append(to, bytes.subarray(0, faults.shortSlice === true ? count >> 1 : count));
    return to;
  };
}

function statOf(disk: NativeDisk, path: string, android: boolean): object {
  const info = disk.stat(path);
  if (info === undefined) throw new DiskError('ENOENT', `failed to stat path \`${path}\` because it does not exist or it is not a folder`);
  // A `lastModified()` as text, in milliseconds; I whole seconds times 1,000. Sizes are text.
  const lastModified = android ? String(info.modifiedMs) : Math.trunc(info.modifiedMs / 1_000) * 1_000;
  return { size: String(info.sizeBytes), filename: path.slice(path.lastIndexOf('/') + 1), path, lastModified, type: info.kind };
}

function constantsOf({ platform, container }: BlobUtilHost): { readonly [name: string]: string } {
  if (platform === 'android') {
    // A `getSystemfolders`.
    const external = '/storage/emulated/0/Android/data/app/files';
    return { DocumentDir: `${container}/files`, CacheDir: `${container}/cache`, LibraryDir: '', SDCardDir: external };
  }
  return {
    DocumentDir: `${container}/Documents`,
    CacheDir: `${container}/Library/Caches`,
    LibraryDir: `${container}/Library`,
    SDCardDir: '',
  };
}

function wholeOf(disk: NativeDisk, path: string): Uint8Array {
  const bytes = new Uint8Array(disk.stat(path)?.sizeBytes ?? 0);
  disk.read(path, bytes, 0);
  return bytes;
}
