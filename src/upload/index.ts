/** `reelway/upload`: the background upload engine alone. */
export type * from './types.js';
