/** A blob store in memory: for tests, demos, and as the smallest adapter to read. */
import { createHash, type HashAlgorithm, type Hashes } from '../../src/core/index.js';
import { ReelwayError } from '../../src/errors/index.js';
import type { AbortSignalLike, BlobBody, BlobInfo, BlobReader, BlobStore, Clock, GetOptions, PutOptions } from '../../src/ports/index.js';
import { requireBlobKey, requireBlobPrefix } from './names.js';

const MAX_PIECE_BYTES = 524_288;

/** How {@link memoryBlobStore} is set up. */
export interface MemoryBlobStoreOptions {
  /** Bytes that all blobs together may hold, ≥ 0; more is QUOTA_EXCEEDED. @default unbounded */
  readonly capacityBytes?: number;
  /** Algorithms that every put is hashed by and checked against, preferred first. @default ['crc32c', 'md5'] */
  readonly attests?: readonly HashAlgorithm[];
  /** Bytes of a piece of `get`, 1 to 524,288. @default 65,536 */
  readonly pieceBytes?: number;
  /** Blobs on a page of `list`, ≥ 1. @default 1,000 */
  readonly pageSize?: number;
  /** Where modification times come from. @default the host's clock */
  readonly clock?: Pick<Clock, 'wallMs'>;
}

interface StoredBlob {
  readonly bytes: Uint8Array;
  readonly modifiedMs: number;
  readonly hashes: Hashes;
}

/** A blob store in memory; gone with the process. It honours `ifAbsent`, and attests by hashing what it stored. */
export function memoryBlobStore(options: MemoryBlobStoreOptions = {}): BlobStore {
  const { attests = ['crc32c', 'md5'], pieceBytes = 65_536, pageSize = 1_000 } = options;
  requireInteger('pieceBytes', pieceBytes, MAX_PIECE_BYTES);
  requireInteger('pageSize', pageSize, Number.MAX_SAFE_INTEGER);
  const shelf = new MemoryShelf(options.capacityBytes ?? Number.POSITIVE_INFINITY);
  const wallMs = (): number => (options.clock === undefined ? Date.now() : options.clock.wallMs());
  return {
    rangeRead: true,
    accepts: ['bytes', 'stream'],
    attests,
    async put(key, body, putOptions) {
      requireBlobKey(key);
      throwIfAborted(putOptions.signal);
      shelf.refuseExisting(key, putOptions);
      const bytes = await copyOf(body, key, putOptions);
      const hashes = checkedHashes(bytes, attests, key, putOptions.hashes);
      return shelf.store(key, { bytes, hashes, modifiedMs: wallMs() }, putOptions);
    },
    async get(key, getOptions = {}) {
      requireBlobKey(key);
      throwIfAborted(getOptions.signal);
      return readerOf(shelf.find(key), key, pieceBytes, getOptions);
    },
    async head(key, signal) {
      requireBlobKey(key);
      throwIfAborted(signal);
      return shelf.infoOf(key);
    },
    async remove(keys, signal) {
      keys.forEach(requireBlobKey);
      throwIfAborted(signal);
      for (const key of keys) shelf.remove(key);
    },
    async list(prefix, cursor, signal) {
      requireBlobPrefix(prefix);
      throwIfAborted(signal);
      return shelf.page(prefix, cursor, pageSize);
    },
  };
}

/** The blobs of one store. */
class MemoryShelf {
  private readonly blobs = new Map<string, StoredBlob>();
  private readonly capacityBytes: number;
  private usedBytes = 0;

  constructor(capacityBytes: number) {
    if (!(capacityBytes >= 0)) throw new TypeError('capacityBytes must be a number ≥ 0');
    this.capacityBytes = capacityBytes;
  }

  refuseExisting(key: string, options: PutOptions): void {
    if (options.ifAbsent === true && this.blobs.has(key)) {
      throw new ReelwayError('BLOB_EXISTS', { message: `a blob is stored under ${key} already`, context: { key } });
    }
  }

