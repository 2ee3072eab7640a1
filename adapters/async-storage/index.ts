/** `reelway/async-storage`: a key-value store over AsyncStorage 1, 2 and 3. */
export {
  type AsyncStorageKeyValueStore,
  type AsyncStorageKeyValueStoreOptions,
  type AsyncStorageLike,
  type AsyncStorageUsage,
  asyncStorageKeyValueStore,
} from './async-storage-key-value-store.js';
