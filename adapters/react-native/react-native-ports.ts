/** All ports of a phone by one call. */
import { assertOptions } from '../../src/adapter-kit/index.js';
import type { BlobStore, FileSystem, HttpTransport } from '../../src/ports/index.js';
import { type AsyncStorageKeyValueStore, type AsyncStorageLike, asyncStorageKeyValueStore } from '../async-storage/index.js';
import { type RnFirebaseStorageLibrary, rnFirebaseBlobStore } from '../firebase/index.js';
import { type RnfsLib, rnfsFileSystem } from '../rnfs/index.js';
import { type ReactNativeConditions, type ReactNativeConditionsOptions, reactNativeConditions } from './conditions.js';
import type { AppStateLike, NetInfoLike } from './signals.js';

/** The module `@react-native-firebase/storage`, version 26, as a whole: `import * as storage from '@react-native-firebase/storage'`. */
export interface RnFirebaseStorageModule extends RnFirebaseStorageLibrary {
  /** The bucket of the app, or another one of it. */
  getStorage(app?: undefined, bucketUrl?: string): unknown;
}

/** Options of {@link reactNativePorts}; one of `storage` and `blobStore` is required. */
export interface ReactNativePortsOptions {
  /** `react-native-fs` or `@dr.pogodin/react-native-fs`. */
  readonly RNFS: RnfsLib;
  /** AsyncStorage's default export (1, 2), or the result of `createAsyncStorage` (3). */
  readonly AsyncStorage: AsyncStorageLike;
  /** `@react-native-community/netinfo`. */
  readonly NetInfo: NetInfoLike;
  /** React Native's `AppState`. */
  readonly AppState: AppStateLike;
  /** Firebase Storage; read through `transport` if given, else file by file. */
  readonly storage?: RnFirebaseStorageModule;
  /** For `storage`: another bucket than the app's, `gs://…`. @default the app's */
  readonly bucketUrl?: string;
  /** For `storage`: prefix of every key, with a `/` at its end. @default 'reelway/' */
  readonly prefix?: string;
  /** For `storage`: transport for reads; with `fetchTransport()` of `reelway/http`, players and prefetching can read ranges. */
  readonly transport?: HttpTransport;
  /** Another bucket in place of `storage`, such as `signedUrlBlobStore` over `nativeUploadTransport`. */
  readonly blobStore?: BlobStore;
  /** As for {@link reactNativeConditions}. */
  readonly battery?: NonNullable<ReactNativeConditionsOptions['battery']>;
  /** As for {@link reactNativeConditions}. */
  readonly batteryEvents?: NonNullable<ReactNativeConditionsOptions['batteryEvents']>;
  /** The name of our folders among the app's, 1 to 64 of `[a-z0-9-]`. @default 'reelway' */
  readonly folder?: string;
}

/** Result of {@link reactNativePorts}; spread it into an engine's options. */
export interface ReactNativePorts {
  readonly fileSystem: FileSystem;
  readonly keyValueStore: AsyncStorageKeyValueStore;
  readonly blobStore: BlobStore;
  readonly conditions: ReactNativeConditions;
  /** For the upload engine: a directory that the system does not clear, on iOS invisible to the user. */
  readonly stagingDirectory: string;
  /** For the fetcher: a directory that the system may clear, `cache: { directory: cacheDirectory, maxBytes }`. */
  readonly cacheDirectory: string;
}

/**
 * The ports of a phone: `createUploadEngine({ ...reactNativePorts({ RNFS, AsyncStorage, storage, NetInfo, AppState }), scope })`. Make them
 * once per app process, and close `conditions` before you make them again.
 * @throws {TypeError} for invalid options, and without a bucket
 */
export function reactNativePorts(options: ReactNativePortsOptions): ReactNativePorts {
  assertOptions('reactNativePorts', options, {
    RNFS: true,
    AsyncStorage: true,
    NetInfo: true,
    AppState: true,
    storage: true,
    bucketUrl: true,
    prefix: true,
    transport: true,
    blobStore: true,
    battery: true,
    batteryEvents: true,
    folder: true,
  });
  const { RNFS, AsyncStorage, NetInfo, AppState, battery, batteryEvents, folder = 'reelway' } = options;
  if (!/^[a-z0-9-]{1,64}$/.test(folder)) throw new TypeError('folder must have 1 to 64 characters of [a-z0-9-]');
  const fileSystem = rnfsFileSystem({ lib: RNFS });
  const cacheRoot = `${RNFS.CachesDirectoryPath}/${folder}`;
  return {
    fileSystem,
    keyValueStore: asyncStorageKeyValueStore({ lib: AsyncStorage }),
    blobStore: options.blobStore ?? firebaseStore(options, fileSystem, `${cacheRoot}/reads`),
    conditions: reactNativeConditions({
      netInfo: NetInfo,
      appState: AppState,
      ...(battery === undefined ? {} : { battery }),
      ...(batteryEvents === undefined ? {} : { batteryEvents }),
    }),
    stagingDirectory: `${RNFS.LibraryDirectoryPath || RNFS.DocumentDirectoryPath}/${folder}/staging`,
    cacheDirectory: `${cacheRoot}/videos`,
  };
}

function firebaseStore(options: ReactNativePortsOptions, fileSystem: FileSystem, directory: string): BlobStore {
  const { storage, bucketUrl, prefix = 'reelway/', transport } = options;
  if (storage === undefined)
    throw new TypeError('One of the options storage (the module @react-native-firebase/storage) and blobStore is required');
  return rnFirebaseBlobStore({
    lib: storage,
    storage: storage.getStorage(undefined, bucketUrl),
    prefix,
    staging: { fileSystem, directory },
    ...(transport === undefined ? {} : { transport }),
  });
}
