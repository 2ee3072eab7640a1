/**
 * The fetcher's buffers: one pool for downloads and reads. Idle buffers hold the checked segments that players read, so that
 * many small reads cost one read of the file and one hash. An entry is dropped when its buffer is needed. Where there are
 * several buffers, one entry stays: otherwise players and downloads would take it from each other at every read.
 */
import { MAX_SEGMENT_BYTES } from '../../core/index.js';
import { createBufferPool } from '../../internal/index.js';
import type { AbortSignalLike } from '../../ports/index.js';

interface ReadCacheEntry {
  readonly video: string;
  readonly index: number;
  readonly buffer: Uint8Array;
  readonly length: number;
}

/** A pool of buffers of 524,288 bytes. */
export class Buffers {
  private readonly pool;
  private readonly max: number;
  private waiters = 0;
  /** The most recently used last. */
  private entries: ReadCacheEntry[] = [];
  /** Called when a buffer comes free. */
  onFree: () => void = () => undefined;

  constructor(maxBuffers: number) {
    this.max = maxBuffers;
    this.pool = createBufferPool(MAX_SEGMENT_BYTES, maxBuffers);
  }

  get peakBytes(): number {
    return this.pool.peakBytes();
  }

  /** Buffers at most. */
  get count(): number {
    return this.max;
  }

  /** Whether `acquire` would not have to wait. */
  isAvailable(): boolean {
    if (this.waiters > 0) return false;
    return this.pool.inUseCount() < this.max || this.entries.length > this.kept();
  }

  /**
   * Resolves with a buffer as soon as one is free; first come, first served.
   * @param isReading for reading from the device, which must not wait for the network: it may drop every entry
   */
  async acquire(signal?: AbortSignalLike, isReading = false): Promise<Uint8Array> {
    this.makeRoom(1, isReading ? 0 : this.kept());
    if (this.waiters === 0 && this.pool.inUseCount() < this.max) return this.pool.acquire(signal);
    this.waiters += 1;
    try {
      return await this.pool.acquire(signal);
    } finally {
      this.waiters -= 1;
    }
  }

  release(buffer: Uint8Array): void {
    this.pool.release(buffer);
    this.onFree();
  }

  /** Returns a buffer whose first `length` bytes are this segment, checked. It serves reads until it is needed. */
  keep(video: string, index: number, buffer: Uint8Array, length: number): void {
    this.forget(video, index);
    this.entries.push({ video, index, buffer, length });
    this.makeRoom(0, this.kept());
    this.onFree();
  }

  /** The checked bytes of a segment, where a buffer still holds them. The caller uses them at once. */
  peek(video: string, index: number): Uint8Array | undefined {
    const at = this.entries.findIndex((entry) => entry.video === video && entry.index === index);
    const entry = this.entries[at];
    if (entry === undefined) return undefined;
    this.entries.splice(at, 1);
    this.entries.push(entry);
    return entry.buffer.subarray(0, entry.length);
  }

  /** Drops the entries of a segment, of a video, or of all videos. */
  forget(video?: string, index?: number): void {
    const leaving = this.entries.filter(
      (entry) => (video === undefined || entry.video === video) && (index === undefined || entry.index === index),
    );
    this.entries = this.entries.filter((entry) => !leaving.includes(entry));
    for (const { buffer } of leaving) this.pool.release(buffer);
    if (leaving.length > 0) this.onFree();
  }

  /** Frees every idle buffer. */
  trim(): void {
    this.forget();
    this.pool.trim();
  }

  private kept(): number {
    return this.max > 1 ? 1 : 0;
  }

  /** Drops entries, the oldest first, until there are buffers for all waiters and for `more`. */
  private makeRoom(more: number, kept: number): void {
    let missing = this.waiters + more - (this.max - this.pool.inUseCount());
    while (missing > 0 && this.entries.length > kept) {
      const oldest = this.entries.shift();
      if (oldest !== undefined) this.pool.release(oldest.buffer);
      missing -= 1;
    }
  }
}
