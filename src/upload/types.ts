/** The public types of the upload engine. */
import type {
  HashAlgorithm,
  Priority,
  UploadQueueItem,
  UploadStatus,
  VideoManifest,
  VideoMetadata,
  VideoSegment,
  WaitingReason,
} from '../core/index.js';
import type { MessageCatalogue, ReelwayError } from '../errors/index.js';
import type { Listenable } from '../internal/index.js';
import type { AbortSignalLike, BlobStore, Clock, Conditions, FileSystem, Hasher, KeyValueStore, Lock, Packaging } from '../ports/index.js';
import type { RetryOptions } from '../transfer/index.js';

export type { RetryOptions } from '../transfer/index.js';

/** Bounds of what the engine may use at once. */
export interface UploadLimits {
  /** Bytes of all segment buffers together, ≥ 524,288. @default 1,572,864 (three buffers) */
  readonly memoryBytes?: number;
  /** Segments in flight at once over all videos, 1 to 64. @default 3 */
  readonly concurrency?: number;
  /** Videos whose segments may be in flight at once, 1 to 64; the others wait by priority. @default 1 */
  readonly activeVideos?: number;
}

/** What {@link PublishStep} is given. */
export interface PublishRequest {
  readonly item: UploadQueueItem;
  readonly manifest: VideoManifest;
  /** The blob that holds the manifest. */
  readonly manifestKey: string;
  /** The same at every attempt for one upload, in every process of the app; the backend drops repetitions by it. */
  readonly idempotencyKey: string;
  readonly signal: AbortSignalLike;
}

/**
 * The app's durable last step: makes the post appear in its backend. Repeated until it resolves, also after a kill, ever more
 * rarely and without end, since the video is stored already; a call that takes longer than 300,000 ms is repeated too. An error
 * with `retryable: false` ends it as PUBLISH_FAILED until `retry`; AUTH_REQUIRED renews the credentials or waits for `resume`.
 */
export type PublishStep = (request: PublishRequest) => Promise<void>;

/** What an upload engine is made of. */
export interface UploadEngineOptions {
  readonly fileSystem: FileSystem;
  readonly keyValueStore: KeyValueStore;
  readonly blobStore: BlobStore;
  /** The account that the queue belongs to, 1 to 256 characters; two scopes on one device never see each other. */
  readonly scope: string;
  /** One, or several in the order in which they are tried for a source. @default raw: byte slices of 524,288 bytes each */
  readonly packaging?: Packaging | readonly Packaging[];
  readonly publish?: PublishStep;
  readonly conditions?: Conditions;
  /** Keeps two processes from working on one queue. @default one of this engine's own, for hosts where an app makes one engine in one process */
  readonly lock?: Lock;
  /** Milliseconds, ≥ 0, that `start` waits for another process to release the queue. @default 0 */
  readonly lockWaitMs?: number;
  /** @default hashes in plain JavaScript */
  readonly hasher?: Hasher;
  /** @default chosen from what the store attests and the host does natively */
  readonly hashAlgorithm?: HashAlgorithm;
  /** Renews credentials after AUTH_REQUIRED: called once for any number of refused requests; resolves when the store may be asked again. */
  readonly refreshAuth?: (error: ReelwayError) => Promise<void>;
  readonly clock?: Clock;
  readonly limits?: UploadLimits;
  readonly retry?: RetryOptions;
  /** Sentences for people in place of the English ones, in every error that the engine gives out. */
  readonly messages?: MessageCatalogue;
  /**
   * A directory of the engine's own, without a slash at its end, which the system does not clear away: for copies of sources, and for stores that
   * take nothing but files. @default both are NOT_SUPPORTED
   */
  readonly stagingDirectory?: string;
}

/** How one video is added. */
export interface AddOptions {
  /** @default made by the engine */
  readonly videoId?: string;
  /** @default normal */
  readonly priority?: Priority;
  /**
   * `copy`: the engine copies the file into its `stagingDirectory` before it resolves, uploads the copy, and removes it once the upload has completed
   * or was canceled; the app may move, change or remove the original at once. `reference`: the file is read where it lies, and must stay there as it
   * is. @default copy for addresses that only this process may read (`content://`, `ph://`: all but `file://`) where the file system can import them;
   * else reference
   */
  readonly staging?: 'copy' | 'reference';
  /** Ends the copying; rejects with the signal's reason, and nothing is left. Without effect once the video is in the queue. */
  readonly signal?: AbortSignalLike;
  /** False: waits for `segmentVideo`, `uploadSegments` and `finalizeUpload` by hand. @default true */
  readonly start?: boolean;
}

