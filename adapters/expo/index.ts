/** `reelway/expo`: files of Expo over expo-file-system. */
export { type ExpoFileSystemOptions, expoFileSystem } from './file-system.js';
export type { ExpoDirectory, ExpoFile, ExpoFileHandle, ExpoFileSystemLib, ExpoPath } from './lib.js';
