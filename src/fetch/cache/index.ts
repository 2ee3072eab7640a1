/** The cache of the fetch engine: one scope's videos on the disk, within a budget of bytes. */
export type { CacheWriter } from './cache-file-writer.js';
export type { CachedVideo } from './cache-index.js';
export { MANIFEST } from './file-names.js';
export { LastUsedStore } from './last-used.js';
export { Buffers } from './segment-buffers.js';
export { VideoCache } from './video-cache.js';
