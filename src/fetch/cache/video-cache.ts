/**
 * The cache on the disk: a directory for each scope, one file for each segment.
 *
 * A file is written under a temporary name and renamed when it is whole, durable and checked. A kill between any two steps
 * leaves nothing or a temporary file, which the next open removes. Readers check the hash of what they read: a file that was
 * cut, changed or swapped is a miss.
 */
import { isReelwayError, ReelwayError } from '../../errors/index.js';
import { abortable, readFully, throwIfAborted } from '../../internal/index.js';
import type { AbortSignalLike, Clock, FileSystem, ReadHandle } from '../../ports/index.js';
import { asReelwayError } from '../../transfer/index.js';
import { type CacheWriter, FileWriter } from './cache-file-writer.js';
import { type CachedVideo, CacheIndex } from './cache-index.js';
import { type CacheFile, MANIFEST, nameOf, parseName, temporaryName, videoKeyOf } from './file-names.js';
import type { LastUsedStore } from './last-used.js';

/** What a cache works with. */
export interface CacheParts {
  readonly fileSystem: FileSystem;
  readonly clock: Clock;
  /** This scope's own directory. */
  readonly directory: string;
  readonly maxBytes: number;
  readonly lastUsedStore: LastUsedStore;
  readonly warn: (error: ReelwayError) => void;
  readonly onEvicted: (videoId: string, bytes: number) => void;
}

/** What {@link VideoCache.adopt} is asked for. */
export interface AdoptedVideo {
  readonly videoId: string;
  readonly build: string;
  /** Absent: no segment is read or written, only the copy of the manifest. */
  readonly rendition?: number;
}

/** How {@link VideoCache.tryReserve} waits. */
export interface ReserveOptions {
  /** Called before it waits, for files to be removed or other writes to end. The caller releases what those writes need. */
  readonly onWait?: () => void;
  readonly signal?: AbortSignalLike;
}

export class VideoCache {
  private readonly parts: CacheParts;
  private readonly cacheIndex: CacheIndex;
  private opened: Promise<void> | undefined;
  private lastUsed = 0;
  private temporaries = 0;
  /** Reservations are queued, so that two never evict for the same room. */
  private reserving: Promise<unknown> = Promise.resolve();
  private queued = 0;
  /** Called when bytes come free. */
  private freed: (() => void)[] = [];

  constructor(parts: CacheParts) {
    this.parts = parts;
    this.cacheIndex = new CacheIndex(parts.maxBytes);
  }

  /** Reads the directory once, and removes what a kill left there. @throws {ReelwayError} STORAGE_UNAVAILABLE, FILE_UNREADABLE, UNSAFE_PATH */
  open(): Promise<void> {
    this.opened ??= this.read().catch((error: unknown) => {
      this.opened = undefined;
      throw error;
    });
    return this.opened;
  }

  get usedBytes(): number {
    return this.cacheIndex.usedBytes;
  }

  get maxBytes(): number {
    return this.parts.maxBytes;
  }

  /**
   * Finds or makes the entry of a video and holds it until `release`. Files of another upload are removed, and segments of
   * another rendition where `rendition` is given.
   */
  async adopt({ videoId, build, rendition }: AdoptedVideo): Promise<CachedVideo> {
    const video = this.cacheIndex.video(videoKeyOf(videoId));
    this.cacheIndex.retain(video, 1);
    video.videoId = videoId;
    const isOtherBuild = video.build !== build;
    const isOtherRendition = rendition !== undefined && video.rendition !== rendition;
    for (const index of isOtherBuild || isOtherRendition ? [...video.sizes.keys()] : []) {
      if (index === MANIFEST && !isOtherBuild) continue;
      if (!(await this.removeFile(video, index))) this.cacheIndex.forget(video, index);
    }
    video.build = build;
    if (rendition !== undefined) video.rendition = rendition;
    return video;
  }

  /** Ends the hold of one `adopt`. */
  release(video: CachedVideo): void {
    this.cacheIndex.retain(video, -1);
  }

  /** The entry of a video with a file or a user. */
  find(videoId: string): CachedVideo | undefined {
    return this.cacheIndex.videos.get(videoKeyOf(videoId));
  }

