/** The public types of the fetch engine. */
import type { ByteRange, Priority, VideoManifest } from '../core/index.js';
import type { MessageCatalogue, ReelwayError } from '../errors/index.js';
import type { Listenable } from '../internal/index.js';
import type { BlobSource, Clock, Conditions, FetchWaitOptions, FileSystem, Hasher, KeyValueStore, VideoSession } from '../ports/index.js';
import type { FetchRetryOptions, StoreReadOptions } from '../transfer/index.js';

export type { FetchWaitOptions, VideoReader, VideoSession } from '../ports/index.js';
export type { FetchRetryOptions, StoredManifest, StoreReadOptions } from '../transfer/index.js';

/** The cache on the device. */
export interface CacheOptions {
  /** A directory of its own; made if missing. One fetcher at a time for each scope in it: a second one removes what the first is writing. */
  readonly directory: string;
  /** Bytes of all files of this scope together, ≥ 1,048,576; never exceeded, not even in the middle of a write. @default 268,435,456 */
  readonly maxBytes?: number;
}

/** Limits on what the fetcher uses at once. */
export interface FetchLimits {
  /** Bytes of all buffers together, ≥ 524,288; each is one of 524,288. With a single buffer, playing and loading take turns. @default 1,572,864 */
  readonly memoryBytes?: number;
  /** Requests at once, 1 to 16, and at most one for each buffer; fewer while more do not raise the throughput. @default 3 */
  readonly concurrency?: number;
}

/** Options of {@link createVideoFetcher}. */
export interface VideoFetcherOptions {
  readonly fileSystem: FileSystem;
  readonly keyValueStore: KeyValueStore;
  readonly blobStore: BlobSource;
  /** The account that the cache belongs to, 1 to 256 characters; two scopes on one device never see each other's bytes. */
  readonly scope: string;
  readonly cache: CacheOptions;
  readonly conditions?: Conditions;
  /** @default hashes in plain JavaScript */
  readonly hasher?: Hasher;
  readonly clock?: Clock;
  readonly limits?: FetchLimits;
  readonly retry?: FetchRetryOptions;
  readonly messages?: MessageCatalogue;
}

/** Progress of one video. */
export interface FetchProgress {
  readonly videoId: string;
  /** Bytes on the device and checked. */
  readonly cachedBytes: number;
  readonly totalBytes: number;
  /** 0 to 1, both inclusive. */
  readonly fraction: number;
  /** Bytes a second, ≥ 0; absent until known. */
  readonly bytesPerSecond?: number;
  /** Milliseconds, ≥ 0; absent until known. */
  readonly remainingMs?: number;
}

/** Events of a fetcher. */
export interface FetchEvents {
  readonly progress: FetchProgress;
  /** The fetch of a segment began or ended, or the segment is in the cache already: for a segment map. */
  readonly segment: {
    readonly videoId: string;
    /** From 0; −1 for the init segment of a layout that has one. */
    readonly index: number;
    readonly state: 'started' | 'cached' | 'failed';
    readonly range: ByteRange;
  };
  /** A cached or fetched segment does not match the manifest; it is fetched again. */
  readonly corrupt: { readonly videoId: string; readonly index: number; readonly where: 'cache' | 'store' };
  readonly retry: { readonly videoId: string; readonly index?: number; readonly error: ReelwayError; readonly delayMs: number };
  /** A file of a video was removed to make room for another one. */
  readonly evicted: { readonly videoId: string; readonly bytes: number };
  /** A failure that the app should log; no call rejects with it. */
  readonly warning: { readonly error: ReelwayError };
}

/** Options of {@link VideoFetcher.startIntelligentLoading}. */
export interface LoadOptions extends FetchWaitOptions {
  /** @default normal */
  readonly priority?: Priority;
}

/** Options of {@link VideoFetcher.combineSegments}. */
export interface CombineOptions extends FetchWaitOptions {
  /** The file to make or to replace, in a directory that exists. @default a file beside the cache, outside of its budget, that `erase` removes */
  readonly outputPath?: string;
}

