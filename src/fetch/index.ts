/** `reelway/fetch`: the segmented fetch engine alone. */
export { checkVideo } from './check.js';
export { createVideoFetcher } from './fetcher.js';
export { readManifest } from './manifests.js';
export type * from './types.js';
