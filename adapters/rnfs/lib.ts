/** The part of react-native-fs that is used, so that it is handed in and never imported. */

/** What `stat` of react-native-fs gives. */
export interface RnfsStat {
  /** Bytes. */
  readonly size: number | string;
  /** A `Date`, whatever the package's types say. */
  readonly mtime?: Date | number | undefined;
  isFile(): boolean;
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
  /** There on iOS only, which is how the platform is told. */
  readonly MainBundlePath?: string | null | undefined;
  read(path: string, length: number, position: number, encoding: 'base64'): Promise<string>;
  writeFile(path: string, contents: string, encoding: 'base64'): Promise<void>;
  appendFile(path: string, contents: string, encoding: 'base64'): Promise<void>;
  stat(path: string): Promise<RnfsStat>;
  exists(path: string): Promise<boolean>;
  readDir(path: string): Promise<{ readonly name: string }[]>;
  mkdir(path: string, options?: RnfsDirectoryOptions): Promise<void>;
  moveFile(from: string, to: string): Promise<void>;
  copyFile(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  hash(path: string, algorithm: string): Promise<string>;
  getFSInfo(): Promise<{ readonly freeSpace: number; readonly freeSpaceEx?: number }>;
  /** iOS only. */
  copyAssetsVideoIOS?(uri: string, to: string): Promise<string>;
  /** Only the maintained fork has it. */
  pickFile?: unknown;
}

/** What directories are made with on iOS; handed on to `mkdir`. */
export interface RnfsDirectoryOptions {
  /** Keeps a new directory out of iCloud and iTunes backups. @default false */
  readonly NSURLIsExcludedFromBackupKey?: boolean;
  /** One of the module's `FileProtectionKeys`. @default iOS's own */
  readonly NSFileProtectionKey?: string;
}
