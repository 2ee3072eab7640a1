/** The core: pure data and decisions, no host. */
export { copyBytes } from './bytes.js';
export { checkInteger, checkNumber, checkOneOf, invalidOption } from './check-option.js';
export { createHash } from './hash/create-hash.js';
export { chooseHashAlgorithm, createHashService, HASH_ALGORITHMS, HASH_DIGITS, isDigest } from './hash/hash-service.js';
export type { HashAlgorithm, Hashes } from './hash/hashes.js';
export type { HashSource, IncrementalHash } from './hash/types.js';
export { FRAGMENT_BYTES, MAX_MANIFEST_BYTES, MAX_METADATA_BYTES, MAX_SEGMENT_BYTES, MAX_SEGMENTS, OPENING_PREFIX_BYTES } from './limits.js';
export type { ManifestDraft, RenditionDraft } from './manifest/create.js';
export { createManifest, createManifestSteps } from './manifest/create.js';
export { encodeManifest, encodeManifestSteps } from './manifest/encode.js';
export type { SegmentDraft } from './manifest/pack.js';
export type { ParseOptions } from './manifest/parse.js';
export { parseManifest, parseManifestSteps } from './manifest/parse.js';
export type { ManifestOpening, OpeningPart, OpeningSegment } from './manifest/read-opening.js';
export { readOpening } from './manifest/read-opening.js';
export { openingOf, renditionOf, segmentAt, segmentIndexAt, segmentIndexAtTime, segmentRange, segmentsOf } from './manifest/segments.js';
export type {
  HashColumns,
  InitSegment,
  ManifestRendition,
  ManifestSource,
  PackedNumbers,
  PackedSizes,
  RenditionOpening,
  SegmentTimes,
  UniformSizes,
  VideoManifest,
} from './manifest/types.js';
export { resolveSegmentKey } from './manifest/urls.js';
export type { RetryOptions, RetryPolicy, RetryTracker } from './retry/retry-policy.js';
export { createRetryPolicy, createRetryTracker } from './retry/retry-policy.js';
export type { ThroughputEstimate } from './retry/throughput.js';
export { createThroughputEstimate } from './retry/throughput.js';
export type { ByteRange } from './segments/byte-range.js';
export { containsRange, intersectRanges, mergeRanges, rangeLength, rangesOverlap, subtractRanges } from './segments/byte-range.js';
export type { RawPlan } from './segments/raw-plan.js';
export { planRawSegments } from './segments/raw-plan.js';
export type { CooperativeTask } from './text/cooperative-task.js';
export { runToCompletion } from './text/cooperative-task.js';
export {
  asciiJson,
  base64Decode,
  base64Encode,
  base64UrlDecode,
  base64UrlEncode,
  hexDecode,
  hexEncode,
  latin1Decode,
  latin1DecodeSteps,
  latin1Encode,
  utf8Decode,
  utf8Encode,
} from './text/text.js';
export { guessContentType } from './video/content-type.js';
export { parseMetadata } from './video/metadata.js';
export {
  assertBlobKey,
  assertScope,
  assertVideoId,
  createUploadId,
  createVideoId,
  isBlobKey,
  isVideoId,
  manifestKey,
  safeName,
  scopeKey,
  segmentKey,
} from './video/names.js';
export type { UploadSignal } from './video/upload-state.js';
export { canTransition, describeTransitions, isTerminal, transition, UPLOAD_TRANSITIONS } from './video/upload-state.js';
export type { Layout, Priority, UploadQueueItem, UploadStatus, VideoMetadata, VideoSegment, WaitingReason } from './video/video.js';
