/**
 * One attempt to read bytes of a blob: piece by piece, under a stall timeout, never more than is wanted. The reader is closed in every
 * case, also when it arrives after the attempt has ended.
 */
import { type ByteRange, copyBytes } from '../core/index.js';
import { ReelwayError } from '../errors/index.js';
import { throwIfAborted } from '../internal/index.js';
import type { AbortSignalLike, BlobReader, BlobSource, Clock, GetOptions, PieceReader } from '../ports/index.js';
import { asReelwayError } from './errors.js';
import { StallTimeout } from './stall-timeout.js';

/** What blobs are read with. */
export interface BlobDownloads {
  readonly blobStore: Pick<BlobSource, 'get'>;
  readonly clock: Clock;
  readonly retry: { readonly stallMs: number };
  /** Gets failures that change no outcome, as of closing a reader. */
  readonly warn: (error: ReelwayError) => void;
  /** Called for each piece with its bytes. */
  readonly onBytes?: (bytes: number) => void;
}

/** What to read. */
export interface BlobRequest {
  readonly key: string;
  /** @default the whole blob */
  readonly range?: ByteRange | undefined;
  readonly signal?: AbortSignalLike | undefined;
}

/** Receives what is read. */
export interface BlobSink {
  /** Called before the first byte with the size of the whole blob, where the store reports it. May throw. */
  opened(blobBytes: number | undefined): void;
  /** Takes a piece, lent until the promise settles. Resolves with false where no more is wanted. */
  take(piece: Uint8Array): Promise<boolean> | boolean;
}

/** Reads until the end, or until the sink has enough. Rejects with the signal's reason, TIMEOUT, or what the store or the sink rejects with. */
export async function readBlob(downloads: BlobDownloads, request: BlobRequest, sink: BlobSink): Promise<void> {
  // The abort may have come while the caller waited for a slot.
  throwIfAborted(request.signal);
  const stall = new StallTimeout(downloads.clock, downloads.retry.stallMs, request.signal);
  try {
    const body = await open(downloads, request, stall);
    try {
      sink.opened(body.sizeBytes);
      await readPieces(downloads, body, stall, sink);
    } finally {
      // mutation-point: release-download
      release(downloads, body);
    }
  } finally {
    stall.end();
  }
}

/**
 * All bytes of a small blob. A reported size above `maxBytes` is refused before a byte is read; other blobs, at the first byte too many.
 *
 * @throws {ReelwayError} MANIFEST_TOO_LARGE; BLOB_CORRUPT where fewer or more bytes arrive than the store reported
 */
export async function readSmallBlob(downloads: BlobDownloads, request: BlobRequest, maxBytes: number): Promise<Uint8Array> {
  const { key } = request;
  const pieces: Uint8Array[] = [];
  let length = 0;
  let expected: number | undefined;
  await readBlob(downloads, request, {
    opened: (blobBytes) => {
      expected = blobBytes;
      refuseLarge(blobBytes ?? 0, maxBytes, key);
    },
    take: (piece) => {
      length += piece.length;
      refuseLarge(length, maxBytes, key);
      // Lent until the next call, so copied.
      pieces.push(copyBytes(piece));
      return true;
    },
  });
  // A body that ends early is a fault of the network, not of the blob.
  if (expected !== undefined && expected !== length) {
    throw new ReelwayError('BLOB_CORRUPT', { message: `Expected ${expected} bytes of the blob, got ${length}`, context: { key } });
  }
  return concatenate(pieces, length);
}

function refuseLarge(sizeBytes: number, maxBytes: number, key: string): void {
  if (sizeBytes <= maxBytes) return;
  throw new ReelwayError('MANIFEST_TOO_LARGE', {
    message: `A manifest has at most ${maxBytes} bytes, got ${sizeBytes} or more`,
    context: { key, maxBytes },
  });
}

function concatenate(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

async function open(downloads: BlobDownloads, request: BlobRequest, stall: StallTimeout): Promise<BlobReader> {
  const options: GetOptions = { signal: stall.signal, ...(request.range === undefined ? {} : { range: request.range }) };
  const opening = downloads.blobStore.get(request.key, options);
  try {
    return await stall.race(opening);
  } catch (error) {
    // It may still arrive, with a connection behind it. Its own failure was reported already.
    // mutation-point: release-late-download
    opening.then(
      (late) => release(downloads, late),
      () => undefined,
    );
    throw error;
  }
}

async function readPieces(downloads: BlobDownloads, body: PieceReader, stall: StallTimeout, sink: BlobSink): Promise<void> {
  for (;;) {
    const piece = await stall.race(body.next());
    if (piece === undefined) return;
    downloads.onBytes?.(piece.length);
    const isMoreWanted = await sink.take(piece);
    // Writing to a slow disk is not a stall of the network.
    stall.moved();
    if (!isMoreWanted) return;
  }
}

/** Closes without waiting: an adapter that ignores its signal must not delay the caller, and the hash decides about the bytes. */
function release(downloads: BlobDownloads, body: PieceReader): void {
  body.close().catch((error: unknown) => downloads.warn(asReelwayError(error)));
}
