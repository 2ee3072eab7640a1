/** `reelway/blob-util`: files of React Native over react-native-blob-util. */
export { type BlobUtilFileSystemOptions, blobUtilFileSystem } from './file-system.js';
export type { BlobUtilFs, BlobUtilLib, BlobUtilStat } from './lib.js';
