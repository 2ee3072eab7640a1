/** The cache of the fetch engine: one scope's videos on the disk, within a budget of bytes. */
export { VideoCache } from './cache.js';
export type { CachedVideo } from './entries.js';
export { MANIFEST } from './names.js';
export { Recency } from './recency.js';
export type { CacheWriter } from './writer.js';
