/** The used part of expo-file-system; the app passes the module, so that it is never imported here. */

/** An open file; the cursor is the handle's own. */
export interface ExpoFileHandle {
  /** Where the next call reads or writes; can be set. */
  offset: number | null;
  /** Bytes. */
  readonly size: number | null;
  /** At most `length` bytes from the cursor; none at the end. */
  readBytes(length: number): Uint8Array | Promise<Uint8Array>;
  /** Writes all bytes at the cursor. */
  writeBytes(bytes: Uint8Array): void | Promise<void>;
  /** Closes the file. */
  close(): void | Promise<void>;
}

/** Where something is copied or moved to: a file or a directory of the module. */
export interface ExpoPath {
  readonly uri: string;
}

/** A file that may be there or not. */
export interface ExpoFile extends ExpoPath {
  /** Whether it is there, its bytes, and its time in milliseconds since 1970. */
  info(): { readonly exists: boolean; readonly size?: number | undefined; readonly modificationTime?: number | undefined };
  /** Makes an empty file. */
  create(options?: { readonly overwrite?: boolean }): void | Promise<void>;
  /** Opens for reading, and for writing where it may. */
  open(mode?: string): ExpoFileHandle;
  /** Copies natively; on Android from `content://` too. */
  copy(destination: ExpoPath): void | Promise<void>;
  /** Moves; replaces an existing target only with `overwrite`. */
  move(destination: ExpoPath, options?: { readonly overwrite?: boolean }): void | Promise<void>;
  /** Removes it, with all below it; rejects where nothing is there. */
  delete(): void | Promise<void>;
  /** Lower-case hex of a whole file, computed natively. */
  digest(algorithm: 'MD5' | 'SHA-256'): string | Promise<string>;
}

/** A directory that may be there or not. */
export interface ExpoDirectory extends ExpoPath {
  /** Makes the directory. */
  create(options?: { readonly intermediates?: boolean; readonly idempotent?: boolean }): void | Promise<void>;
  /** What lies in it. */
  list(): { readonly uri: string }[];
  /** Moves it with all below it. */
  move(destination: ExpoPath): void | Promise<void>;
  /** Removes it, with all below it; rejects where nothing is there. */
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
