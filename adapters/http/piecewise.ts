/** Reads a long range as several short ones, for transports that hold each reply in memory whole. */
import type { ByteRange } from '../../src/core/index.js';
import { MAX_PIECE_BYTES } from '../../src/internal/adapter-kit/index.js';
import type { BlobReader } from '../../src/ports/index.js';

/** A reader of `range` that opens one part of at most 524,288 bytes after the other. */
export function piecewise(range: ByteRange, openPart: (part: ByteRange) => Promise<BlobReader>): BlobReader {
  let position = range.start;
  let part: BlobReader | undefined;
  let isClosed = false;
  const next = async (): Promise<Uint8Array | undefined> => {
    while (!isClosed) {
      const piece = await part?.next();
      if (piece !== undefined) return piece;
      await part?.close();
      part = undefined;
      if (position >= range.end) return undefined;
      const end = Math.min(position + MAX_PIECE_BYTES, range.end);
      part = await openPart({ start: position, end });
      position = end;
    }
    return undefined;
  };
  return {
    next,
    close: async () => {
      isClosed = true;
      await part?.close();
    },
  };
}
