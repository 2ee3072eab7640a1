/** Bodies that the memory store takes: copied whole, and hashed. */
import { throwIfAborted } from '../../src/adapter-kit/index.js';
import { createHash, type HashAlgorithm, type Hashes } from '../../src/core/index.js';
import { ReelwayError } from '../../src/errors/index.js';
import type { BlobBody, PutOptions } from '../../src/ports/index.js';

/** A copy of the whole body, since what is lent must be given back. */
export async function copyOf(body: BlobBody, key: string, options: Pick<PutOptions, 'signal' | 'onProgress'>): Promise<Uint8Array> {
  if (body.kind === 'file')
    throw new ReelwayError('NOT_SUPPORTED', { message: 'memoryBlobStore takes bytes and streams', context: { key } });
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
    message: `the body of ${key} should have ${wanted} bytes, and has ${got} or more`,
    context: { key },
  });
}

/** The hashes of what is stored, held to what the caller expects. */
export function checkedHashes(bytes: Uint8Array, attests: readonly HashAlgorithm[], key: string, expected: Hashes = {}): Hashes {
  const hashes: { [Algorithm in HashAlgorithm]?: string } = {};
  for (const algorithm of attests) {
    const hash = createHash(algorithm);
    hash.update(bytes);
    const found = hash.digest();
    const wanted = expected[algorithm];
    if (wanted !== undefined && wanted !== found) {
      throw new ReelwayError('BLOB_CORRUPT', { message: `the ${algorithm} of ${key} is ${found}, not ${wanted}`, context: { key } });
    }
    hashes[algorithm] = found;
  }
  return hashes;
}