/** Figures of a fetcher since it was made. */
export interface FetchReport {
  /** Bytes read from the store, in all attempts. */
  readonly bytesFetched: number;
  /** Bytes read from the cache, counted at each read. */
  readonly bytesFromCache: number;
  /** Bytes of the cache's files now. */
  readonly cacheBytes: number;
  /** The most bytes of buffers that existed at once. */
  readonly peakBufferBytes: number;
  /** The current limit of requests at once. */
  readonly concurrency: number;
  /** Attempts that failed and were repeated, ≥ 0. */
  readonly retries: number;
}

/** Fetches videos to the device. */
export interface VideoFetcher extends Listenable<FetchEvents> {
  /**
   * Reads a video's manifest, and keeps a copy of it in the cache. While the store cannot be reached, it resolves with the copy.
   * `videoUrl` is the manifest's key in the blob store.
   * @param videoUrl @default `<videoId>/manifest.json`
   * @throws {ReelwayError} MANIFEST_NOT_FOUND, MANIFEST_INVALID, MANIFEST_TOO_LARGE, MANIFEST_VERSION_UNSUPPORTED, URL_NOT_ALLOWED, INVALID_VIDEO_ID
   */
  prepareVideo(videoUrl: string | undefined, videoId: string, options?: FetchWaitOptions): Promise<VideoManifest>;
  /**
   * Loads the whole video: the opening first, then start → end → middle (in the `hls` layout: then the rest from the front);
   * resolves when all of it is on the device. @throws {ReelwayError} CACHE_FULL, before a segment is fetched, where it cannot
   * fit beside the videos in use; STORAGE_FULL, SEGMENT_CORRUPT, SEGMENT_MISSING and the network's codes;
   * INVALID_STATE while another upload of the same video is in use; ENGINE_STOPPED after `cleanup`
   */
  startIntelligentLoading(manifest: VideoManifest, options?: LoadOptions): Promise<void>;
  /** Opens a video for playing, with the manifest that was last prepared, in this run or an earlier one; else with that of its default key. @throws {ReelwayError} as `prepareVideo`; INVALID_STATE */
  open(videoId: string, options?: FetchWaitOptions): Promise<VideoSession>;
  /** Streams all segments into one file. Resolves with its path. A failed call leaves no file. @throws {ReelwayError} STORAGE_FULL, SEGMENT_CORRUPT, SEGMENT_MISSING */
  combineSegments(videoId: string, options?: CombineOptions): Promise<string>;
  /** Figures of this fetcher so far. */
  report(): FetchReport;
  /**
   * Ends all loads, sessions and combinations (ENGINE_STOPPED), and removes partial files and videos over the budget.
   * Once it resolves, the fetcher has no timer, no listener and no open file until its next call. It can be used again.
   */
  cleanup(): Promise<void>;
  /** For sign-out: as `cleanup`, and removes every file and record of this scope. */
  erase(): Promise<void>;
}

/** The result of checking one segment in the bucket. */
export interface SegmentCheck {
  /** From 0; −1 for the init segment of a layout that has one. */
  readonly index: number;
  /** The blob's key. */
  readonly key: string;
  /** Its bytes in the video. */
  readonly range: ByteRange;
  /** Absent where it matches the manifest. `size`: longer or shorter than expected; `corrupt`: other bytes. */
  readonly fault?: 'missing' | 'size' | 'corrupt';
}

/** Options of {@link checkVideo}. */
export interface CheckOptions extends StoreReadOptions {
  /** The blob that the manifest was read from. @default `<videoId>/manifest.json` */
  readonly manifestKey?: string;
  /** Segments read at once, 1 to 16. @default 3 */
  readonly concurrency?: number;
  /** Called for each segment as soon as it is read, in no set order. */
  readonly onSegment?: (check: SegmentCheck) => void;
}

/** The result of checking a video. */
export interface VideoCheck {
  readonly videoId: string;
  /** Segments that were read, ≥ 0. */
  readonly segments: number;
  /** Bytes that were read, ≥ 0. */
  readonly bytes: number;
  /** Segments with a fault, in order; empty where the video is whole. */
  readonly faults: readonly SegmentCheck[];
}
