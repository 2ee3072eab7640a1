/** The one place where the app's native modules meet Reelway. Change a line here to change the bucket or the file system. */
import AsyncStorage from '@react-native-async-storage/async-storage';
import NetInfo from '@react-native-community/netinfo';
import * as storage from '@react-native-firebase/storage';
import { AppState } from 'react-native';
import RNFS from 'react-native-fs';
import { asyncStorageKeyValueStore } from 'reelway/async-storage';
import { rnFirebaseBlobStore } from 'reelway/firebase';
import { reactNativeConditions } from 'reelway/react-native';
import { rnfsFileSystem } from 'reelway/rnfs';
import type { ReelwayHost } from '../reels/host';
import type { SelfTestTargets } from '../reels/self-test';
import { httpBackend } from './backend';

const fileSystem = rnfsFileSystem({ lib: RNFS });
const caches = `${RNFS.CachesDirectoryPath}/reelway`;
const documents = `${RNFS.DocumentDirectoryPath}/reelway`;

function bucket(prefix: string) {
  const staging = { fileSystem, directory: `${caches}/incoming` };
  return rnFirebaseBlobStore({ lib: storage, storage: storage.getStorage(), prefix, staging });
}

export const host: ReelwayHost = {
  ports: {
    fileSystem,
    keyValueStore: asyncStorageKeyValueStore({ lib: AsyncStorage }),
    blobStore: bucket('reels/'),
    conditions: reactNativeConditions({ netInfo: NetInfo, appState: AppState }),
  },
  directories: {
    cache: `${caches}/feed`,
    player: `${caches}/player`,
    sources: `${documents}/sources`,
    staging: `${documents}/staging`,
  },
  backend: httpBackend('https://api.example.com'),
};

/** The same adapters in corners of their own, for the self-test. */
export const selfTestTargets: SelfTestTargets = {
  fileSystem,
  directory: `${caches}/self-test`,
  keyValueStore: (prefix) => asyncStorageKeyValueStore({ lib: AsyncStorage, prefix }),
  blobStore: bucket,
};
