/** A video being played, as players and loaders see it: they read from it without knowing the engine behind it. */
import type { ByteRange, VideoManifest } from '../core/index.js';
import type { AbortSignalLike } from './common.js';

/** Ends waiting, and only that. */
export interface FetchWaitOptions {
  readonly signal?: AbortSignalLike;
}

/** One place of a session that is read from, such as a connection of a player: a play head with a read-ahead of its own. */
export interface VideoReader {
  /**
   * Reads up to `buffer.length` bytes at `position` (bytes from the start of the video) into the start of `buffer`, which is
   * lent until the promise settles. Waits for bytes that are not on the device yet, and moves the play head there. Resolves with
   * how many, at least 1; 0 only at the end. What does not fit into the cache or onto the disk is served from memory (segments
   * of ≤ 524,288 bytes). @throws {ReelwayError} SEGMENT_CORRUPT, SEGMENT_MISSING, the network's codes; INVALID_STATE once the
   * reader or its session is closed; ENGINE_STOPPED after `cleanup`
   */
  readInto(buffer: Uint8Array, position: number, options?: FetchWaitOptions): Promise<number>;
  /** Idempotent. Ends its reads and its read-ahead; other readers go on. */
  close(): Promise<void>;
}

/**
 * One video being played: its opening first, then up to 4 MiB behind the play head of each reader. While it is open, its bytes
 * are not evicted for another video; only a video that does not fit into the cache makes room in itself, farthest from the
 * segment that is fetched.
 */
export interface VideoSession {
  readonly videoId: string;
  readonly manifest: VideoManifest;
  /** Resolves when the opening is on the device and checked. @throws {ReelwayError} as `readInto`, and CACHE_FULL */
  ready(options?: FetchWaitOptions): Promise<void>;
  /** Reads with the session's default reader. @throws {ReelwayError} as {@link VideoReader.readInto} */
  readInto(buffer: Uint8Array, position: number, options?: FetchWaitOptions): Promise<number>;
  /** A further reader. A player with several connections opens one for each, so that none ends the read-ahead of another. */
  openReader(): VideoReader;
  /** What is on the device. */
  cachedRanges(): readonly ByteRange[];
  /** Idempotent. Closes all its readers. Its bytes may be evicted from now on. */
  close(): Promise<void>;
}
