/** `reelway/rnfs`: files of React Native over react-native-fs. */
export { type RnfsFileSystemOptions, rnfsFileSystem } from './file-system.js';
export type { RnfsDirectoryOptions, RnfsLib, RnfsStat } from './lib.js';
export type { RnfsPlatform } from './native.js';
