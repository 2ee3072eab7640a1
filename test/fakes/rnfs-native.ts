/**
 * The native modules of react-native-fs 2.20.0 and @dr.pogodin/react-native-fs 2.40.3, at the boundary that their JavaScript calls.
 * Beside each behaviour stands where their source has it:
 *   A  react-native-fs 2.20.0, android/src/main/java/com/rnfs/RNFSManager.java
 *   I  react-native-fs 2.20.0, RNFSManager.m
 *   DA @dr.pogodin/react-native-fs 2.40.3, android/src/main/java/com/drpogodin/reactnativefs/ReactNativeFsModule.kt
 *   DI @dr.pogodin/react-native-fs 2.40.3, ios/ReactNativeFs.mm
 */
import type { BridgeMeter } from './native-bridge.js';
import type { NativeDisk } from './native-disk.js';

/** Which package's native module. */
export type RnfsFlavour = 'react-native-fs' | '@dr.pogodin/react-native-fs';

/** What a fake native module stands on. */
export interface RnfsHost {
  readonly disk: NativeDisk;
  readonly flavour: RnfsFlavour;
  /** The app's container; it has all its directories. iOS moves it at each update. */
  readonly container: string;
  readonly meter: BridgeMeter;
  /** Files of other apps on Android, by `content://` URI: where they lie on the disk. */
  readonly content?: ReadonlyMap<string, string>;
  /** Videos of the photo library of iOS, by `ph://` URI: where they lie, or that PhotoKit hands out no file for them. */
  readonly photos?: ReadonlyMap<string, string | 'composition'>;
  /** Passes before each answer. @default a microtask */
  readonly turn?: () => Promise<void>;
  readonly faults?: RnfsFaults;
}

/** What may happen on a device, and does at a test's wish. */
export interface RnfsFaults {
  /** A/DA `read`: one `InputStream.read` may give fewer bytes than asked. */
  readonly shortRead?: (lengthBytes: number) => number;
  /** Base64 with line breaks, as an encoder without NO_WRAP makes it. */
  readonly lineBreaks?: boolean;
  /** A/DA `read` at the end: `read` gives −1, which `Base64.encodeToString` may refuse. @default false: the empty string */
  readonly rejectAtEnd?: boolean;
  /** A/DA `moveFile`: `renameTo` fails (another volume), so that the file is copied and deleted. */
  readonly renameFails?: boolean;
  /** I/DI `appendFile`: `fileHandleForUpdatingAtPath` is nil (data protection), so that nothing is written and all is well. */
  readonly silentAppend?: boolean;
  /** A/DA `deleteRecursive`: `delete()` is false, which nobody looks at. */
  readonly deleteFails?: boolean;
}

/** What `stat` of the native module gives. */
export interface NativeStat {
  readonly ctime: number;
  readonly mtime: number;
  readonly size: number;
  readonly type: string | number;
  readonly mode?: number;
  readonly originalFilepath?: string;
}

/** One entry of `readDir`. */
export interface NativeEntry {
  readonly ctime?: number;
  readonly mtime: number;
  readonly name: string;
  readonly path: string;
  readonly size: number;
  readonly type: string | number;
}

/** The methods of the native module that the adapter's calls come down to, as both packages' JavaScript calls them. */
export interface RnfsNativeModule {
  /** Constants by the names of @dr.pogodin/react-native-fs; react-native-fs has them with `RNFS` in front, on the module itself. */
  getConstants(): { readonly [name: string]: string | number | null | undefined };
  read(path: string, length: number, position: number): Promise<string>;
  readFile(path: string): Promise<string>;
  writeFile(path: string, base64: string, options: object): Promise<null>;
  appendFile(path: string, base64: string): Promise<null>;
  write(path: string, base64: string, position: number): Promise<null>;
  stat(path: string): Promise<NativeStat>;
  exists(path: string): Promise<boolean>;
  readDir(path: string): Promise<NativeEntry[]>;
  mkdir(path: string, options: object): Promise<null>;
  moveFile(from: string, to: string, options: object): Promise<null | true>;
  copyFile(from: string, to: string, options: object): Promise<null>;
  unlink(path: string): Promise<null>;
  hash(path: string, algorithm: string): Promise<string>;
  getFSInfo(): Promise<{ readonly totalSpace: number; readonly freeSpace: number; readonly freeSpaceEx?: number }>;
  copyAssetsVideoIOS(uri: string, to: string): Promise<string>;
}

/** The directories of an app's container on Android. */
export function androidDirectories(container: string): { readonly [name: string]: string } {
  // A/DA getConstants: getFilesDir, getCacheDir (twice), getExternalFilesDir, getExternalCacheDir.
  return {
    DocumentDirectoryPath: `${container}/files`,
    CachesDirectoryPath: `${container}/cache`,
    TemporaryDirectoryPath: `${container}/cache`,
    ExternalDirectoryPath: '/storage/emulated/0/Android/data/app/files',
    ExternalCachesDirectoryPath: '/storage/emulated/0/Android/data/app/cache',
    ExternalStorageDirectoryPath: '/storage/emulated/0',
  };
}

/** The directories of an app's container on iOS; NSTemporaryDirectory ends in a slash. */
export function iosDirectories(container: string): { readonly [name: string]: string } {
  // I/DI constantsToExport.
  return {
    MainBundlePath: '/private/var/containers/Bundle/Application/bundle/App.app',
    DocumentDirectoryPath: `${container}/Documents`,
    CachesDirectoryPath: `${container}/Library/Caches`,
    LibraryDirectoryPath: `${container}/Library`,
    TemporaryDirectoryPath: `${container}/tmp/`,
  };
}

/** What the runtime does to a `double` that is passed as `int`: it stays at the ends of the range. A `read(…, int position)`; DA `toInt()`. */
export function toJavaInt(value: number): number {
  return Math.max(-2_147_483_648, Math.min(2_147_483_647, Math.trunc(value)));
}

/** What `(int)` does to a 64-bit integer: the upper half goes. I `read`: `(int)position`. */
export function toCInt(value: number): number {
  const low = value % 4_294_967_296;
  return low >= 2_147_483_648 ? low - 4_294_967_296 : low;
}
