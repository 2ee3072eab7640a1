/** Piece readers that adapters share: over bytes in memory, and one that holds another to its size. */
import { createHash } from '../core/index.js';
import { ReelwayError } from '../errors/index.js';
import type { BlobBody, BlobReader, PieceReader } from '../ports/index.js';

/** The most bytes that one piece, read or buffer may have. */
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

/** A reader that tells the size of the whole blob too. */
export function withSize(reader: PieceReader, sizeBytes: number): BlobReader {
  return { sizeBytes, next: () => reader.next(), close: () => reader.close() };
}

/** A reader for a body that is in memory or a stream; a file body is the host's business. */
export async function openBody(body: Exclude<BlobBody, { kind: 'file' }>): Promise<PieceReader> {
  return body.kind === 'bytes' ? bytesReader(body.bytes) : body.open();
}

/**
 * Holds a reader to its word: pieces of 1 to {@link MAX_PIECE_BYTES} bytes, `sizeBytes` in all.
 * A body that breaks it rejects with BLOB_CORRUPT before its last byte is handed on, so that nothing short or long is stored.
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
  const message = `The body was announced as ${sizeBytes} bytes, but gave ${seenBytes > sizeBytes ? `at least ${seenBytes}` : seenBytes}.`;
  return new ReelwayError('BLOB_CORRUPT', { message, context: { seenBytes, sizeBytes } });
}

function wrongPiece(pieceBytes: number): ReelwayError {
  const message = `A reader gave a piece of ${pieceBytes} bytes; pieces have 1 to ${MAX_PIECE_BYTES}.`;
  return new ReelwayError('BLOB_CORRUPT', { message, context: { pieceBytes } });
}

/** Whether the bytes of a blob have this MD5, as lower-case hex; false if it cannot be read. */
export async function hasMd5(open: () => Promise<BlobReader>, md5: string): Promise<boolean> {
  const hash = createHash('md5');
  try {
    const reader = await open();
    try {
      for (let piece = await reader.next(); piece !== undefined; piece = await reader.next()) hash.update(piece);
    } finally {
      await reader.close();
    }
    return hash.digest() === md5;
  } catch {
    // Without a proof the mismatch of the ETag stands, and the put is repeated.
    return false;
  }
}
