/** A bucket that keeps of each segment its size and hash only, so that a large upload needs no room. */
import { bytesReader, openBody, withSize } from '../../../src/adapter-kit/index.js';
import { createHash } from '../../../src/core/index.js';
import { ReelwayError } from '../../../src/errors/index.js';
import type { BlobBody, BlobInfo, BlobStore } from '../../../src/ports/index.js';

interface Kept extends BlobInfo {
  /** Only of what is small, which the engine reads back. */
  readonly bytes?: Uint8Array;
}

const SMALL_BYTES = 65_536;

/** The bucket. */
export function forgetfulStore() {
  const blobs = new Map<string, Kept>();
  // Segments are numbered, but may be stored out of order: each hash of its own is joined at the end.
  const segments = new Map<string, Uint8Array>();
  const whole = createHash('crc32c');
  let next = 0;
  const waiting = new Map<number, Uint8Array>();
  const join = (key: string, bytes: Uint8Array): void => {
    const index = Number(/(\d+)(?=\D*$)/.exec(key.slice(key.lastIndexOf('/') + 1))?.[1]);
    waiting.set(index, bytes);
    for (let ready = waiting.get(next); ready !== undefined; ready = waiting.get(next)) {
      whole.update(ready);
      waiting.delete(next);
      next += 1;
    }
  };
  const store: BlobStore = {
    accepts: ['bytes'],
    attests: ['crc32c'],
    rangeRead: true,
    put: async (key, body) => {
      const bytes = await bytesOf(body);
      const hash = createHash('crc32c');
      hash.update(bytes);
      const info = { key, sizeBytes: bytes.length, hashes: { crc32c: hash.digest() } };
      const isSegment = !key.endsWith('.json');
      blobs.set(key, isSegment ? info : { ...info, bytes });
      if (isSegment) {
        segments.set(key, new Uint8Array(0));
        join(key, bytes);
      }
      return info;
    },
    head: async (key) => blobs.get(key),
    get: async (key) => {
      const kept = blobs.get(key);
      if (kept?.bytes === undefined) throw new ReelwayError('BLOB_NOT_FOUND', { context: { key } });
      return withSize(bytesReader(kept.bytes), kept.bytes.length);
    },
    remove: async (keys) => {
      for (const key of keys) blobs.delete(key);
    },
  };
  return {
    ...store,
    segmentBytes: () => [...segments.keys()].reduce((sum, key) => sum + (blobs.get(key)?.sizeBytes ?? 0), 0),
    joinedHash: () => whole.digest(),
  };
}

async function bytesOf(body: BlobBody): Promise<Uint8Array> {
  if (body.kind === 'bytes') return new Uint8Array(body.bytes);
  if (body.kind === 'file') throw new ReelwayError('NOT_SUPPORTED');
  const reader = await openBody(body);
  const bytes = new Uint8Array(SMALL_BYTES * 16);
  let length = 0;
  for (let piece = await reader.next(); piece !== undefined; piece = await reader.next()) {
    bytes.set(piece, length);
    length += piece.length;
  }
  return bytes.slice(0, length);
}
