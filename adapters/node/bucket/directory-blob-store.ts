/** A bucket in a directory, one file per blob: for tests, demos, local tools, and disks that many machines share. */
import { createHash } from 'node:crypto';
import { type FileHandle, rm } from 'node:fs/promises';
import {
  abortReason,
  assertBlobKey,
  assertBlobPrefix,
  assertOptions,
  exactBytes,
  openBody,
  type SpareBuffers,
  spareBuffers,
  throwIfAborted,
  withSize,
} from '../../../src/adapter-kit/index.js';
import { createHash as createCoreHash, type HashAlgorithm, type Hashes } from '../../../src/core/index.js';
import { ReelwayError } from '../../../src/errors/index.js';
import type {
  AbortSignalLike,
  BlobBody,
  BlobInfo,
  BlobPage,
  BlobReader,
  BlobStore,
  GetOptions,
  PieceReader,
  PutOptions,
  RunningHash,
} from '../../../src/ports/index.js';
import { type Durability, openForReading, statOrClose, writeAll } from '../files/durable.js';
import { bucketError, fileError } from '../files/errors.js';
import { fileReader } from '../files/file-reader.js';
import { nativePath } from '../files/paths.js';
import { Bucket, blobExists, type Draft } from './bucket.js';
import { listBlobs } from './bucket-list.js';

/** `head` hashes blobs up to this size; of larger ones it attests nothing, and engines read back what they must know. */
const MAX_HASHED_BY_HEAD_BYTES = 67_108_864;

/** Readers collect pieces in their own buffers, so these are small: as fast, and 1.3 MiB less for three reads at once. */
const READ_BYTES = 65_536;

/** Options of {@link directoryBlobStore}. */
export interface DirectoryBlobStoreOptions {
  /** The bucket; made (0700) by the first `put` if missing. It may be a symbolic link; directories below it may not. */
  readonly directory: string;
  /** `full`: a resolved `put` survives a power cut. `process`: it survives the end of the process only, and is faster. @default 'full' */
  readonly durability?: Durability;
  /** Blobs on a page of `list`, 1 to 10,000, both inclusive. @default 1,000 */
  readonly pageBlobs?: number;
}

/**
 * A bucket in a directory.
 *
 * Each blob is one file (0600) below directories named after its key; `My-Reel/manifest.json` lies at
 * `=my-=reel/manifest.json`, so that names stay distinct on case-insensitive file systems. Unfinished files are in
 * `.reelway-tmp`, which no listing shows. A `put` is whole or absent, also through a kill; `ifAbsent` holds between
 * processes, on file systems with hard links.
 *
 * `put` attests the hashes it was given, having checked them on the way (BLOB_CORRUPT). `head` attests by reading the file
 * back and hashing it with SHA-256: it costs a read of the whole blob, and is left out above 64 MiB.
 */
export function directoryBlobStore(options: DirectoryBlobStoreOptions): BlobStore {
  assertOptions('directoryBlobStore', options, { directory: true, durability: true, pageBlobs: true });
  const { directory, durability = 'full', pageBlobs = 1_000 } = options;
  if (!Number.isInteger(pageBlobs) || pageBlobs < 1 || pageBlobs > 10_000)
    throw new TypeError(`pageBlobs must be an integer from 1 to 10,000: ${pageBlobs}`);
  const store = new DirectoryStore(new Bucket(nativePath(directory), durability), durability, pageBlobs);
  return {
    rangeRead: true,
    accepts: ['bytes', 'stream', 'file'],
    attests: ['sha256', 'md5', 'crc32c'],
    put: (key, body, putOptions) => guarded(key, putOptions.signal, () => store.put(key, body, putOptions)),
    get: (key, getOptions = {}) => guarded(key, getOptions.signal, () => store.get(key, getOptions)),
    head: (key, signal) => guarded(key, signal, () => store.head(key, signal)),
    remove: (keys, signal) => store.remove(keys, signal),
    list: (prefix, cursor, signal) => store.list(prefix, cursor, signal),
  };
}

