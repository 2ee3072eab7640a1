/** `reelway/memory`: every port in memory, for tests and as a pattern. */
export type { MemoryBlobStoreOptions } from './blob-store.js';
export { memoryBlobStore } from './blob-store.js';
export type { MemoryFileSystemOptions } from './file-system.js';
export { memoryFileSystem } from './file-system.js';
export type { MemoryKeyValueStoreOptions } from './key-value-store.js';
export { memoryKeyValueStore } from './key-value-store.js';
export type { MemoryLockOptions } from './lock.js';
export { memoryLock } from './lock.js';
