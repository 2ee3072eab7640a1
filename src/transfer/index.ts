/** What both engines ask of a store: requests with timeouts and retries, checksums, errors, limits. */
export { type Carried, createCarried } from './background-puts.js';
export { createJudge, createPoliteHash, type Judge, judgeGently, type PoliteHash } from './checksum.js';
export { type AuthGate, createAuthGate } from './credential-refresh.js';
export { asReelwayError, asSegmentError, corruptSegment, recode, spoiledByDisk, withContext, wrapError } from './errors.js';
export { eachOf } from './for-each-limit.js';
export { createLink, isUnanswered, type Link } from './network-health.js';
export { fetchManifest, manifestKeyOf, type ReadManifest, readManifest } from './read-manifest.js';
export { Concurrency, type Slot } from './request-limiter.js';
export { type Attempt, type AttemptOptions, isParked, withAttempts } from './retry-loop.js';
export { type RetrySettings, retryOf } from './retry-options.js';
export { createRequests, type PullRequest, pull, type UploadRequests } from './store-client.js';
export { isLinkFailure, type StoreReader, storeReaderOf } from './transfer-context.js';
export type { FetchRetryOptions, FetchWaitOptions, RetryOptions, StoredManifest, StoreReadOptions } from './types.js';
