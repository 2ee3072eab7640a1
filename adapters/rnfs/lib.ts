/** The used part of react-native-fs; the app passes the module, so that it is never imported here. */

/** Result of `stat` of react-native-fs. */
export interface RnfsStat {
  /** Bytes. */
  readonly size: number | string;
  /** A `Date`, whatever the package's types say. */
  readonly mtime?: Date | number | undefined;
  /** Whether it is an ordinary file. */
  isFile(): boolean;
  /** Whether it is a directory. */
  isDirectory(): boolean;
}

/** The part of `react-native-fs` 2.20 and `@dr.pogodin/react-native-fs` 2.40 that is used; hand in the module itself. */
export interface RnfsLib {
  readonly DocumentDirectoryPath: string;
  readonly CachesDirectoryPath: string;
  readonly LibraryDirectoryPath?: string | null | undefined;
  readonly TemporaryDirectoryPath?: string | null | undefined;
  readonly ExternalDirectoryPath?: string | null | undefined;
  readonly ExternalCachesDirectoryPath?: string | null | undefined;
  /** Present on iOS only; used to detect the platform. */
  readonly MainBundlePath?: string | null | undefined;
  /** Base64 of at most `length` bytes from `position`; Android may give fewer. */
  read(path: string, length: number, position: number, encoding: 'base64'): Promise<string>;
  /** Replaces the file by the decoded base64. */
  writeFile(path: string, contents: string, encoding: 'base64'): Promise<void>;
  /** Appends the decoded base64; creates a missing file. */
  appendFile(path: string, contents: string, encoding: 'base64'): Promise<void>;
  /** Size and kind; rejects where nothing is there. */
  stat(path: string): Promise<RnfsStat>;
  /** Whether anything is there. */
  exists(path: string): Promise<boolean>;
  /** What lies in a directory. */
  readDir(path: string): Promise<{ readonly name: string }[]>;
  /** Makes a directory and the missing ones above it. */
  mkdir(path: string, options?: RnfsDirectoryOptions): Promise<void>;
  /** Renames, or copies and deletes between volumes. */
  moveFile(from: string, to: string): Promise<void>;
  /** Copies a file natively; on Android from `content://` too. */
  copyFile(from: string, to: string): Promise<void>;
  /** Removes a file, or a directory with all below it. */
  unlink(path: string): Promise<void>;
  /** Lower-case hex of a whole file, computed natively. */
  hash(path: string, algorithm: string): Promise<string>;
  /** Bytes that are free; `freeSpaceEx` on Android is external storage. */
  getFSInfo(): Promise<{ readonly freeSpace: number; readonly freeSpaceEx?: number }>;
  /** iOS only. */
  copyAssetsVideoIOS?(uri: string, to: string): Promise<string>;
  /** Only the maintained fork has it. */
  pickFile?: unknown;
}

/** Options of new directories on iOS, passed to `mkdir`. */
export interface RnfsDirectoryOptions {
  /** Keeps a new directory out of iCloud and iTunes backups. @default false */
  readonly NSURLIsExcludedFromBackupKey?: boolean;
  /** One of the module's `FileProtectionKeys`. @default iOS's own */
  readonly NSFileProtectionKey?: string;
}
