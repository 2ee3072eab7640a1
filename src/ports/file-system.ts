/** Files of the host: sources, staged copies, the cache. */
import type { ByteRange } from '../core/index.js';
import type { AbortSignalLike } from './common.js';

/** The result of {@link FileSystem.stat}. */
export interface FileInfo {
  readonly sizeBytes: number;
  /** `other`: a pipe, a socket, a device; never opened. */
  readonly kind: 'file' | 'directory' | 'other';
  /** Milliseconds since 1970. */
  readonly modifiedMs?: number;
}

/** Options of {@link FileSystem.create}. */
export interface CreateOptions {
  /** Appends to the file instead of replacing it. @default false */
  readonly append?: boolean;
  /**
   * The path that this file will get by `rename`. The new file must not exist yet, and gets the mode of the file at that path,
   * else the default mode of the process. Adapters without file modes ignore it. @default the file is private
   */
  readonly replaces?: string;
}

/**
 * Paths are opaque: plain or `file://` (percent-encoded), both accepted by every adapter whose `nativePaths` is true.
 * Engines append only `/` and names of `[a-z0-9._-]` to the app's directories, and pass sources on verbatim.
 */
export interface FileSystem {
  /** Whether the host's own uploaders and downloaders can open these paths. False: memory, OPFS. */
  readonly nativePaths: boolean;
  /** Directories that move between launches (iOS containers), by name: stored paths are relative to them. */
  readonly roots?: { readonly [name: string]: string };
  /** `undefined` where the path does not exist. @throws {ReelwayError} FILE_UNREADABLE */
  stat(path: string): Promise<FileInfo | undefined>;
  /** @throws {ReelwayError} FILE_NOT_FOUND, FILE_UNREADABLE (a directory or a pipe too), FILE_TOO_LARGE_FOR_ADAPTER (here, not 2 GiB later) */
  open(path: string): Promise<ReadHandle>;
  /** Opens for writing, in a directory that exists. @throws {ReelwayError} STORAGE_FULL, FILE_UNREADABLE, UNSAFE_PATH */
  create(path: string, options?: CreateOptions): Promise<WriteHandle>;
  /** Replaces the target; atomic where the host can. @throws {ReelwayError} FILE_NOT_FOUND, FILE_UNREADABLE */
  rename(from: string, to: string): Promise<void>;
  /** A missing path is success. A directory is removed with its content. */
  remove(path: string): Promise<void>;
  /** Names, unordered. A missing directory is empty. */
  list(directory: string): Promise<string[]>;
  /** Makes missing parents too; an existing directory is success. */
  makeDirectory(path: string): Promise<void>;
  /** Bytes that can still be written below `directory`, ≥ 0. */
  freeBytes?(directory: string): Promise<number>;
  /** Native copy of a range. Resolves only when `destination` holds exactly the range's length. */
  sliceToFile?(source: string, range: ByteRange, destination: string): Promise<void>;
  /** Native hash of a whole file, as lower-case hex. */
  hashFile?(path: string, algorithm: 'md5' | 'sha256'): Promise<string>;
  /** The path in a form that does not depend on the working directory. Absent: every path is absolute. @throws {ReelwayError} FILE_UNREADABLE */
  absolutePath?(path: string): Promise<string>;
  /** The path at the end of a chain of symbolic links, whether a file is there or not; other paths unchanged. Absent: links are not followed. @throws {ReelwayError} UNSAFE_PATH (a cycle), FILE_UNREADABLE */
  linkTarget?(path: string): Promise<string>;
  /** Native copy of a source that `open` refuses: `content://`, `ph://`, a picked file. */
  importFile?(uri: string, destination: string, signal?: AbortSignalLike): Promise<void>;
}

/** A file open for reading. Calls may overlap: an adapter over a file cursor queues them. */
export interface ReadHandle {
  /**
   * Reads ≤ `buffer.length` (callers give ≤ 524,288) bytes at `position` (from 0), into the start of `buffer`, which is lent
   * until the promise settles. Resolves with how many; short reads are legal; 0 only at the end. @throws {ReelwayError} FILE_UNREADABLE
   */
  readInto(buffer: Uint8Array, position: number): Promise<number>;
  /** Idempotent. */
  close(): Promise<void>;
}

/** A file open for writing. Until `close` resolves others may see none, some or all of the bytes; after it all of them, even after a kill. */
export interface WriteHandle {
  /** Writes all of `bytes`, which are lent until the promise settles; not overlapped. @throws {ReelwayError} STORAGE_FULL (the length is then unknown) */
  write(bytes: Uint8Array): Promise<void>;
  /** Makes all of it durable; idempotent. */
  close(): Promise<void>;
}
