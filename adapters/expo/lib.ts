/** The part of expo-file-system that is used, so that it is handed in and never imported. */

/** An open file; the cursor is the handle's own. */
export interface ExpoFileHandle {
  /** Where the next call reads or writes; can be set. */
  offset: number | null;
  /** Bytes. */
  readonly size: number | null;
  readBytes(length: number): Uint8Array | Promise<Uint8Array>;
  writeBytes(bytes: Uint8Array): void | Promise<void>;
  close(): void | Promise<void>;
}

/** Where something is copied or moved to: a file or a directory of the module. */
export interface ExpoPath {
  readonly uri: string;
}

/** A file that may be there or not. */
export interface ExpoFile extends ExpoPath {
  info(): { readonly exists: boolean; readonly size?: number | undefined; readonly modificationTime?: number | undefined };
  create(options?: { readonly overwrite?: boolean }): void | Promise<void>;
  open(mode?: string): ExpoFileHandle;
  copy(destination: ExpoPath): void | Promise<void>;
  move(destination: ExpoPath, options?: { readonly overwrite?: boolean }): void | Promise<void>;
  delete(): void | Promise<void>;
  digest(algorithm: 'MD5' | 'SHA-256'): string | Promise<string>;
}

/** A directory that may be there or not. */
export interface ExpoDirectory extends ExpoPath {
  create(options?: { readonly intermediates?: boolean; readonly idempotent?: boolean }): void | Promise<void>;
  list(): { readonly uri: string }[];
  move(destination: ExpoPath): void | Promise<void>;
  delete(): void | Promise<void>;
}

/** The part of `expo-file-system` 58 and later that is used: `import * as FileSystem from 'expo-file-system'`. */
export interface ExpoFileSystemLib {
  readonly File: new (uri: string) => ExpoFile;
  readonly Directory: new (uri: string) => ExpoDirectory;
  readonly Paths: {
    readonly document: { readonly uri: string };
    readonly cache: { readonly uri: string };
    /** Bytes. */
    readonly availableDiskSpace: number;
    info(uri: string): { readonly exists: boolean; readonly isDirectory: boolean | null };
  };
}
