/** Reads of files that fill their buffer: adapters over some native libraries return fewer bytes than asked for. */
import { MAX_SEGMENT_BYTES } from '../core/index.js';
import type { ReadHandle } from '../ports/index.js';

/** Reads until the buffer is full or the file ends, at most 524,288 bytes a read. Returns how many bytes were read. */
export async function readFully(handle: ReadHandle, buffer: Uint8Array, position: number): Promise<number> {
  let filled = 0;
  while (filled < buffer.length) {
    const length = await handle.readInto(buffer.subarray(filled, filled + MAX_SEGMENT_BYTES), position + filled);
    if (length <= 0) break;
    filled += length;
  }
  return filled;
}
