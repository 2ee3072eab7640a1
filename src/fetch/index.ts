/** `reelway/fetch`: the segmented fetch engine alone. */
export type * from './types.js';
