/**
 * The native module FileSystem of expo-file-system 58.0.2, at the boundary that its JavaScript (File.ts, Directory.ts, Paths.ts)
 * extends and calls. Beside each behaviour stands where the source has it:
 *   A  android/src/main/java/expo/modules/filesystem/ (FileSystemFile.kt, FileSystemFileHandle.kt, FileSystemPath.kt, fsops)
 *   I  ios/ (FileSystemFile.swift, FileSystemFileHandle.swift, FileSystemPath.swift, FileSystemDirectory.swift)
 * Bytes that are handed in are copied as the call is made: expo-modules-core 58.0.7, ByteArrayFrontendConverter, DynamicDataType.
 */
import { createHash } from '../../src/core/index.js';
import { type BridgeMeter, nativeError } from './native-bridge.js';
import { DiskError, type NativeDisk } from './native-disk.js';

/** What the fake stands on. */
export interface ExpoHost {
  readonly platform: 'ios' | 'android';
  readonly disk: NativeDisk;
  readonly container: string;
  readonly meter: BridgeMeter;
  /** Files of other apps on Android, by `content://` URI: where they lie on the disk. */
  readonly content?: ReadonlyMap<string, string>;
  readonly turn?: () => Promise<void>;
  readonly faults?: ExpoFaults;
}

/** What may happen, and does at a test's wish. */
export interface ExpoFaults {
  /** A handle's calls answer at once and not by a promise, as before version 58. */
  readonly synchronous?: boolean;
  /** Bytes that are written are lost, and nobody says so. */
  readonly lostWrites?: boolean;
}

const parentOf = (path: string): string => path.slice(0, Math.max(1, path.lastIndexOf('/')));

