/**
 * Reused buffers of one size under one budget: memory does not grow with the video or with the queue.
 */
import { ReelwayError } from '../errors/index.js';
import type { AbortSignalLike } from '../ports/index.js';
import { abortReason } from './abort.js';

/** Buffers lent one at a time. */
export interface BufferPool {
  /** Bytes of each buffer. */
  readonly bufferBytes: number;
  /** A buffer, as soon as one is free; first come, first served. Rejects with the signal's reason. */
  acquire(signal?: AbortSignalLike): Promise<Uint8Array>;
  /** Gives a buffer back. */
  release(buffer: Uint8Array): void;
  /** Drops a buffer that somebody may still be reading; a fresh one takes its place when it is needed. */
  forfeit(buffer: Uint8Array): void;
  /** Bytes of the buffers that exist now, lent or idle; forfeited ones left out. */
  allocatedBytes(): number;
  /** The most bytes that ever existed at once. */
  peakBytes(): number;
  /** Buffers lent now. */
  lent(): number;
  /** Drops idle buffers, as when the device is short of memory. */
  trim(): void;
}

/**
 * @param bufferBytes bytes of each buffer, ≥ 1
 * @param maxBuffers how many may exist at once, ≥ 1
 */
export function createBufferPool(bufferBytes: number, maxBuffers: number): BufferPool {
  if (!(bufferBytes >= 1) || !(maxBuffers >= 1)) throw new TypeError('A buffer pool needs a size and a count of at least 1');
  const idle: Uint8Array[] = [];
  const borrowed = new Set<Uint8Array>();
  const waiting: ((buffer: Uint8Array) => void)[] = [];
  let peak = 0;

  const lend = (buffer: Uint8Array): Uint8Array => {
    borrowed.add(buffer);
    return buffer;
  };
  const allocate = (): Uint8Array => {
    const buffer = new Uint8Array(bufferBytes);
    peak = Math.max(peak, (idle.length + borrowed.size + 1) * bufferBytes);
    return buffer;
  };
  const settle = (buffer: Uint8Array): void => {
    if (!borrowed.delete(buffer)) throw new ReelwayError('INTERNAL', { message: 'A buffer was given back that the pool had not lent' });
  };

  return {
    bufferBytes,
    acquire: (signal) => {
      if (signal?.aborted) return Promise.reject(abortReason(signal));
      const ready = idle.pop();
      if (ready !== undefined) return Promise.resolve(lend(ready));
      if (borrowed.size < maxBuffers) return Promise.resolve(lend(allocate()));
      return new Promise((resolve, reject) => {
        const take = (buffer: Uint8Array): void => {
          signal?.removeEventListener('abort', stop);
          resolve(lend(buffer));
        };
        const stop = (): void => {
          signal?.removeEventListener('abort', stop);
          const place = waiting.indexOf(take);
          if (place >= 0) waiting.splice(place, 1);
          if (signal !== undefined) reject(abortReason(signal));
        };
        waiting.push(take);
        signal?.addEventListener('abort', stop);
      });
    },
    release: (buffer) => {
      settle(buffer);
      const next = waiting.shift();
      if (next !== undefined) next(buffer);
      else idle.push(buffer);
    },
    forfeit: (buffer) => {
      settle(buffer);
      const next = waiting.shift();
      if (next !== undefined) next(allocate());
    },
    allocatedBytes: () => (idle.length + borrowed.size) * bufferBytes,
    peakBytes: () => peak,
    lent: () => borrowed.size,
    trim: () => {
      idle.length = 0;
    },
  };
}