  /** Marks the video as the last used one. */
  touch(video: CachedVideo): void {
    this.lastUsed += 1;
    video.lastUsed = this.lastUsed;
    this.parts.lastUsedStore.touch(video.key);
  }

  /** Makes the order of use durable. */
  saveLastUsed(): Promise<void> {
    return this.parts.lastUsedStore.save(this.cacheIndex.videos.values());
  }

  /** Counts open sessions. While there is one, no byte of the video is evicted for another video. */
  countSession(video: CachedVideo, change: 1 | -1): void {
    video.sessions += change;
    this.usersChanged(video);
  }

  /** Reserves the final size of a video that is loaded; 0 when no load is left. */
  setLoad(video: CachedVideo, bytes: number): void {
    video.loadBytes = bytes;
    this.usersChanged(video);
  }

  /** Whether this many more bytes of this video can fit beside the videos in use. */
  canFit(video: CachedVideo, bytes: number): boolean {
    return this.cacheIndex.canFit(video, bytes);
  }

  /** Reserves bytes, and evicts the least recently used files for them. Resolves with false where there cannot be room. */
  async tryReserve(video: CachedVideo, bytes: number, wait: ReserveOptions = {}): Promise<boolean> {
    if (this.queued === 0 && this.cacheIndex.reserve(bytes)) return true;
    wait.onWait?.();
    this.queued += 1;
    const reserved = this.reserving.then(() => this.reserveNow(video, bytes, wait.signal));
    this.reserving = reserved.then(
      () => undefined,
      () => undefined,
    );
    try {
      return await reserved;
    } finally {
      this.queued -= 1;
    }
  }

  /** The error for {@link VideoCache.tryReserve} without room. */
  full(video: CachedVideo, bytes: number): ReelwayError {
    const { maxBytes } = this.parts;
    return new ReelwayError('CACHE_FULL', {
      message: `The cache has no room: expected ${bytes} more bytes within ${maxBytes}`,
      context: { bytes, maxBytes, ...(video.videoId === undefined ? {} : { videoId: video.videoId }) },
    });
  }

  /** Evicts the segment of the video that is farthest from `index`. Resolves with false where none may go. */
  async evictFarthest(video: CachedVideo, index: number, keep: (index: number) => boolean): Promise<boolean> {
    const farthest = this.cacheIndex.farthestFrom(video, index, keep);
    return farthest !== undefined && this.evict(video, farthest);
  }

  /** Returns reserved bytes that were not used. */
  unreserve(bytes: number): void {
    this.cacheIndex.unreserve(bytes);
    this.wake();
  }

  /** Begins a file of exactly `sizeBytes`, which the caller has reserved. The writer owns the reservation from now on. */
  begin(video: CachedVideo, index: number, sizeBytes: number): CacheWriter {
    this.temporaries += 1;
    const path = this.pathOf(temporaryName(this.temporaries, () => this.parts.clock.random()));
    const file = fileOf(video, index, sizeBytes);
    return new FileWriter(this.parts.fileSystem, path, this.pathOf(nameOf(file)), {
      committed: () => {
        this.cacheIndex.add(file, true);
        this.wake();
      },
      discarded: () => this.unreserve(sizeBytes),
      lost: () => {
        this.cacheIndex.leak(sizeBytes);
        this.wake();
      },
      warn: this.parts.warn,
    });
  }

  /**
   * Reads up to `buffer.length` bytes of a segment at `position`; how many, fewer only at the end of the file;
   * −1 where the file is missing or cannot be read.
   */
  async readInto(video: CachedVideo, index: number, buffer: Uint8Array, position: number): Promise<number> {
    const sizeBytes = video.sizes.get(index);
    if (sizeBytes === undefined) return -1;
    let handle: ReadHandle | undefined;
    try {
      handle = await this.parts.fileSystem.open(this.pathOf(nameOf(fileOf(video, index, sizeBytes))));
      return await readFully(handle, buffer, position);
    } catch (error) {
      if (isReelwayError(error) && (error.code === 'FILE_NOT_FOUND' || error.code === 'FILE_UNREADABLE')) return -1;
      throw error;
    } finally {
      // mutation-point: close-cache-file
      await handle?.close();
    }
  }

  /** Removes a damaged segment. */
  async drop(video: CachedVideo, index: number): Promise<void> {
    await this.removeFile(video, index);
  }

