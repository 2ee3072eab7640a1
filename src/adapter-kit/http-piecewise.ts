/** Reads a blob as several short ranges, for transports that hold each reply in memory whole. */
import type { ByteRange } from '../core/index.js';
import { type ErrorContext, ReelwayError } from '../errors/index.js';
import type { BlobInfo, BlobReader, HttpReply, HttpTransport } from '../ports/index.js';
import { MAX_PIECE_BYTES } from './readers.js';

/** How the parts of a blob are opened. */
export interface PartSource {
  readonly transport: HttpTransport;
  /** Opens a part, or all of the blob. `check` is called with the reply's head before any byte is used. */
  openPart(range: ByteRange | undefined, check: (reply: HttpReply) => void): Promise<BlobReader>;
  head(): Promise<BlobInfo | undefined>;
}

/** Opens a range or the whole of a blob: by one request where the transport can stream, else by parts of at most 524,288 bytes. */
export async function openBlob(source: PartSource, range: ByteRange | undefined, context: ErrorContext): Promise<BlobReader> {
  const fitsInMemory = range !== undefined && range.end - range.start <= MAX_PIECE_BYTES;
  if (source.transport.streamsReplies || fitsInMemory) return source.openPart(range, () => undefined);
  const check = oneBlob(context);
  if (range === undefined) {
    const sizeBytes = await sizeOf(source, context);
    return { ...(await openParts({ start: 0, end: sizeBytes }, source, check)), sizeBytes };
  }
  const reader = await openParts(range, source, check);
  if (reader.sizeBytes === undefined || reader.sizeBytes >= range.end) return reader;
  await reader.close();
  throw new ReelwayError('RANGE_NOT_SATISFIABLE', { message: 'The blob ends before the range', context });
}

async function sizeOf({ head }: PartSource, context: ErrorContext): Promise<number> {
  const info = await head();
  if (info === undefined) throw new ReelwayError('BLOB_NOT_FOUND', { context });
  if (info.sizeBytes === undefined)
    throw new ReelwayError('NOT_SUPPORTED', { message: 'The server does not report the size of the blob', context });
  return info.sizeBytes;
}

/** Refuses a part of another blob than the first part, as far as strong ETags show it. */
function oneBlob(context: ErrorContext): (reply: HttpReply) => void {
  let first: string | undefined;
  return (reply) => {
    const etag = reply.header('etag');
    if (etag === undefined || etag.startsWith('W/')) return;
    first ??= etag;
    if (etag !== first) throw replaced(context);
  };
}

/** A blob that changed between two of its ranges. */
export function replaced(context: ErrorContext): ReelwayError {
  return new ReelwayError('BLOB_CORRUPT', { message: 'The blob was replaced while it was read', context });
}

/** Opens the first part at once, so that a fault of the blob is known before the first read. */
async function openParts(range: ByteRange, { openPart }: PartSource, check: (reply: HttpReply) => void): Promise<BlobReader> {
  let position = range.start;
  let isClosed = false;
  const openNext = async (): Promise<BlobReader | undefined> => {
    if (isClosed || position >= range.end) return undefined;
    const end = Math.min(position + MAX_PIECE_BYTES, range.end);
    const opened = await openPart({ start: position, end }, check);
    position = end;
    if (!isClosed) return opened;
    await opened.close();
    return undefined;
  };
  let part = await openNext();
  const sizeBytes = part?.sizeBytes;
  const next = async (): Promise<Uint8Array | undefined> => {
    while (part !== undefined && !isClosed) {
      const piece = await part.next();
      if (piece !== undefined) return piece;
      await part.close();
      part = await openNext();
    }
    return undefined;
  };
  const close = async (): Promise<void> => {
    isClosed = true;
    await part?.close();
  };
  return { ...(sizeBytes === undefined ? {} : { sizeBytes }), next, close };
}
