/** All that both engines need of a phone, in one line. */
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

/** What {@link reactNativePorts} is made of. Of `storage` and `blobStore` one must be there. */
export interface ReactNativePortsOptions {
  /** `react-native-fs` or `@dr.pogodin/react-native-fs`. */
  readonly RNFS: RnfsLib;
  /** AsyncStorage's default export (1, 2), or what `createAsyncStorage` made (3). */
  readonly AsyncStorage: AsyncStorageLike;
  /** `@react-native-community/netinfo`. */
  readonly NetInfo: NetInfoLike;
  /** React Native's `AppState`. */
  readonly AppState: AppStateLike;
  /** Firebase Storage; read through `transport`, where one is given, else file by file. */
  readonly storage?: RnFirebaseStorageModule;
  /** Of `storage`: another bucket than the app's own, `gs://…`. @default the app's own */
  readonly bucketUrl?: string;
  /** Of `storage`: put before every key, with a `/` at its end. @default 'reelway/' */
  readonly prefix?: string;
  /** Of `storage`: what blobs are read by; `fetchTransport()` of `reelway/http` lets players and prefetching read ranges. */
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

/** What {@link reactNativePorts} makes; spread it into an engine's options. */
export interface ReactNativePorts {
  readonly fileSystem: FileSystem;
  readonly keyValueStore: AsyncStorageKeyValueStore;
  readonly blobStore: BlobStore;
  readonly conditions: ReactNativeConditions;
  /** For the upload engine: a folder that the system does not clear away, on iOS out of the person's sight. */
  readonly stagingDirectory: string;
  /** For the fetcher: a folder that the system may clear away, `cache: { directory: cacheDirectory, maxBytes }`. */
  readonly cacheDirectory: string;
}

/**
 * The ports of a phone: `createUploadEngine({ ...reactNativePorts({ RNFS, AsyncStorage, storage, NetInfo, AppState }), scope })`. Make them
 * once in a life of the app, and close `conditions` where you make them anew.
 * @throws {TypeError} for options that are none, and without a bucket
 */
export function reactNativePorts(options: ReactNativePortsOptions): ReactNativePorts {
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
  if (storage === undefined) throw new TypeError('Hand in storage (the module @react-native-firebase/storage) or a blobStore');
  return rnFirebaseBlobStore({
    lib: storage,
    storage: storage.getStorage(undefined, bucketUrl),
    prefix,
    staging: { fileSystem, directory },
    ...(transport === undefined ? {} : { transport }),
  });
}