/** The progress of an upload for people: acknowledged bytes only, never falling while the process lives. */
export interface UploadProgress {
  readonly uploadId: string;
  readonly acknowledgedBytes: number;
  readonly totalBytes: number;
  /** 0 to 1, both inclusive; 1 only when the manifest is durable. */
  readonly fraction: number;
  /** 0 to `totalSegments`, both inclusive. */
  readonly acknowledgedSegments: number;
  /** ≥ 1; 0 until the video is planned. */
  readonly totalSegments: number;
  /** Bytes a second, ≥ 0, over the last seconds; absent until known. */
  readonly bytesPerSecond?: number;
  /** Milliseconds, ≥ 0; absent until known. */
  readonly remainingMs?: number;
}

/** An upload's state with what belongs to it. */
export type UploadState =
  | { readonly status: 'pending' | 'processing' | 'publishing' | 'paused' | 'canceled' }
  | { readonly status: 'waiting'; readonly reason: WaitingReason; readonly error?: ReelwayError }
  | { readonly status: 'completed'; readonly manifestKey: string }
  | { readonly status: 'failed'; readonly error: ReelwayError };

/** The events of one upload. */
export interface UploadEvents {
  readonly progress: UploadProgress;
  readonly status: UploadState;
  /** A segment is in the store and in the journal. */
  readonly segment: { readonly uploadId: string; readonly index: number; readonly sizeBytes: number };
  /** An attempt failed and is repeated. */
  readonly retry: { readonly uploadId: string; readonly error: ReelwayError; readonly delayMs: number; readonly segmentIndex?: number };
}

/** The events of all uploads of an engine. */
export interface EngineEvents {
  readonly progress: UploadProgress;
  readonly status: UploadState & { readonly uploadId: string };
  readonly retry: UploadEvents['retry'];
  /** Something that the app should log: a quarantined record, a listener that threw, a sweep that failed. */
  readonly warning: { readonly error: ReelwayError };
  /** Nothing is left to do for now. */
  readonly idle: { readonly pending: number };
}

/** Options of a wait; the signal ends only the waiting. */
export interface WaitOptions {
  readonly signal?: AbortSignalLike;
}

/** One upload. */
export interface UploadHandle extends Listenable<UploadEvents> {
  /** The upload's id. Another one after a changed packaging has restarted the upload; `get` finds it by both. */
  readonly id: string;
  readonly videoId: string;
  /** The item as it is now: the same object until the upload changes, so that a view can compare by identity. */
  item(): UploadQueueItem;
  /** What it does now: the same object until its status changes. */
  state(): UploadState;
  /** How far it is now: the same object until something is counted. */
  progress(): UploadProgress;
  /** Durable: stays paused over restarts, keeps every acknowledged byte. */
  pause(): Promise<void>;
  /** Ends a pause, or a wait that would go on: for credentials, room, the next attempt. @throws {ReelwayError} INVALID_STATE */
  resume(): Promise<void>;
  /**
   * Durable: erases the journal and every remote object of this upload, now and again when no late request can arrive any more.
   * A completed or published upload cannot be canceled. @throws {ReelwayError} INVALID_STATE
   */
  cancel(): Promise<void>;
  /** Continues a failed upload where it stopped. @throws {ReelwayError} INVALID_STATE */
  retry(): Promise<void>;
  /** Durable: moves it in the queue; segments in flight are finished first. */
  setPriority(priority: Priority): Promise<void>;
  /** The manifest once it is durable and published. @throws {ReelwayError} the upload's own failure, UPLOAD_CANCELED, or the signal's reason */
  completed(options?: WaitOptions): Promise<VideoManifest>;
}

/** How {@link UploadEngine.erase} works. */
export interface EraseOptions {
  /** Also removes the objects of uploads that are not completed. @default true */
  readonly remote?: boolean;
}

