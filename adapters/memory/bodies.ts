/** Copies and hashes the bodies of the memory store. */
import { throwIfAborted } from '../../src/adapter-kit/index.js';
import { createHash, type HashAlgorithm, type Hashes } from '../../src/core/index.js';
import { ReelwayError } from '../../src/errors/index.js';
import type { BlobBody, PutOptions } from '../../src/ports/index.js';

/** A copy of the whole body, since the body is only lent. */
export async function copyOf(body: BlobBody, key: string, options: Pick<PutOptions, 'signal' | 'onProgress'>): Promise<Uint8Array> {
  if (body.kind === 'file')
    throw new ReelwayError('NOT_SUPPORTED', {
      message: 'memoryBlobStore accepts bodies of kind bytes and stream, not file',
      context: { key },
    });
  const copy = new Uint8Array(body.sizeBytes);
  const filled = body.kind === 'bytes' ? fill(copy, 0, body.bytes, key) : await drain(body, copy, key, options);
  if (filled !== copy.length) throw wrongSize(key, copy.length, filled);
  options.onProgress?.(filled);
  return copy;
}

async function drain(
  body: BlobBody & { kind: 'stream' },
  copy: Uint8Array,
  key: string,
  options: Pick<PutOptions, 'signal' | 'onProgress'>,
): Promise<number> {
  const reader = await body.open();
  try {
    let filled = 0;
    for (;;) {
      throwIfAborted(options.signal);
      const piece = await reader.next();
      if (piece === undefined) return filled;
      filled = fill(copy, filled, piece, key);
      if (filled < copy.length) options.onProgress?.(filled);
    }
  } finally {
    await reader.close();
  }
}

function fill(copy: Uint8Array, at: number, piece: Uint8Array, key: string): number {
  if (at + piece.length > copy.length) throw wrongSize(key, copy.length, at + piece.length);
  copy.set(piece, at);
  return at + piece.length;
}

function wrongSize(key: string, wanted: number, got: number): ReelwayError {
  return new ReelwayError('BLOB_CORRUPT', {
    message: `Wrong size of the body of ${key}: expected ${wanted} bytes, got ${got}${got > wanted ? ' or more' : ''}`,
    context: { key },
  });
}

/** The hashes of the stored bytes, compared with the expected ones. @throws {ReelwayError} BLOB_CORRUPT */
export function checkedHashes(bytes: Uint8Array, attests: readonly HashAlgorithm[], key: string, expected: Hashes = {}): Hashes {
  const hashes: { [Algorithm in HashAlgorithm]?: string } = {};
  for (const algorithm of attests) {
    const hash = createHash(algorithm);
    hash.update(bytes);
    const found = hash.digest();
    const wanted = expected[algorithm];
    if (wanted !== undefined && wanted !== found) {
      throw new ReelwayError('BLOB_CORRUPT', {
        message: `Checksum mismatch of ${key} (${algorithm}): expected ${wanted}, got ${found}`,
        context: { key },
      });
    }
    hashes[algorithm] = found;
  }
  return hashes;
}
