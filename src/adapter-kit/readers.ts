/** Piece readers that adapters share: over bytes in memory, and one that checks the size of another. */
import { ReelwayError } from '../errors/index.js';
import type { BlobBody, BlobReader, PieceReader } from '../ports/index.js';

/** The maximum of bytes of a piece, a read or a buffer. */
export const MAX_PIECE_BYTES = 524_288;

/** Reads `bytes` in pieces of at most {@link MAX_PIECE_BYTES}; the pieces are views of it, not copies. */
export function bytesReader(bytes: Uint8Array): PieceReader {
  let position = 0;
  return {
    async next() {
      if (position >= bytes.length) return undefined;
      const piece = bytes.subarray(position, position + MAX_PIECE_BYTES);
      position += piece.length;
      return piece;
    },
    async close() {
      position = bytes.length;
    },
  };
}

/** A reader that also has the size of the whole blob. */
export function withSize(reader: PieceReader, sizeBytes: number): BlobReader {
  return { sizeBytes, next: () => reader.next(), close: () => reader.close() };
}

/** A reader for a body of bytes or a stream. File bodies are read by the host's own adapter. */
export async function openBody(body: Exclude<BlobBody, { kind: 'file' }>): Promise<PieceReader> {
  return body.kind === 'bytes' ? bytesReader(body.bytes) : body.open();
}

/**
 * Checks a reader: pieces of 1 to {@link MAX_PIECE_BYTES} bytes, `sizeBytes` in all.
 * Another body rejects with BLOB_CORRUPT before its last byte is passed on, so that no body of another size is stored.
 */
export function exactBytes(reader: PieceReader, sizeBytes: number): PieceReader {
  let seenBytes = 0;
  return {
    async next() {
      const piece = await reader.next();
      seenBytes += piece?.length ?? 0;
      if (piece === undefined ? seenBytes !== sizeBytes : seenBytes > sizeBytes) throw wrongSize(seenBytes, sizeBytes);
      if (piece !== undefined && (piece.length < 1 || piece.length > MAX_PIECE_BYTES)) throw wrongPiece(piece.length);
      return piece;
    },
    close: () => reader.close(),
  };
}

function wrongSize(seenBytes: number, sizeBytes: number): ReelwayError {
  const message = `Expected a body of ${sizeBytes} bytes, got ${seenBytes > sizeBytes ? `at least ${seenBytes}` : seenBytes}`;
  return new ReelwayError('BLOB_CORRUPT', { message, context: { seenBytes, sizeBytes } });
}

function wrongPiece(pieceBytes: number): ReelwayError {
  const message = `Expected pieces of 1 to ${MAX_PIECE_BYTES} bytes, got one of ${pieceBytes}`;
  return new ReelwayError('BLOB_CORRUPT', { message, context: { pieceBytes } });
}
