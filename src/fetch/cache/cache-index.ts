/**
 * The index of the cache in memory: one number per segment, so that 100,000 segments cost a few megabytes. It selects the next
 * file to evict.
 *
 * The budget: `used` counts bytes on the disk, `reserved` bytes that are written now. Every byte is reserved before it is
 * written, so that the sum of both never exceeds the budget, and neither does the disk.
 */
import { type CacheFile, MANIFEST } from './file-names.js';

/** A video with at least one file or one user. */
export interface CachedVideo {
  readonly key: string;
  build: string;
  /** The rendition of all its segments; `undefined` without a segment. */
  rendition: number | undefined;
  /** Bytes by segment; the copy of the manifest under −1. */
  readonly sizes: Map<number, number>;
  /** Bytes of all its files. */
  bytes: number;
  /** The larger, the later it was used. */
  lastUsed: number;
  /** Known once the video was used by its id. */
  videoId: string | undefined;
  /** Open sessions. */
  sessions: number;
  /** Bytes of the video after its loads; 0 without a load. */
  loadBytes: number;
  /** Users of this object. While there is one, no other object is made for the video. */
  holders: number;
  /** Files that could not be removed. Their bytes count; they are not tried again. */
  readonly undeletable: Set<number>;
}

/** The next file to evict. */
export interface Victim {
  readonly video: CachedVideo;
  readonly index: number;
}

export class CacheIndex {
  readonly maxBytes: number;
  readonly videos = new Map<string, CachedVideo>();
  /** Videos with a session or a load. */
  private readonly inUse = new Set<CachedVideo>();
  private used = 0;
  private reserved = 0;
  /** The video whose files go first, with the next one last. */
  private victims: { readonly video: CachedVideo; readonly indices: number[] } | undefined;

  constructor(maxBytes: number) {
    // mutation-point: set-cache-budget
    this.maxBytes = maxBytes;
  }

  get usedBytes(): number {
    return this.used;
  }

  /** Finds or makes the entry of a video. */
  video(key: string): CachedVideo {
    const known = this.videos.get(key);
    if (known !== undefined) return known;
    const made: CachedVideo = {
      key,
      build: '',
      rendition: undefined,
      sizes: new Map(),
      bytes: 0,
      lastUsed: 0,
      videoId: undefined,
      sessions: 0,
      loadBytes: 0,
      holders: 0,
      undeletable: new Set(),
    };
    this.videos.set(key, made);
    return made;
  }

  /** Adds a file that is on the disk; `wasReserved`: its bytes were reserved before. */
  add(file: CacheFile, wasReserved: boolean): void {
    const video = this.video(file.video);
    // A file that could not be removed was replaced.
    if (video.sizes.has(file.index)) this.remove(video, file.index);
    this.videos.set(video.key, video);
    video.build = file.build;
    if (file.index !== MANIFEST) video.rendition = file.rendition;
    video.sizes.set(file.index, file.sizeBytes);
    video.bytes += file.sizeBytes;
    this.used += file.sizeBytes;
    if (wasReserved) this.reserved -= file.sizeBytes;
  }

  /** Removes a file that is not on the disk any more. */
  remove(video: CachedVideo, index: number): void {
    const sizeBytes = video.sizes.get(index);
    if (sizeBytes === undefined) return;
    video.sizes.delete(index);
    video.undeletable.delete(index);
    video.bytes -= sizeBytes;
    this.used -= sizeBytes;
    this.dropEmpty(video);
  }

  /** Removes a file that could not be removed from the disk. Its bytes count until the next open. */
  forget(video: CachedVideo, index: number): void {
    const sizeBytes = video.sizes.get(index) ?? 0;
    this.remove(video, index);
    this.used += sizeBytes;
  }

  /** Counts reserved bytes as used: they were written and could not be removed. */
  leak(bytes: number): void {
    this.reserved -= bytes;
    this.used += bytes;
  }

