/**
 * Reused buffers of one size under one budget: memory does not grow with the video or with the queue.
 */

import { abortableWait } from '../abort/index.js';
import { ReelwayError } from '../errors/index.js';
import type { AbortSignalLike } from '../ports/index.js';

/** Buffers lent one at a time. */
export interface BufferPool {
  /** Bytes of each buffer. */
  readonly bufferBytes: number;
  /** A buffer, as soon as one is free; first come, first served. Rejects with the signal's reason. */
  acquire(signal?: AbortSignalLike): Promise<Uint8Array>;
  /** Gives a buffer back. */
  release(buffer: Uint8Array): void;
  /** Drops a buffer that somebody may still be reading; a fresh one takes its place when it is needed. */
  discard(buffer: Uint8Array): void;
  /** Bytes of the buffers that exist now, lent or idle; forfeited ones left out. */
  allocatedBytes(): number;
  /** The most bytes that ever existed at once. */
  peakBytes(): number;
  /** Buffers lent now. */
  inUseCount(): number;
  /** Drops idle buffers, as when the device is short of memory. */
  trim(): void;
  /** Another number of buffers that may exist at once, ≥ 1. Those lent beyond it are dropped as they come back. */
  resize(maxBuffers: number): void;
}

/**
 * @param bufferBytes bytes of each buffer, ≥ 1
 * @param maxBuffers how many may exist at once, ≥ 1
 */
export function createBufferPool(bufferBytes: number, maxBuffers: number): BufferPool {
  if (!(bufferBytes >= 1)) throw new TypeError('A buffer pool needs a size of at least 1');
  return new Pool(bufferBytes, maxBuffers);
}

class Pool implements BufferPool {
  readonly bufferBytes: number;
  private readonly idle: Uint8Array[] = [];
  private readonly borrowed = new Set<Uint8Array>();
  private readonly waiting = new Set<(buffer: Uint8Array) => void>();
  private most = 1;
  private peak = 0;

  constructor(bufferBytes: number, maxBuffers: number) {
    this.bufferBytes = bufferBytes;
    this.resize(maxBuffers);
  }

  acquire(signal?: AbortSignalLike): Promise<Uint8Array> {
    if (signal?.aborted !== true && this.borrowed.size < this.most) return Promise.resolve(this.lend());
    return abortableWait(signal, (resolve) => {
      this.waiting.add(resolve);
      return () => this.waiting.delete(resolve);
    });
  }

  release(buffer: Uint8Array): void {
    this.settle(buffer);
    if (this.borrowed.size + this.idle.length < this.most) this.idle.push(buffer);
    this.serve();
  }

  discard(buffer: Uint8Array): void {
    this.settle(buffer);
    this.serve();
  }

  allocatedBytes(): number {
    return (this.idle.length + this.borrowed.size) * this.bufferBytes;
  }

  peakBytes(): number {
    return this.peak;
  }

  inUseCount(): number {
    return this.borrowed.size;
  }

  trim(): void {
    this.idle.length = 0;
  }

  resize(maxBuffers: number): void {
    if (!(maxBuffers >= 1)) throw new TypeError('A buffer pool needs a count of at least 1');
    this.most = maxBuffers;
    this.idle.length = Math.max(0, Math.min(this.idle.length, maxBuffers - this.borrowed.size));
    this.serve();
  }

  private lend(): Uint8Array {
    const buffer = this.idle.pop() ?? new Uint8Array(this.bufferBytes);
    this.borrowed.add(buffer);
    this.peak = Math.max(this.peak, this.allocatedBytes());
    return buffer;
  }

  private settle(buffer: Uint8Array): void {
    if (!this.borrowed.delete(buffer))
      throw new ReelwayError('INTERNAL', { message: 'A buffer was given back that the pool had not lent' });
  }

  /** Lends to those who wait, in their order. */
  private serve(): void {
    for (const grant of this.waiting) {
      if (this.borrowed.size >= this.most) return;
      grant(this.lend());
    }
  }
}

/** Lends a buffer of the pool; one that may still be read by somebody never comes back. */
export async function withBuffer<T>(
  pool: BufferPool,
  signal: AbortSignalLike,
  use: (buffer: Uint8Array, discard: () => void) => Promise<T>,
): Promise<T> {
  const buffer = await pool.acquire(signal);
  let isDiscarded = false;
  try {
    return await use(buffer, () => {
      isDiscarded = true;
    });
  } finally {
    // mutation-point: discard-or-reuse-buffer
    if (isDiscarded) pool.discard(buffer);
    else pool.release(buffer);
  }
}
