/** A blob store in memory: for tests, demos, and as the shortest example of an adapter. */
import { assertOptions, throwIfAborted } from '../../src/adapter-kit/index.js';
import type { HashAlgorithm, Hashes } from '../../src/core/index.js';
import { ReelwayError } from '../../src/errors/index.js';
import type { BlobInfo, BlobReader, BlobStore, Clock, GetOptions, PutOptions } from '../../src/ports/index.js';
import { MAX_PART_BYTES, memoryParts } from './blob-parts.js';
import { checkedHashes, copyOf } from './bodies.js';
import { requireBlobKey, requireBlobPrefix } from './names.js';

const MAX_PIECE_BYTES = 524_288;
const MIN_PART_BYTES = 5_242_880;

/** Options of {@link memoryBlobStore}. */
export interface MemoryBlobStoreOptions {
  /** Bytes that all blobs together may hold, ≥ 0; more is QUOTA_EXCEEDED. @default unbounded */
  readonly capacityBytes?: number;
  /** Hash algorithms that are computed and checked for every put, preferred first. @default ['crc32c', 'md5'] */
  readonly attests?: readonly HashAlgorithm[];
  /** Bytes of a piece of `get`, 1 to 524,288. @default 65,536 */
  readonly pieceBytes?: number;
  /** Blobs on a page of `list`, ≥ 1. @default 1,000 */
  readonly pageSize?: number;
  /** Minimum bytes of each part but the last in a multipart upload, ≥ 1. @default 5,242,880, as in S3 */
  readonly minPartBytes?: number;
  /** Source of modification times. @default the host's clock */
  readonly clock?: Pick<Clock, 'wallMs'>;
}

interface StoredBlob {
  readonly bytes: Uint8Array;
  readonly modifiedMs: number;
  readonly hashes: Hashes;
}

/** A blob store in memory; gone with the process. It honours `ifAbsent`, and attests by hashing what it stored. */
export function memoryBlobStore(options: MemoryBlobStoreOptions = {}): BlobStore {
  assertOptions('memoryBlobStore', options, {
    capacityBytes: true,
    attests: true,
    pieceBytes: true,
    pageSize: true,
    minPartBytes: true,
    clock: true,
  });
  const { attests = ['crc32c', 'md5'], pieceBytes = 65_536, pageSize = 1_000, minPartBytes = MIN_PART_BYTES } = options;
  requireInteger('minPartBytes', minPartBytes, MAX_PART_BYTES);
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
    parts: memoryParts({
      attests,
      minPartBytes,
      reserve: (key, sizeBytes) => shelf.reserve(key, sizeBytes),
      store: (key, bytes) => shelf.store(key, { bytes, hashes: checkedHashes(bytes, attests, key), modifiedMs: wallMs() }, {}),
      infoOf: (key) => shelf.infoOf(key),
    }),
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

  /** Reserves room for a part, or releases it if `sizeBytes` is negative. */
  reserve(key: string, sizeBytes: number): void {
    if (this.usedBytes + sizeBytes > this.capacityBytes) throw noRoom(key, this.capacityBytes);
    this.usedBytes += sizeBytes;
  }

  refuseExisting(key: string, options: Pick<PutOptions, 'ifAbsent'>): void {
    if (options.ifAbsent === true && this.blobs.has(key)) {
      throw new ReelwayError('BLOB_EXISTS', { message: `A blob exists already under ${key}`, context: { key } });
    }
  }

  /** Checks and writes without an await in between, so that of two conditional puts exactly one stores. */
  store(key: string, blob: StoredBlob, options: Pick<PutOptions, 'ifAbsent' | 'signal'>): BlobInfo {
    throwIfAborted(options.signal);
    this.refuseExisting(key, options);
    const after = this.usedBytes - (this.blobs.get(key)?.bytes.length ?? 0) + blob.bytes.length;
    if (after > this.capacityBytes) throw noRoom(key, this.capacityBytes);
    this.usedBytes = after;
    this.blobs.set(key, blob);
    return { key, sizeBytes: blob.bytes.length, modifiedMs: blob.modifiedMs, hashes: blob.hashes };
  }

  find(key: string): StoredBlob {
    const blob = this.blobs.get(key);
    if (blob === undefined) throw new ReelwayError('BLOB_NOT_FOUND', { message: `No blob under ${key}`, context: { key } });
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

function noRoom(key: string, capacityBytes: number): ReelwayError {
  return new ReelwayError('QUOTA_EXCEEDED', {
    message: `The capacity of ${capacityBytes} bytes does not suffice for the blob ${key}`,
    context: { key },
  });
}

function readerOf(blob: StoredBlob, key: string, pieceBytes: number, options: GetOptions): BlobReader {
  const size = blob.bytes.length;
  const { start, end } = options.range ?? { start: 0, end: size };
  if (options.range !== undefined && !(start >= 0 && start < end && end <= size)) {
    throw new ReelwayError('RANGE_NOT_SATISFIABLE', {
      message: `The range ${start} to ${end} is outside of ${key}, which has ${size} bytes`,
      context: { key },
    });
  }
  // One buffer for all pieces: a piece that is kept beyond the next call changes, as with real network adapters.
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

function requireInteger(name: string, value: number, max: number): void {
  if (!Number.isInteger(value) || value < 1 || value > max) throw new TypeError(`${name} must be an integer from 1 to ${max}`);
}
