/**
 * What is in the cache, in memory: one number per segment, so that 100,000 segments cost a few megabytes; and who may be evicted.
 *
 * The budget: `used` is what lies on the disk, `reserved` what is being written. No byte is written that was not reserved
 * before, so both together never exceed the budget, and neither does the disk.
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
  /** Known once it was used by its id. */
  videoId: string | undefined;
  /** Open sessions. */
  sessions: number;
  /** Bytes that loads under way will have brought in the end; 0 without one. */
  loadBytes: number;
  /** Who looks at this object: while there is one, no other stands for the video. */
  holders: number;
  /** Files that would not go: they count, but are not tried again. */
  readonly undeletable: Set<number>;
}

/** The next file to evict. */
export interface Victim {
  readonly video: CachedVideo;
  readonly index: number;
}

/** The index and its sums. */
export class CacheIndex {
  readonly maxBytes: number;
  readonly videos = new Map<string, CachedVideo>();
  /** Videos with a session or a load. */
  private readonly inUse = new Set<CachedVideo>();
  private used = 0;
  private reserved = 0;
  /** The video whose files go first, and which of them, the next one last. */
  private victims: { readonly video: CachedVideo; readonly indices: number[] } | undefined;

  constructor(maxBytes: number) {
    // mutation-point: set-cache-budget
    this.maxBytes = maxBytes;
  }

  get usedBytes(): number {
    return this.used;
  }

  /** The video, made if it is not there. */
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

  /** A file lies on the disk; `wasReserved`: its bytes were set aside before. */
  add(file: CacheFile, wasReserved: boolean): void {
    const video = this.video(file.video);
    // A file that would not go and was replaced.
    if (video.sizes.has(file.index)) this.remove(video, file.index);
    this.videos.set(video.key, video);
    video.build = file.build;
    if (file.index !== MANIFEST) video.rendition = file.rendition;
    video.sizes.set(file.index, file.sizeBytes);
    video.bytes += file.sizeBytes;
    this.used += file.sizeBytes;
    if (wasReserved) this.reserved -= file.sizeBytes;
  }

  /** A file is gone from the disk. */
  remove(video: CachedVideo, index: number): void {
    const sizeBytes = video.sizes.get(index);
    if (sizeBytes === undefined) return;
    video.sizes.delete(index);
    video.undeletable.delete(index);
    video.bytes -= sizeBytes;
    this.used -= sizeBytes;
    this.dropEmpty(video);
  }

  /** A file of which nobody knows any more, though its bytes still lie on the disk: they count until the next open. */
  forget(video: CachedVideo, index: number): void {
    const sizeBytes = video.sizes.get(index) ?? 0;
    this.remove(video, index);
    this.used += sizeBytes;
  }

  /** Bytes that were set aside and written, and that would not go. */
  leak(bytes: number): void {
    this.reserved -= bytes;
    this.used += bytes;
  }

  /** A session or a load came or went. */
  usersChanged(video: CachedVideo): void {
    if (video.sessions > 0 || video.loadBytes > 0) this.inUse.add(video);
    else this.inUse.delete(video);
  }

  /** Somebody begins (1) or ceases (−1) to look at it. */
  retain(video: CachedVideo, change: 1 | -1): void {
    video.holders += change;
    this.videos.set(video.key, video);
    this.dropEmpty(video);
  }

  /** Whether so many bytes for this video can fit once everything that may go is gone. */
  canFit(forVideo: CachedVideo, bytes: number): boolean {
    // A load has had its say at its start: its segments are in the sum already.
    let sum = Math.max(forVideo.bytes + bytes, forVideo.loadBytes);
    for (const video of this.inUse) sum += video === forVideo ? 0 : protectedBytes(video);
    return sum <= this.maxBytes;
  }

  /** Sets bytes aside if there is room for them now. */
  reserve(bytes: number): boolean {
    if (this.used + this.reserved + bytes > this.maxBytes) return false;
    this.reserved += bytes;
    return true;
  }

  /** Gives back bytes that were set aside. */
  unreserve(bytes: number): void {
    this.reserved -= bytes;
  }

  /** Bytes that are being written. */
  get reservedBytes(): number {
    return this.reserved;
  }

  /** Forgets everything but who is in use. */
  clear(): void {
    this.videos.clear();
    this.inUse.clear();
    this.victims = undefined;
    this.used = 0;
    this.reserved = 0;
  }

  /** Whether more lies on the disk than there should be. */
  isOver(): boolean {
    return this.used + this.reserved > this.maxBytes;
  }

  /** What goes first: of the video that was not used for the longest time the middle, its ends and its manifest last. */
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

  /** Of a video itself the segment farthest from this one, where nothing else may go. */
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

/** The last one is evicted first: the middle goes before the ends, which hold the opening, and the manifest goes last. */
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