/** Checks the key and the signal, and converts errors of the operating system. */
async function guarded<T>(key: string, signal: AbortSignalLike | undefined, run: () => Promise<T>): Promise<T> {
  assertBlobKey(key);
  throwIfAborted(signal);
  return translating(key, signal, run);
}

async function translating<T>(key: string, signal: AbortSignalLike | undefined, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (signal?.aborted === true) throw abortReason(signal);
    throw error instanceof TypeError && !isErrno(error) ? error : bucketError(error, { key });
  }
}

function isErrno(error: object): boolean {
  return 'code' in error && 'syscall' in error;
}

class DirectoryStore {
  private readonly bucket: Bucket;
  private readonly durability: Durability;
  private readonly pageBlobs: number;
  private readonly pool: SpareBuffers = spareBuffers(4, READ_BYTES);

  constructor(bucket: Bucket, durability: Durability, pageBlobs: number) {
    this.bucket = bucket;
    this.durability = durability;
    this.pageBlobs = pageBlobs;
  }

  async put(key: string, body: BlobBody, options: PutOptions): Promise<BlobInfo> {
    const ifAbsent = options.ifAbsent === true;
    // Only saves the transfer: the check that counts is made when the file is placed.
    if (ifAbsent && (await this.bucket.stat(key)) !== undefined) throw blobExists(key);
    const draft = await this.bucket.draft();
    try {
      const { mtimeMs, hashes } = await this.fill(draft, key, body, options);
      throwIfAborted(options.signal);
      await this.bucket.place(draft, key, ifAbsent);
      return { key, sizeBytes: body.sizeBytes, modifiedMs: Math.floor(mtimeMs), hashes };
    } catch (error) {
      await rm(draft.path, { force: true });
      throw error;
    }
  }

