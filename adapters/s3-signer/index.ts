/** `reelway/s3-signer`: the small server that signs for phones and browsers. */
export { type PresignedAddress, type S3SignerOptions, s3Signer } from './handler.js';
export type { PresignRequest, SignableMethod, SignPolicy } from './policy.js';
