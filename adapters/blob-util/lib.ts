/** The used part of react-native-blob-util; the app passes the module, so that it is never imported here. */

/** Result of `fs.stat`. */
export interface BlobUtilStat {
  /** Bytes. */
  readonly size: number | string;
  /** Milliseconds since 1970; whole seconds on iOS. */
  readonly lastModified: number | string;
  readonly type: string;
}

/** The part of `ReactNativeBlobUtil.fs` (0.24 and later) that is used. */
export interface BlobUtilFs {
  readonly dirs: {
    readonly DocumentDir: string;
    readonly CacheDir: string;
    /** Empty on Android. */
    readonly LibraryDir?: string | undefined;
    /** External storage of the app on Android. */
    readonly SDCardDir?: string | undefined;
  };
  /** Size, kind and time; rejects where nothing is there. */
  stat(path: string): Promise<BlobUtilStat>;
  /** Whether anything is there. */
  exists(path: string): Promise<boolean>;
  /** Names in a directory. */
  ls(path: string): Promise<string[]>;
  /** Makes a directory and the missing ones above it. */
  mkdir(path: string): Promise<unknown>;
  /** Removes a file, or a directory with all below it. */
  unlink(path: string): Promise<unknown>;
  /** Renames a file. */
  mv(from: string, to: string): Promise<unknown>;
  /** Copies a file natively. */
  cp(from: string, to: string): Promise<unknown>;
  /** Copies the bytes from `start` (inclusive) to `end` (exclusive) into another file, natively. */
  slice(from: string, to: string, start: number, end: number): Promise<unknown>;
  /** Base64 of a whole file; used only for files made by `slice`. */
  readFile(path: string, encoding: 'base64'): Promise<string>;
  /** Replaces the file by the decoded base64. */
  writeFile(path: string, data: string, encoding: 'base64'): Promise<unknown>;
  /** Appends the decoded base64. */
  appendFile(path: string, data: string, encoding: 'base64'): Promise<unknown>;
  /** Lower-case hex of a whole file, computed natively. */
  hash(path: string, algorithm: 'md5' | 'sha256'): Promise<string>;
  /** `free` on iOS; `internal_free` and `external_free`, as text, on Android. */
  df(): Promise<{
    readonly free?: number | string | undefined;
    readonly internal_free?: string | undefined;
    readonly external_free?: string | undefined;
  }>;
}

/** `ReactNativeBlobUtil`, the default export of react-native-blob-util. */
export interface BlobUtilLib {
  readonly fs: BlobUtilFs;
}
