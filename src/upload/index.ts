/** `reelway/upload`: the background upload engine alone. */

export { type BlobPageWalk, forEachBlobPage } from '../internal/index.js';
export { type RawPackagingOptions, rawPackaging } from '../packaging/index.js';
export { createUploadEngine } from './engine/upload-engine.js';
export type * from './types.js';
