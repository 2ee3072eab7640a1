/** What the adapters for files ask of the native packages, against the packages' own declarations. */
import * as Maintained from '@dr.pogodin/react-native-fs';
import * as Expo from 'expo-file-system';
import BlobUtil from 'react-native-blob-util';
import RNFS from 'react-native-fs';
import { blobUtilFileSystem } from '../../../adapters/blob-util/index.js';
import { expoFileSystem } from '../../../adapters/expo/index.js';
import { rnfsFileSystem } from '../../../adapters/rnfs/index.js';

rnfsFileSystem({ lib: RNFS });
rnfsFileSystem({ lib: Maintained, directoryOptions: { NSURLIsExcludedFromBackupKey: true } });
blobUtilFileSystem({ lib: BlobUtil });
expoFileSystem({ lib: Expo });

// @ts-expect-error react-native-blob-util has its files under `fs`
rnfsFileSystem({ lib: BlobUtil });
// @ts-expect-error react-native-fs reads by path, and opens nothing
expoFileSystem({ lib: RNFS });
// @ts-expect-error expo-file-system has no `fs`
blobUtilFileSystem({ lib: Expo });
