/**
 * One attempt to read bytes of a blob: piece by piece, under the stall clock, never a byte more than is wanted. The reader
 * is closed in every case, also when it arrives after everyone has left.
 */
import type { ByteRange } from '../core/index.js';
import type { AbortSignalLike, BlobReader, GetOptions, PieceReader } from '../ports/index.js';
import type { StoreReader } from './environment.js';
import { asReelwayError } from './errors.js';
import { StallClock } from './stall.js';

/** What to read. */
export interface PullRequest {
  readonly key: string;
  /** @default the whole blob */
  readonly range?: ByteRange | undefined;
  readonly signal?: AbortSignalLike | undefined;
}

/** Takes what is read. */
export interface PullSink {
  /** The size of the whole blob, where the store tells it, before the first byte. May throw. */
  opened(blobBytes: number | undefined): void;
  /** Takes a piece, lent until the promise settles; false: no more is wanted. */
  take(piece: Uint8Array): Promise<boolean> | boolean;
}

/** Reads until the end, or until the sink has enough. */
export async function pull(reader: StoreReader, request: PullRequest, sink: PullSink): Promise<void> {
  const stall = new StallClock(reader.clock, reader.retry.stallMs, request.signal);
  try {
    const body = await open(reader, request, stall);
    try {
      sink.opened(body.sizeBytes);
      await drain(reader, body, stall, sink);
    } finally {
      release(reader, body);
    }
  } finally {
    stall.end();
  }
}

async function open(reader: StoreReader, request: PullRequest, stall: StallClock): Promise<BlobReader> {
  const options: GetOptions = { signal: stall.signal, ...(request.range === undefined ? {} : { range: request.range }) };
  const opening = reader.blobStore.get(request.key, options);
  try {
    return await stall.race(opening);
  } catch (error) {
    // It may still arrive, with a connection behind it. Its failure has been told already.
    // mutation-point: release-late-download
    opening.then(
      (late) => release(reader, late),
      () => undefined,
    );
    throw error;
  }
}

async function drain(reader: StoreReader, body: PieceReader, stall: StallClock, sink: PullSink): Promise<void> {
  for (;;) {
    const piece = await stall.race(body.next());
    if (piece === undefined) return;
    reader.counters.bytesFetched += piece.length;
    reader.onBytes?.(piece.length);
    const wanted = await sink.take(piece);
    // Writing to a slow disk is no stall of the link.
    stall.moved();
    if (!wanted) return;
  }
}

/** Lets go without waiting, since a deaf adapter must not hold us; what was read stands or falls by its hash. */
function release(reader: StoreReader, body: PieceReader): void {
  body.close().catch((error: unknown) => reader.warn(asReelwayError(error)));
}
