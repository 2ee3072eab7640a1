/** `reelway/fetch`: the segmented fetch engine alone. */
export { readManifest } from '../transfer/index.js';
export { checkVideo } from './download/check-video.js';
export { createVideoFetcher } from './engine/fetcher.js';
export type * from './types.js';
