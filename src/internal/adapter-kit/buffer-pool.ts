/** Buffers of one size, used again and again: fresh ones would pile up faster than garbage collection frees them. */
import { MAX_PIECE_BYTES } from './readers.js';

/** Lends buffers of {@link MAX_PIECE_BYTES} bytes. */
export interface BufferPool {
  /** A buffer whose content is undefined; the taker's own until given back. */
  take(): Uint8Array;
  /** Gives a buffer back, exactly once, when nothing reads or writes it any more. */
  give(buffer: Uint8Array): void;
}

/** A pool that keeps at most `maxIdle` (≥ 0) buffers while nobody uses them. */
export function bufferPool(maxIdle: number): BufferPool {
  const idle: Uint8Array[] = [];
  return {
    take: () => idle.pop() ?? new Uint8Array(MAX_PIECE_BYTES),
    give(buffer) {
      if (idle.length < maxIdle) idle.push(buffer);
    },
  };
}