  async get(key: string, options: GetOptions): Promise<BlobReader> {
    const handle = await this.bucket.open(key);
    if (handle === undefined) throw new ReelwayError('BLOB_NOT_FOUND', { message: `No blob under ${key}`, context: { key } });
    try {
      const { size } = await handle.stat();
      const { start, end } = options.range ?? { start: 0, end: size };
      if (options.range !== undefined && !(start >= 0 && start < end && end <= size)) {
        const message = `The range ${start} to ${end} is outside of ${key}, which has ${size} bytes`;
        throw new ReelwayError('RANGE_NOT_SATISFIABLE', { message, context: { key, sizeBytes: size } });
      }
      const translate = (error: unknown): unknown => bucketError(error, { key });
      return withSize(fileReader({ handle, start, end, signal: options.signal, translate }, this.pool), size);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async head(key: string, signal: AbortSignalLike | undefined): Promise<BlobInfo | undefined> {
    const handle = await this.bucket.open(key);
    if (handle === undefined) return undefined;
    const translate = (error: unknown): unknown => error;
    const { size, mtimeMs } = await statOrClose(handle);
    const reader = fileReader({ handle, start: 0, end: size, signal, translate }, this.pool);
    try {
      const hashes = size > MAX_HASHED_BY_HEAD_BYTES ? {} : { sha256: await sha256Of(reader) };
      return { key, sizeBytes: size, modifiedMs: Math.floor(mtimeMs), hashes };
    } finally {
      await reader.close();
    }
  }

  async remove(keys: readonly string[], signal: AbortSignalLike | undefined): Promise<void> {
    keys.forEach(assertBlobKey);
    const failures: unknown[] = [];
    for (const key of keys) {
      throwIfAborted(signal);
      await translating(key, signal, () => this.bucket.remove(key)).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }

  async list(prefix: string, cursor: string | undefined, signal: AbortSignalLike | undefined): Promise<BlobPage> {
    assertBlobPrefix(prefix);
    throwIfAborted(signal);
    return translating(prefix, signal, async () => {
      const directory = await this.bucket.directoryOf(prefix);
      if (directory === undefined) return { blobs: [] };
      const base = prefix.slice(0, prefix.lastIndexOf('/') + 1);
      return listBlobs({ directory, base, prefix, cursor, pageBlobs: this.pageBlobs, signal });
    });
  }

  private async fill(draft: Draft, key: string, body: BlobBody, options: PutOptions): Promise<{ mtimeMs: number; hashes: Hashes }> {
    try {
      const hashes = await this.copy(draft.handle, key, body, options);
      if (this.durability === 'full') await draft.handle.sync();
      const { mtimeMs } = await draft.handle.stat();
      return { mtimeMs, hashes };
    } finally {
      await draft.handle.close();
    }
  }

  private async copy(target: FileHandle, key: string, body: BlobBody, options: PutOptions): Promise<Hashes> {
    const reader = await this.readerOf(body, options.signal);
    try {
      return await copyChecked(reader, target, key, options);
    } finally {
      await reader.close();
    }
  }

  private async readerOf(body: BlobBody, signal: AbortSignalLike | undefined): Promise<PieceReader> {
    if (body.kind !== 'file') return exactBytes(await openBody(body), body.sizeBytes);
    const translate = (error: unknown): unknown => fileError(error, body.path, 'FILE_NOT_FOUND');
    const handle = await openSource(body.path);
    // One byte more than announced, to detect a file that has grown.
    const end = Math.min((await statOrClose(handle)).size, body.sizeBytes + 1);
    return exactBytes(fileReader({ handle, start: 0, end, signal, translate }, this.pool), body.sizeBytes);
  }
}

async function openSource(path: string): Promise<FileHandle> {
  try {
    return await openForReading(nativePath(path), 'follow');
  } catch (error) {
    throw fileError(error, path, 'FILE_NOT_FOUND');
  }
}

/** Writes the body, and checks and returns the announced hashes. */
async function copyChecked(reader: PieceReader, target: FileHandle, key: string, options: PutOptions): Promise<Hashes> {
  const { signal, onProgress } = options;
  const checks = checksOf(options.hashes ?? {});
  let writtenBytes = 0;
  for (let piece = await reader.next(); piece !== undefined; piece = await reader.next()) {
    throwIfAborted(signal);
    for (const { hash } of checks) hash.update(piece);
    await writeAll(target, piece);
    throwIfAborted(signal);
    writtenBytes += piece.length;
    onProgress?.(writtenBytes);
  }
  return Object.fromEntries(checks.map((check) => [check.algorithm, foundBy(check, key)]));
}

function foundBy({ algorithm, hash, expected }: Check, key: string): string {
  const found = hash.digest();
  if (found === expected) return found;
  const message = `Checksum mismatch of ${key} (${algorithm}): expected ${expected}, got ${found}`;
  throw new ReelwayError('BLOB_CORRUPT', { message, context: { key, algorithm } });
}

interface Check {
  readonly algorithm: HashAlgorithm;
  readonly hash: RunningHash;
  readonly expected: string;
}

function checksOf(hashes: Hashes): Check[] {
  const checks: Check[] = [];
  for (const algorithm of ['sha256', 'md5', 'crc32c'] as const) {
    const expected = hashes[algorithm];
    if (expected !== undefined) checks.push({ algorithm, hash: runningHash(algorithm), expected });
  }
  return checks;
}

function runningHash(algorithm: HashAlgorithm): RunningHash {
  if (algorithm === 'crc32c') return createCoreHash(algorithm);
  const hash = createHash(algorithm);
  return {
    update(bytes) {
      hash.update(bytes);
    },
    digest: () => hash.digest('hex'),
  };
}

async function sha256Of(reader: PieceReader): Promise<string> {
  const hash = createHash('sha256');
  for (let piece = await reader.next(); piece !== undefined; piece = await reader.next()) hash.update(piece);
  return hash.digest('hex');
}