  /** Updates the videos in use after a session or a load began or ended. */
  usersChanged(video: CachedVideo): void {
    if (video.sessions > 0 || video.loadBytes > 0) this.inUse.add(video);
    else this.inUse.delete(video);
  }

  /** Counts the users of an entry. */
  retain(video: CachedVideo, change: 1 | -1): void {
    video.holders += change;
    this.videos.set(video.key, video);
    this.dropEmpty(video);
  }

  /** Whether this many bytes of this video fit once every file that may go is evicted. */
  canFit(forVideo: CachedVideo, bytes: number): boolean {
    // The final size of a load counts from its start, so that its segments are in the sum.
    let sum = Math.max(forVideo.bytes + bytes, forVideo.loadBytes);
    for (const video of this.inUse) sum += video === forVideo ? 0 : protectedBytes(video);
    return sum <= this.maxBytes;
  }

  /** Reserves bytes if there is room for them now. */
  reserve(bytes: number): boolean {
    if (this.used + this.reserved + bytes > this.maxBytes) return false;
    this.reserved += bytes;
    return true;
  }

  unreserve(bytes: number): void {
    this.reserved -= bytes;
  }

  get reservedBytes(): number {
    return this.reserved;
  }

  /** Removes all entries. */
  clear(): void {
    this.videos.clear();
    this.inUse.clear();
    this.victims = undefined;
    this.used = 0;
    this.reserved = 0;
  }

  /** Whether the budget is exceeded. */
  isOver(): boolean {
    return this.used + this.reserved > this.maxBytes;
  }

  /** The next file of the least recently used video: its middle first, then its ends, its manifest last. */
  nextVictim(except?: CachedVideo): Victim | undefined {
    for (;;) {
      const current = this.victims;
      if (current === undefined || !isFree(current.video, except)) {
        const video = this.leastRecentlyUsed(except);
        if (video === undefined) return undefined;
        this.victims = { video, indices: evictionOrder(video) };
        continue;
      }
      const index = current.indices.pop();
      if (index === undefined) this.victims = undefined;
      else if (current.video.sizes.has(index)) return { video: current.video, index };
    }
  }

  /** The segment of a video that is farthest from `index`, of those that may go. */
  farthestFrom(video: CachedVideo, index: number, keep: (index: number) => boolean): number | undefined {
    let farthest: number | undefined;
    for (const candidate of video.sizes.keys()) {
      if (candidate === MANIFEST || candidate === index || keep(candidate) || video.undeletable.has(candidate)) continue;
      if (farthest === undefined || Math.abs(candidate - index) > Math.abs(farthest - index)) farthest = candidate;
    }
    return farthest;
  }

  private dropEmpty(video: CachedVideo): void {
    if (video.sizes.size === 0 && video.holders === 0) this.videos.delete(video.key);
  }

  private leastRecentlyUsed(except: CachedVideo | undefined): CachedVideo | undefined {
    let oldest: CachedVideo | undefined;
    for (const video of this.videos.values()) {
      if (isFree(video, except) && (oldest === undefined || video.lastUsed < oldest.lastUsed)) oldest = video;
    }
    return oldest;
  }
}

/** The last one is evicted first: the middle, then the ends, which hold the opening, then the manifest. */
function evictionOrder(video: CachedVideo): number[] {
  const indices = [...video.sizes.keys()].filter((index) => !video.undeletable.has(index));
  const last = indices.reduce((most, index) => Math.max(most, index), 0);
  const worth = (index: number): number => (index === MANIFEST ? -1 : Math.min(index, last - index));
  return indices.sort((a, b) => worth(a) - worth(b));
}

function protectedBytes(video: CachedVideo): number {
  if (video.loadBytes > 0) return Math.max(video.bytes, video.loadBytes);
  return video.sessions > 0 ? video.bytes : 0;
}

function isFree(video: CachedVideo, except: CachedVideo | undefined): boolean {
  return video !== except && video.sessions === 0 && video.loadBytes === 0 && video.sizes.size > video.undeletable.size;
}
