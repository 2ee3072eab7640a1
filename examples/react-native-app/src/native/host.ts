/** The one place where the app's native modules meet Reelway. Change a line here to change the bucket or the file system. */
import AsyncStorage from '@react-native-async-storage/async-storage';
import NetInfo from '@react-native-community/netinfo';
import * as storage from '@react-native-firebase/storage';
import { AppState } from 'react-native';
import RNFS from 'react-native-fs';
import { asyncStorageKeyValueStore } from 'reelway/async-storage';
import { rnFirebaseBlobStore } from 'reelway/firebase';
import { reactNativePorts } from 'reelway/react-native';
import type { ReelwayHost } from '../reels/host';
import type { SelfTestTargets } from '../reels/self-test';
import { httpBackend } from './backend';

const ports = reactNativePorts({ RNFS, AsyncStorage, storage, NetInfo, AppState, prefix: 'reels/' });
const { fileSystem } = ports;
const caches = `${RNFS.CachesDirectoryPath}/reels-app`;

export const host: ReelwayHost = {
  ports,
  directories: {
    cache: ports.cacheDirectory,
    player: `${caches}/player`,
    // On iOS out of the person's sight, and in no backup's way; Android has no such folder.
    sources: `${RNFS.LibraryDirectoryPath || RNFS.DocumentDirectoryPath}/reels-app/sources`,
    staging: ports.stagingDirectory,
  },
  backend: httpBackend('https://api.example.com'),
};

/** The same adapters in corners of their own, for the self-test. */
export const selfTestTargets: SelfTestTargets = {
  fileSystem,
  directory: `${caches}/self-test`,
  keyValueStore: (prefix) => asyncStorageKeyValueStore({ lib: AsyncStorage, prefix }),
  blobStore: (prefix) =>
    rnFirebaseBlobStore({ lib: storage, storage: storage.getStorage(), prefix, staging: { fileSystem, directory: `${caches}/incoming` } }),
};
