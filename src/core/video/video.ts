/** The data that apps see: a queue's items, a video's segments, its description. */
import type { Hashes } from '../hash/hashes.js';
import type { ByteRange } from '../segments/byte-range.js';

/** How urgent something is. */
export type Priority = 'high' | 'normal' | 'low';

/** How a source became stored objects. */
export type Layout = 'raw' | 'hls' | 'object';

/** What an app says of a video; travels in the manifest, readable by whoever can read the bucket. ≤ 16,384 bytes as ASCII JSON. */
export interface VideoMetadata {
  readonly title?: string;
  readonly description?: string;
  /** MIME type. @default guessed from the file's name, else application/octet-stream */
  readonly contentType?: string;
  /** Seconds, ≥ 0. */
  readonly durationSeconds?: number;
  /** Pixels, ≥ 1. */
  readonly width?: number;
  /** Pixels, ≥ 1. */
  readonly height?: number;
  /** The app's own words. */
  readonly custom?: { readonly [name: string]: string };
}

/** A video's state on its way to the bucket. */
export type UploadStatus = 'pending' | 'processing' | 'publishing' | 'completed' | 'failed' | 'canceled' | 'paused' | 'waiting';

/** What a waiting upload waits for. */
export type WaitingReason = 'offline' | 'backoff' | 'auth' | 'metered' | 'power' | 'storage' | 'permission' | 'source';

/** One video in the upload queue. */
export interface UploadQueueItem {
  /** The upload's id. */
  readonly id: string;
  /** As the app gave it, resolved for this launch. */
  readonly filePath: string;
  readonly metadata: VideoMetadata;
  readonly priority: Priority;
  /** Failed attempts so far that count against a budget, ≥ 0; being offline never counts. */
  readonly retryCount: number;
  readonly status: UploadStatus;
  readonly videoId: string;
  /** Bytes of the source. */
  readonly sizeBytes: number;
  /** Milliseconds since 1970. */
  readonly createdMs: number;
  /** Present while `status` is `waiting`. */
  readonly waitingFor?: WaitingReason;
  /** Bytes that the store has acknowledged, 0 to `sizeBytes`. */
  readonly acknowledgedBytes: number;
}

/** One stored piece of a video. */
export interface VideoSegment {
  /** `<uploadId>/<n>`, n from 0; in renditions behind the first `<uploadId>/<renditionId>/<n>`. */
  readonly id: string;
  /** The blob's key, relative to the manifest's own folder. */
  readonly url: string;
  /** Seconds from the start of the video; 0 where unknown. */
  readonly startTime: number;
  /** Seconds; 0 where unknown. */
  readonly duration: number;
  /** Bytes, ≥ 1. */
  readonly size: number;
  /** `high`: needed for the first frame; `normal`: the end of a raw file (1 MiB, or 2 % where that is more); `low`: the rest. */
  readonly priority: Priority;
  /** From 0. */
  readonly index: number;
  /** Where it lies in the rendition: all its segments, one behind the other. */
  readonly range: ByteRange;
  readonly hashes: Hashes;
  /** Where it lies in its blob; absent where the blob is the segment. */
  readonly blobRange?: ByteRange;
  /** Whether it starts with a sync sample; absent where unknown. */
  readonly sync?: boolean;
}
