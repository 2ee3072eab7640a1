/** `reelway/upload`: the background upload engine alone. */
export { createUploadEngine } from './engine.js';
export { type RawPackagingOptions, rawPackaging } from './raw-packaging.js';
export type * from './types.js';
