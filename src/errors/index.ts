export type { MessageCatalogue, PortErrorCode, ReelwayErrorCode } from './codes.js';
export { ERROR_TABLE } from './codes.js';
export type { ErrorContext, ReelwayErrorOptions } from './reelway-error.js';
export { isReelwayError, ReelwayError, withMessages } from './reelway-error.js';