  /** In one turn from the look to the write, so that of two conditional puts exactly one stores. */
  store(key: string, blob: StoredBlob, options: PutOptions): BlobInfo {
    throwIfAborted(options.signal);
    this.refuseExisting(key, options);
    const after = this.usedBytes - (this.blobs.get(key)?.bytes.length ?? 0) + blob.bytes.length;
    if (after > this.capacityBytes) throw new ReelwayError('QUOTA_EXCEEDED', { message: `no room for the blob ${key}`, context: { key } });
    this.usedBytes = after;
    this.blobs.set(key, blob);
    return { key, sizeBytes: blob.bytes.length, modifiedMs: blob.modifiedMs, hashes: blob.hashes };
  }

  find(key: string): StoredBlob {
    const blob = this.blobs.get(key);
    if (blob === undefined) throw new ReelwayError('BLOB_NOT_FOUND', { message: `no blob under ${key}`, context: { key } });
    return blob;
  }

  infoOf(key: string): BlobInfo | undefined {
    const blob = this.blobs.get(key);
    return blob && { key, sizeBytes: blob.bytes.length, modifiedMs: blob.modifiedMs, hashes: blob.hashes };
  }

  remove(key: string): void {
    this.usedBytes -= this.blobs.get(key)?.bytes.length ?? 0;
    this.blobs.delete(key);
  }

  page(prefix: string, cursor: string | undefined, pageSize: number): { blobs: BlobInfo[]; cursor?: string } {
    const keys = [...this.blobs.keys()].filter((key) => key.startsWith(prefix) && (cursor === undefined || key > cursor)).sort();
    const shown = keys.slice(0, pageSize);
    const blobs = shown.map((key) => this.infoOf(key)).filter((info) => info !== undefined);
    const last = shown[shown.length - 1];
    return keys.length > shown.length && last !== undefined ? { blobs, cursor: last } : { blobs };
  }
}

/** A copy of the whole body, since what is lent must be given back. */
async function copyOf(body: BlobBody, key: string, options: PutOptions): Promise<Uint8Array> {
  if (body.kind === 'file')
    throw new ReelwayError('NOT_SUPPORTED', { message: 'memoryBlobStore takes bytes and streams', context: { key } });
  const copy = new Uint8Array(body.sizeBytes);
  const filled = body.kind === 'bytes' ? fill(copy, 0, body.bytes, key) : await drain(body, copy, key, options);
  if (filled !== copy.length) throw wrongSize(key, copy.length, filled);
  options.onProgress?.(filled);
  return copy;
}

async function drain(body: BlobBody & { kind: 'stream' }, copy: Uint8Array, key: string, options: PutOptions): Promise<number> {
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

function checkedHashes(bytes: Uint8Array, attests: readonly HashAlgorithm[], key: string, expected: Hashes = {}): Hashes {
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

function readerOf(blob: StoredBlob, key: string, pieceBytes: number, options: GetOptions): BlobReader {
  const size = blob.bytes.length;
  const { start, end } = options.range ?? { start: 0, end: size };
  if (options.range !== undefined && !(start >= 0 && start < end && end <= size)) {
    throw new ReelwayError('RANGE_NOT_SATISFIABLE', { message: `bytes ${start} to ${end} of ${key}, which has ${size}`, context: { key } });
  }
  // One buffer for all pieces: whoever keeps a piece beyond the next call sees it change, here as on a real network.
  let lent: Uint8Array | undefined;
  let position = start;
  return {
    sizeBytes: size,
    async next() {
      throwIfAborted(options.signal);
      const length = Math.min(pieceBytes, end - position);
      if (length <= 0) return undefined;
      lent ??= new Uint8Array(length);
      const piece = lent.subarray(0, length);
      piece.set(blob.bytes.subarray(position, position + length));
      position += length;
      return piece;
    },
    async close() {
      position = end;
      lent = undefined;
    },
  };
}

function throwIfAborted(signal: AbortSignalLike | undefined): void {
  if (signal?.aborted) throw signal.reason ?? new ReelwayError('ABORTED');
}

function requireInteger(name: string, value: number, max: number): void {
  if (!Number.isInteger(value) || value < 1 || value > max) throw new TypeError(`${name} must be an integer from 1 to ${max}`);
}
