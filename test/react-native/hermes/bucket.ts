/** A bucket whose work native code does: bytes are handed over, hashed and kept in its turns, and given back in pieces. */
import { createHash } from '../../../src/core/index.js';
import { ReelwayError } from '../../../src/errors/index.js';
import type { BlobInfo, BlobStore } from '../../../src/ports/index.js';
import { natively } from './host.js';

const PIECE_BYTES = 65_536;

/** A bucket that attests by CRC-32C, as Google's does. */
export function nativeBucket(): BlobStore {
  const blobs = new Map<string, { readonly info: BlobInfo; readonly bytes: Uint8Array }>();
  return {
    rangeRead: true,
    accepts: ['bytes'],
    attests: ['crc32c'],
    put: (key, body, options) =>
      natively('bucket.put', () => {
        if (options.ifAbsent === true && blobs.has(key)) throw new ReelwayError('BLOB_EXISTS', { message: key });
        if (body.kind !== 'bytes') throw new ReelwayError('NOT_SUPPORTED', { message: body.kind });
        const hash = createHash('crc32c');
        hash.update(body.bytes);
        const info = { key, sizeBytes: body.bytes.length, hashes: { crc32c: hash.digest() } };
        blobs.set(key, { info, bytes: body.bytes.slice() });
        return info;
      }),
    get: (key, options) =>
      natively('bucket.get', () => {
        const bytes = blobs.get(key)?.bytes;
        if (bytes === undefined) throw new ReelwayError('BLOB_NOT_FOUND', { message: key });
        let at = options?.range?.start ?? 0;
        const end = options?.range?.end ?? bytes.length;
        return {
          sizeBytes: bytes.length,
          next: async () => {
            const piece = bytes.subarray(at, Math.min(end, at + PIECE_BYTES));
            at += piece.length;
            return piece.length === 0 ? undefined : piece;
          },
          close: async () => undefined,
        };
      }),
    head: (key) => natively('bucket.head', () => blobs.get(key)?.info),
    remove: (keys) =>
      natively('bucket.remove', () => {
        for (const key of keys) blobs.delete(key);
      }),
  };
}
