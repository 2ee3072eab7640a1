/** What both engines ask of a store: requests with timeouts and retries, checksums, errors, limits. */
export { type BackgroundPuts, createBackgroundPuts } from './background-puts.js';
export { type ChecksumVerifier, createChecksumVerifier, createYieldingHash, type YieldingHash } from './checksum.js';
export { type CredentialRefresher, createCredentialRefresher } from './credential-refresh.js';
export { asReelwayError, asSegmentError, corruptSegment, diskCorruptionError, recode, withContext, wrapError } from './errors.js';
export { createNetworkHealth, isNoResponse, type NetworkHealth } from './network-health.js';
export { type BlobRequest, readBlob } from './read-blob.js';
export { fetchManifest, manifestKeyOf, type ReadManifest, readManifest } from './read-manifest.js';
export { RequestLimiter, type Slot } from './request-limiter.js';
export { type Attempt, type AttemptOptions, isOfflineError, repeatUntilDone, withAttempts } from './retry-loop.js';
export { createStoreClient, type StoreClient } from './store-client.js';
export { isLinkFailure, type RetrySettings, retryOf, type StoreReader, storeReaderOf } from './transfer-context.js';
export type { FetchRetryOptions, RetryOptions, StoredManifest, StoreReadOptions } from './types.js';
