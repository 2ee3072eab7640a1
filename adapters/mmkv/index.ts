/** `reelway/mmkv`: a key-value store over react-native-mmkv. */
export { type MmkvKeyValueStoreOptions, type MmkvLike, mmkvKeyValueStore } from './mmkv-key-value-store.js';