/** The native module over `host`: the classes that the package's own extend, and its constants and functions. */
export function expoNative(host: ExpoHost) {
  const { disk, meter, platform, faults = {} } = host;
  const android = platform === 'android';
  const documents = android ? `${host.container}/files` : `${host.container}/Documents`;
  const caches = android ? `${host.container}/cache` : `${host.container}/Library/Caches`;
  for (const path of [documents, caches]) disk.makeDirectory(path);

  const turn = (name: string): Promise<void> => {
    meter.called(name);
    return host.turn?.() ?? Promise.resolve();
  };
  const refuse = (message: string): Error => nativeError('ERR_FILE_SYSTEM', message);
  const guarded = <T>(run: () => T): T => {
    try {
      return run();
    } catch (error) {
      throw error instanceof DiskError ? refuse(error.message) : error;
    }
  };
  /** A `File(URI.create(uri))` refuses what is no URI; I `URL` decodes the same. */
  const pathOf = (uri: string): string => {
    const shared = host.content?.get(uri);
    if (shared !== undefined) return shared;
    if (!uri.startsWith('file:///') || /[\s"<>\\^`{|}]|%(?![0-9A-Fa-f]{2})/.test(uri)) throw refuse(`Illegal character in path: ${uri}`);
    return decodeURIComponent(uri.slice('file://'.length).replace(/[?#].*$/, '')).replace(/(.)\/+$/, '$1');
  };
  /** A `Uri.fromFile`; I `absoluteString`, which leaves more characters as they are. Directories end in a slash. */
  const uriOf = (path: string, directory: boolean): string => {
    const encoded = path.split('/').map(encodeURIComponent).join('/');
    const told = android ? encoded : encoded.replace(/%(24|26|2B|2C|3A|3B|3D|40)/g, decodeURIComponent);
    return `file://${told}${directory ? '/' : ''}`;
  };
  const copyBytes = (from: string, to: string): void => {
    disk.truncate(to);
    const buffer = new Uint8Array(65_536);
    for (let at = 0; ; ) {
      const count = disk.read(from, buffer, at);
      if (count === 0) return;
      disk.append(to, buffer.subarray(0, count));
      at += count;
    }
  };
  /** A `prepareAsDestination` and I `copy`, `move`: what is there is refused, or goes first. */
  const clearTarget = (from: string, to: string, overwrite: boolean): void => {
    if (disk.stat(from) === undefined) throw refuse(`${from}: No such file or directory`);
    if (disk.stat(parentOf(to))?.kind !== 'directory') throw refuse('The destination path does not exist');
    if (disk.stat(to) === undefined) return;
    if (!overwrite) throw refuse('Destination already exists');
    disk.remove(to);
  };

  /** A FileChannel with a cursor; I FileHandle. Reads stop at the end, and give an empty array there. */
  class FileSystemFileHandle {
    private readonly path: string;
    private readonly mode: string;
    private cursor: number;
    private open = true;

    constructor(path: string, mode: string) {
      this.path = path;
      this.mode = mode;
      this.cursor = mode === 'wa' ? (disk.stat(path)?.sizeBytes ?? 0) : 0;
    }

    get offset(): number | null {
      return this.cursor;
    }

    set offset(value: number | null) {
      if (value !== null) this.cursor = value;
    }

    get size(): number | null {
      return disk.stat(this.path)?.sizeBytes ?? null;
    }

    // Whether it is a promise differs from version to version, as the package's own types do.
    readBytes(length: number): Promise<Uint8Array<ArrayBuffer>> {
      const read = (): Uint8Array<ArrayBuffer> => {
        if (!this.open || this.mode.startsWith('w')) throw refuse("Unable to read from a file handle: 'file handle is closed'");
        const left = Math.max(0, (disk.stat(this.path)?.sizeBytes ?? 0) - this.cursor);
        const bytes = new Uint8Array(Math.min(length, left));
        disk.read(this.path, bytes, this.cursor);
        this.cursor += bytes.length;
        return bytes;
      };
      return this.answer('readBytes', read);
    }

    writeBytes(bytes: Uint8Array): Promise<void> {
      const copied = new Uint8Array(bytes);
      const write = (): void => {
        if (!this.open || this.mode === 'r') throw refuse("Unable to write to a file handle: 'file handle is closed'");
        if (faults.lostWrites !== true) disk.write(this.path, copied, this.cursor);
        this.cursor += copied.length;
      };
      return this.answer('writeBytes', write);
    }

    close(): void {
      meter.called('close');
      this.open = false;
    }

    private answer<T>(name: string, run: () => T): Promise<T> {
      if (faults.synchronous === true) return guarded(run) as unknown as Promise<T>;
      return turn(name).then(() => guarded(run));
    }
  }

  class FileSystemPath {
    uri: string;

    constructor(uri: string) {
      this.uri = uri;
    }

    validatePath(): void {
      // I: "tried to create a file with a directory path", and only file URLs.
      if (!android && !this.uri.startsWith('file:///')) throw refuse('wrong type');
    }

    get path(): string {
      return pathOf(this.uri);
    }

    get exists(): boolean {
      return disk.stat(this.path)?.kind === this.kind;
    }

    delete(): void {
      guarded(() => {
        if (disk.stat(this.path) === undefined) throw refuse(`Unable to delete file or directory: uri '${this.uri}' does not exist`);
        disk.remove(this.path);
      });
    }

    async copy(to: { readonly uri: string }, options: { overwrite?: boolean } = {}): Promise<void> {
      await turn('copy');
      guarded(() => {
        clearTarget(this.path, pathOf(to.uri), options.overwrite === true);
        copyBytes(this.path, pathOf(to.uri));
      });
    }

    async move(to: { readonly uri: string }, options: { overwrite?: boolean } = {}): Promise<void> {
      await turn('move');
      guarded(() => {
        clearTarget(this.path, pathOf(to.uri), options.overwrite === true);
        disk.rename(this.path, pathOf(to.uri));
        this.uri = to.uri;
      });
    }

    get kind(): 'file' | 'directory' {
      return 'file';
    }
  }

  class FileSystemFile extends FileSystemPath {
    create(options: { overwrite?: boolean; intermediates?: boolean } = {}): void {
      guarded(() => {
        if (disk.stat(this.path)?.kind === 'directory') throw refuse('A folder with the same name already exists in the file location');
        if (this.exists && options.overwrite !== true) throw refuse('Unable to create file or directory: it already exists');
        // I `FileManager.createFile`, whose NO nobody looks at: a missing directory is no error.
        const silent = !android && disk.stat(parentOf(this.path)) === undefined;
        if (!silent) disk.truncate(this.path);
      });
    }

    open(mode = 'rw'): FileSystemFileHandle {
      return guarded(() => {
        const info = disk.stat(this.path);
        if (info?.kind === 'directory') throw refuse(`${this.path}: open failed: EISDIR (Is a directory)`);
        // A `RandomAccessFile(file, "rw")` makes the file; I `FileHandle(forWritingTo:)` does not.
        if (info === undefined && (!android || mode === 'r')) throw refuse(`${this.path}: open failed: ENOENT (No such file or directory)`);
        if (info === undefined || mode === 'wt') disk.truncate(this.path);
        return new FileSystemFileHandle(this.path, mode);
      });
    }

    info(): { exists: boolean; uri: string; size?: number; modificationTime?: number } {
      return guarded(() => {
        const info = disk.stat(this.path);
        // A `validateType`: InvalidTypeFileException where a folder is.
        if (info?.kind === 'directory' && android) throw refuse('A folder with the same name already exists in the file location');
        if (info?.kind !== 'file') return { exists: false, uri: this.uri };
        return { exists: true, uri: this.uri, size: info.sizeBytes, modificationTime: info.modifiedMs };
      });
    }

    async digest(algorithm: string): Promise<string> {
      await turn('digest');
      return guarded(() => {
        const hash = createHash(algorithm === 'MD5' ? 'md5' : 'sha256');
        const bytes = new Uint8Array(disk.stat(this.path)?.sizeBytes ?? 0);
        disk.read(this.path, bytes, 0);
        hash.update(bytes);
        return hash.digest();
      });
    }

    /** A and I: the file whole. No adapter calls it. */
    async base64(): Promise<string> {
      await turn('base64');
      meter.loadedWhole(disk.stat(this.path)?.sizeBytes ?? 0);
      return '';
    }
  }

  class FileSystemDirectory extends FileSystemPath {
    create(options: { intermediates?: boolean; idempotent?: boolean } = {}): void {
      guarded(() => {
        const info = disk.stat(this.path);
        if (info?.kind === 'directory' && options.idempotent === true) return;
        if (info !== undefined) throw refuse('A file with the same name already exists in the folder location');
        if (options.intermediates !== true && disk.stat(parentOf(this.path)) === undefined) throw refuse('directory could not be created');
        disk.makeDirectory(this.path);
      });
    }

    listAsRecords(): { isDirectory: boolean; uri: string }[] {
      return guarded(() =>
        disk.list(this.path).map((name) => {
          const isDirectory = disk.stat(`${this.path}/${name}`)?.kind === 'directory';
          return { isDirectory, uri: uriOf(`${this.path}/${name}`, isDirectory) };
        }),
      );
    }

    override get kind(): 'file' | 'directory' {
      return 'directory';
    }
  }

  return {
    FileSystemFile,
    FileSystemDirectory,
    FileSystemFileHandle,
    FileSystemUploadTask: class {},
    FileSystemDownloadTask: class {},
    FileSystemWatcher: class {},
    documentDirectory: uriOf(documents, true),
    cacheDirectory: uriOf(caches, true),
    bundleDirectory: 'file:///bundle/',
    totalDiskSpace: disk.capacityBytes,
    get availableDiskSpace(): number {
      return disk.freeBytes();
    },
    info: (uri: string) => {
      const info = disk.stat(pathOf(uri));
      return { exists: info !== undefined, isDirectory: info === undefined ? null : info.kind === 'directory' };
    },
    addListener: () => ({ remove: () => undefined }),
  };
}

/** The native module. */
export type ExpoNativeModule = ReturnType<typeof expoNative>;
