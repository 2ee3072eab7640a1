/** The layouts that are built in. */
export { type RawPackagingOptions, rawPackaging, rawPackagingOf } from './raw-packaging.js';
