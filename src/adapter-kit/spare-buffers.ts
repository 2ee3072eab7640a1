/** Buffers of one size that are used again: fresh ones would pile up faster than garbage collection frees them. */
import { MAX_PIECE_BYTES } from './readers.js';

/** Lends buffers of one size, without a limit on how many are lent. */
export interface SpareBuffers {
  /** A buffer with undefined content. It belongs to the caller until it is given back. */
  take(): Uint8Array;
  /** Gives a buffer back, exactly once, when nothing reads or writes it any more. */
  give(buffer: Uint8Array): void;
}

/** Keeps at most `maxIdle` (≥ 0) unused buffers of `sizeBytes` (1 to 524,288) each. */
export function spareBuffers(maxIdle: number, sizeBytes: number = MAX_PIECE_BYTES): SpareBuffers {
  const idle: Uint8Array[] = [];
  return {
    take: () => idle.pop() ?? new Uint8Array(sizeBytes),
    give(buffer) {
      if (idle.length < maxIdle) idle.push(buffer);
    },
  };
}
