/**
 * The fetcher's buffers: one pool for everything that moves, and in idle buffers the checked segments that players are
 * reading right now, so that many small reads cost one read of the file and one hash. Such a buffer is given up as soon
 * as somebody needs it to move bytes; only where there are several, one is kept, or players and downloads would take it
 * from each other at every read.
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

/** Buffers of 524,288 bytes. */
export class Buffers {
  private readonly pool;
  private readonly max: number;
  private waiters = 0;
  /** The most recently used last. */
  private entries: ReadCacheEntry[] = [];
  /** Called when a buffer is free. */
  onFree: () => void = () => undefined;

  constructor(maxBuffers: number) {
    this.max = maxBuffers;
    this.pool = createBufferPool(MAX_SEGMENT_BYTES, maxBuffers);
  }

  get peakBytes(): number {
    return this.pool.peakBytes();
  }

  /** How many there may be. */
  get count(): number {
    return this.max;
  }

  /** Whether `acquire` would not have to wait. */
  isAvailable(): boolean {
    if (this.waiters > 0) return false;
    return this.pool.inUseCount() < this.max || this.entries.length > this.kept();
  }

  /**
   * A buffer, as soon as one is free; first come, first served.
   * @param isReading it is needed to read what is on the device, which must not wait for the network: every window may go for it
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

  /** Gives a buffer back. */
  release(buffer: Uint8Array): void {
    this.pool.release(buffer);
    this.onFree();
  }

  /** Gives a buffer back whose first `length` bytes are this segment, checked: it may serve reads until it is needed. */
  keep(video: string, index: number, buffer: Uint8Array, length: number): void {
    this.forget(video, index);
    this.entries.push({ video, index, buffer, length });
    this.makeRoom(0, this.kept());
    this.onFree();
  }

  /** The checked bytes of a segment, if a buffer still holds them; to be used at once. */
  peek(video: string, index: number): Uint8Array | undefined {
    const at = this.entries.findIndex((entry) => entry.video === video && entry.index === index);
    const entry = this.entries[at];
    if (entry === undefined) return undefined;
    this.entries.splice(at, 1);
    this.entries.push(entry);
    return entry.buffer.subarray(0, entry.length);
  }

  /** Gives back the buffers that hold segments of a video; of all videos without one. */
  forget(video?: string, index?: number): void {
    const leaving = this.entries.filter(
      (entry) => (video === undefined || entry.video === video) && (index === undefined || entry.index === index),
    );
    this.entries = this.entries.filter((entry) => !leaving.includes(entry));
    for (const { buffer } of leaving) this.pool.release(buffer);
    if (leaving.length > 0) this.onFree();
  }

  /** Drops every idle buffer. */
  trim(): void {
    this.forget();
    this.pool.trim();
  }

  private kept(): number {
    return this.max > 1 ? 1 : 0;
  }

  /** Gives up windows, the oldest first, until there is a buffer for all who wait and for so many more. */
  private makeRoom(more: number, kept: number): void {
    let missing = this.waiters + more - (this.max - this.pool.inUseCount());
    while (missing > 0 && this.entries.length > kept) {
      const oldest = this.entries.shift();
      if (oldest !== undefined) this.pool.release(oldest.buffer);
      missing -= 1;
    }
  }
}
