/** Buffers of one size, used again and again: fresh ones would pile up faster than garbage collection frees them. */
import { MAX_PIECE_BYTES } from './readers.js';

/** Lends buffers of one size. */
export interface BufferPool {
  /** A buffer whose content is undefined; the taker's own until given back. */
  take(): Uint8Array;
  /** Gives a buffer back, exactly once, when nothing reads or writes it any more. */
  give(buffer: Uint8Array): void;
}

/** A pool that keeps at most `maxIdle` (≥ 0) buffers of `sizeBytes` (1 to 524,288) each while nobody uses them. */
export function bufferPool(maxIdle: number, sizeBytes: number = MAX_PIECE_BYTES): BufferPool {
  const idle: Uint8Array[] = [];
  return {
    take: () => idle.pop() ?? new Uint8Array(sizeBytes),
    give(buffer) {
      if (idle.length < maxIdle) idle.push(buffer);
    },
  };
}
