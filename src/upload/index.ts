/** `reelway/upload`: the background upload engine alone. */
export { type BlobPageWalk, forEachBlobPage } from './blob-pages.js';
export { createUploadEngine } from './engine.js';
export { type RawPackagingOptions, rawPackaging } from './raw-packaging.js';
export type * from './types.js';
