/** The bytes of a manifest in a form that the store accepts. */
import { MAX_SEGMENT_BYTES } from '../../core/index.js';
import type { BlobBody, PieceReader } from '../../ports/index.js';
import type { EngineContext } from '../context.js';
import { stageBytes, withStaged } from '../segments/staged-files.js';

/** The manifest in a form that the store takes: very long videos with long hashes have one larger than a body of bytes may be. */
export async function withBody<T>(
  context: EngineContext,
  key: string,
  bytes: Uint8Array,
  put: (body: BlobBody, onUnresponsive?: () => void) => Promise<T>,
): Promise<T> {
  const { accepts } = context.settings.blobStore;
  if (bytes.length <= MAX_SEGMENT_BYTES && accepts.includes('bytes')) return put({ kind: 'bytes', sizeBytes: bytes.length, bytes });
  if (accepts.includes('stream')) return put({ kind: 'stream', sizeBytes: bytes.length, open: async () => piecesOf(bytes) });
  const path = await stageBytes(context, key, piecesOf(bytes));
  return withStaged(context, key, path, (onUnresponsive) => put({ kind: 'file', sizeBytes: bytes.length, path }, onUnresponsive));
}

function piecesOf(bytes: Uint8Array): PieceReader {
  let at = 0;
  return {
    next: async () => {
      if (at >= bytes.length) return undefined;
      const piece = bytes.subarray(at, at + MAX_SEGMENT_BYTES);
      at += piece.length;
      return piece;
    },
    close: async () => {
      at = bytes.length;
    },
  };
}
