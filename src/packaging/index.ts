/** The layouts that are built in. */
export { builtInPackaging, isPlannedBySize, planBySize } from './built-in.js';
export { type RawPackagingOptions, rawPackaging } from './raw-packaging.js';
