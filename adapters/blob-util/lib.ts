/** The part of react-native-blob-util that is used, so that it is handed in and never imported. */

/** What `fs.stat` gives. */
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
  stat(path: string): Promise<BlobUtilStat>;
  exists(path: string): Promise<boolean>;
  ls(path: string): Promise<string[]>;
  mkdir(path: string): Promise<unknown>;
  unlink(path: string): Promise<unknown>;
  mv(from: string, to: string): Promise<unknown>;
  cp(from: string, to: string): Promise<unknown>;
  slice(from: string, to: string, start: number, end: number): Promise<unknown>;
  readFile(path: string, encoding: 'base64'): Promise<string>;
  writeFile(path: string, data: string, encoding: 'base64'): Promise<unknown>;
  appendFile(path: string, data: string, encoding: 'base64'): Promise<unknown>;
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