/** Settings that can change while the engine runs. */
export interface RuntimeSettings {
  /** False: nothing new begins; what is in flight ends. @default true */
  readonly enabled?: boolean;
  readonly limits?: UploadLimits;
  readonly policy?: ConditionPolicy;
}

/** The conditions of the device under which bytes are sent. */
export interface ConditionPolicy {
  /** @default true */
  readonly allowMetered?: boolean;
  /** 0 to 1: below it, unless charging, uploads wait. @default 0.05 */
  readonly minBatteryLevel?: number;
  /** False: uploads wait while the person saves power. @default true */
  readonly allowLowPower?: boolean;
}

/** Figures of the engine's own work since it was made. */
export interface UploadReport {
  readonly uploads: { readonly [Status in UploadStatus]: number };
  /** Bytes handed to the store in all attempts. */
  readonly bytesSent: number;
  /** Of these, bytes of segments that had been handed to it before, by this process or (as far as is known) by an earlier one. */
  readonly bytesResent: number;
  /** Characters written to the key-value store, values and keys. */
  readonly journalBytes: number;
  /** The most bytes of segment buffers that ever existed at once. */
  readonly peakBufferBytes: number;
  /** Attempts that failed and were repeated, ≥ 0. */
  readonly retries: number;
}

/** Carries videos into a blob store in the background. */
export interface UploadEngine extends Listenable<EngineEvents> {
  /** Takes the lock, and continues the uploads of the last run. @throws {ReelwayError} QUEUE_LOCKED, STORAGE_UNAVAILABLE */
  start(): Promise<void>;
  /**
   * Takes a video into the queue; resolves when its record is durable. Whether the store has a video of that name is asked
   * before the first segment goes.
   *
   * @throws {ReelwayError} SOURCE_NOT_FOUND, SOURCE_NOT_A_FILE, SOURCE_UNREADABLE, FILE_TOO_LARGE_FOR_ADAPTER (more than 65,536
   * segments), INVALID_VIDEO_ID, INVALID_CONFIG, VIDEO_EXISTS (the queue has one of that name), STORAGE_FULL, STORAGE_UNAVAILABLE
   */
  add(filePath: string, metadata?: VideoMetadata, options?: AddOptions): Promise<UploadHandle>;
  /** The same door under its old name; resolves with the upload's id. */
  addToUploadQueue(filePath: string, metadata?: VideoMetadata, options?: AddOptions): Promise<string>;
  /** The handle of an upload, also of an earlier run's. @throws {ReelwayError} UPLOAD_NOT_FOUND */
  get(uploadId: string): UploadHandle;
  /**
   * All uploads that the queue remembers, by priority, then by age: all that are not over, failed ones, and the last 100 completed. The same array until one of
   * them changes.
   */
  list(): readonly UploadQueueItem[];
  /** Takes effect at once; what is left out stays as it is. Not durable. */
  configure(settings: RuntimeSettings): void;
  /** Figures of this engine so far. */
  report(): UploadReport;
  /** Step by hand: plans a video's segments. Takes an upload's id, or a path, which is added first with `start: false`. */
  segmentVideo(uploadIdOrPath: string): Promise<VideoSegment[]>;
  /** Step by hand: uploads these segments (all that are missing, if none are named); resolves when all are acknowledged. */
  uploadSegments(segmentIds: readonly string[] | undefined, uploadId: string, options?: WaitOptions): Promise<void>;
  /** Step by hand: checks all hashes, writes the manifest, publishes. */
  finalizeUpload(uploadId: string, options?: WaitOptions): Promise<VideoManifest>;
  /** Resolves when every upload is completed, failed, canceled, paused or by hand. */
  idle(options?: WaitOptions): Promise<void>;
  /** Ends all work without losing any, and releases the lock. Once it resolves, the engine has no timer, no listener and no open file. */
  stop(): Promise<void>;
  /**
   * For sign-out: stops, and forgets everything of this scope. What cannot be removed from the store now causes a `warning` and
   * leaves a bare tombstone, without path and metadata, which the next start of this scope sweeps.
   */
  erase(options?: EraseOptions): Promise<void>;
}
