/** Bytes that are lent in one Node `Buffer`, whose `slice` is a view where that of a Uint8Array is a copy. */
import type { BlobReader, BlobStore, PieceReader, StreamBody } from '../../src/ports/index.js';

/** A reader that copies each piece into the same buffer, and overwrites it when the next one is asked for. */
function lendingReader(bytes: Uint8Array, pieceBytes: number): PieceReader {
  const lent = Buffer.alloc(pieceBytes);
  let at = 0;
  return {
    next: async () => {
      lent.fill(0xff);
      const piece = lent.subarray(0, Math.min(pieceBytes, bytes.length - at));
      piece.set(bytes.subarray(at, at + piece.length));
      at += piece.length;
      return piece.length === 0 ? undefined : piece;
    },
    close: async () => undefined,
  };
}

/** A body whose readers lend one buffer each. */
export function lendingBody(bytes: Uint8Array, pieceBytes: number): StreamBody {
  return { kind: 'stream', sizeBytes: bytes.length, open: async () => lendingReader(bytes, pieceBytes) };
}

/** The same store; its readers lend one buffer each. */
export function lendingStore(store: BlobStore, pieceBytes: number): BlobStore {
  return {
    ...store,
    get: async (key, options): Promise<BlobReader> => {
      const reader = await store.get(key, options);
      const pieces: Uint8Array[] = [];
      for (let piece = await reader.next(); piece !== undefined; piece = await reader.next()) pieces.push(new Uint8Array(piece));
      await reader.close();
      return {
        ...(reader.sizeBytes === undefined ? {} : { sizeBytes: reader.sizeBytes }),
        ...lendingReader(Buffer.concat(pieces), pieceBytes),
      };
    },
  };
}
