/** `reelway`: both engines, the errors, the manifest and the types of the ports. Re-exports only. */
export type * from './core/index.js';
export * from './errors/index.js';
export type * from './fetch/index.js';
export type * from './ports/index.js';
export type * from './upload/index.js';
