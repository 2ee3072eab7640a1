/** The core: pure data and decisions, no host. */
export type { ByteRange } from './byte-range.js';
export type { HashAlgorithm, Hashes } from './hashes.js';
export type { Layout, Priority, UploadQueueItem, UploadStatus, VideoMetadata, VideoSegment, WaitingReason } from './video.js';