  /** Evicts until the budget holds. */
  async shrink(): Promise<void> {
    while (this.cacheIndex.isOver()) {
      const victim = this.cacheIndex.nextVictim();
      if (victim === undefined) return;
      await this.evict(victim.video, victim.index);
    }
  }

  /** Removes every file and record of this scope. */
  async erase(): Promise<void> {
    await this.reserving;
    await this.parts.fileSystem.remove(this.parts.directory);
    await this.parts.lastUsedStore.erase();
    this.cacheIndex.clear();
    this.opened = undefined;
  }

  private async read(): Promise<void> {
    const { fileSystem, directory, lastUsedStore } = this.parts;
    this.cacheIndex.clear();
    await fileSystem.makeDirectory(directory);
    const names = await fileSystem.list(directory);
    const stray = this.index(names);
    for (const name of stray) await fileSystem.remove(this.pathOf(name));
    for (const { key, lastUsed, videoId } of await lastUsedStore.load()) {
      this.lastUsed = Math.max(this.lastUsed, lastUsed);
      const video = this.cacheIndex.videos.get(key);
      if (video !== undefined) Object.assign(video, { lastUsed, videoId });
    }
    await this.shrink();
  }

  /** Enters every finished file, and returns the names of all others. */
  private index(names: readonly string[]): string[] {
    const stray = names.filter((name) => parseName(name) === undefined);
    // A kill may leave files of two uploads of one video. The upload with a manifest wins.
    return [...stray, ...this.enter(names, true), ...this.enter(names, false)];
  }

  private enter(names: readonly string[], areManifests: boolean): string[] {
    const stray: string[] = [];
    for (const name of names) {
      const file = parseName(name);
      if (file === undefined || (file.index === MANIFEST) !== areManifests) continue;
      if (this.isNew(file)) this.cacheIndex.add(file, false);
      else stray.push(name);
    }
    return stray;
  }

  private isNew(file: CacheFile): boolean {
    const known = this.cacheIndex.videos.get(file.video);
    if (known === undefined) return true;
    const isOtherRendition = file.index !== MANIFEST && known.rendition !== undefined && known.rendition !== file.rendition;
    return known.build === file.build && !isOtherRendition && !known.sizes.has(file.index);
  }

  private async reserveNow(video: CachedVideo, bytes: number, signal: AbortSignalLike | undefined): Promise<boolean> {
    throwIfAborted(signal);
    while (!this.cacheIndex.reserve(bytes)) {
      if (!this.cacheIndex.canFit(video, bytes)) return false;
      const victim = this.cacheIndex.nextVictim(video);
      if (victim !== undefined) await this.evict(victim.video, victim.index);
      else if (this.cacheIndex.reservedBytes === 0) return false;
      // Writes end soon, with a file or with free bytes.
      else await abortable(new Promise<void>((resolve) => this.freed.push(resolve)), signal);
      throwIfAborted(signal);
    }
    return true;
  }

  private async evict(video: CachedVideo, index: number): Promise<boolean> {
    const bytes = video.sizes.get(index) ?? 0;
    if (!(await this.removeFile(video, index))) return false;
    if (video.videoId !== undefined) this.parts.onEvicted(video.videoId, bytes);
    return true;
  }

  /** Removes a file first, and its bytes from the sums after that. */
  private async removeFile(video: CachedVideo, index: number): Promise<boolean> {
    const sizeBytes = video.sizes.get(index);
    if (sizeBytes === undefined) return true;
    try {
      await this.parts.fileSystem.remove(this.pathOf(nameOf(fileOf(video, index, sizeBytes))));
    } catch (error) {
      video.undeletable.add(index);
      this.parts.warn(asReelwayError(error));
      return false;
    }
    this.cacheIndex.remove(video, index);
    this.wake();
    return true;
  }

  private usersChanged(video: CachedVideo): void {
    this.cacheIndex.usersChanged(video);
    this.wake();
  }

  private wake(): void {
    for (const run of this.freed.splice(0)) run();
  }

  private pathOf(name: string): string {
    return `${this.parts.directory}/${name}`;
  }
}

function fileOf({ key, build, rendition = 0 }: CachedVideo, index: number, sizeBytes: number): CacheFile {
  return { video: key, build, rendition: index === MANIFEST ? 0 : rendition, index, sizeBytes };
}
