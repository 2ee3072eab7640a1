/** What the adapter for React Native's Firebase Storage asks of the library, against its own declarations. */
import * as storage from '@react-native-firebase/storage';
import BlobUtil from 'react-native-blob-util';
import RNFS from 'react-native-fs';
import { rnFirebaseBlobStore } from '../../../adapters/firebase/index.js';
import { rnfsFileSystem } from '../../../adapters/rnfs/index.js';

const staging = { fileSystem: rnfsFileSystem({ lib: RNFS }), directory: `${RNFS.CachesDirectoryPath}/reads` };
rnFirebaseBlobStore({ lib: storage, storage: storage.getStorage(), prefix: 'reels/', staging });

// @ts-expect-error another library's module
rnFirebaseBlobStore({ lib: BlobUtil, storage: storage.getStorage(), prefix: 'reels/', staging });
