/** Reused buffers of one size under one budget: memory does not grow with the video or with the queue. */

import { abortableWait } from '../abort/index.js';
import { ReelwayError } from '../errors/index.js';
import type { AbortSignalLike } from '../ports/index.js';

/** Buffers lent one at a time. */
export interface BufferPool {
  /** Bytes of each buffer. */
  readonly bufferBytes: number;
  /** A buffer as soon as one is free, in order of the calls. Rejects with the signal's reason. */
  acquire(signal?: AbortSignalLike): Promise<Uint8Array>;
  /** Gives a buffer back. */
  release(buffer: Uint8Array): void;
  /** Drops a buffer that an adapter may still be reading. A new one replaces it when it is needed. */
  discard(buffer: Uint8Array): void;
  /** Bytes of the buffers that exist now, lent or idle, without discarded ones. */
  allocatedBytes(): number;
  /** The most bytes that ever existed at once. */
  peakBytes(): number;
  /** Buffers lent now. */
  inUseCount(): number;
  /** Drops idle buffers, as when the device is short of memory. */
  trim(): void;
  /** Another maximum of buffers, ≥ 1. Buffers lent beyond it are dropped when they come back. */
  resize(maxBuffers: number): void;
}

/**
 * @param bufferBytes bytes of each buffer, ≥ 1
 * @param maxBuffers how many may exist at once, ≥ 1
 */
export function createBufferPool(bufferBytes: number, maxBuffers: number): BufferPool {
  if (!(bufferBytes >= 1)) throw new TypeError(`bufferBytes must be at least 1, got ${bufferBytes}`);
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
    if (!(maxBuffers >= 1)) throw new TypeError(`maxBuffers must be at least 1, got ${maxBuffers}`);
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
    if (!this.borrowed.delete(buffer)) throw new ReelwayError('INTERNAL', { message: 'A buffer was released that the pool has not lent' });
  }

  /** Lends free buffers to the waiting calls, in their order. */
  private serve(): void {
    for (const grant of this.waiting) {
      if (this.borrowed.size >= this.most) return;
      grant(this.lend());
    }
  }
}

/** Runs `use` with a buffer of the pool, and returns the buffer unless `discard` was called. */
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
