/** Reads of one blob over HTTP, held to what was asked for: ranges, lengths, encodings, origins. */
import type { ByteRange } from '../core/index.js';
import { type ErrorContext, ReelwayError } from '../errors/index.js';
import type { BlobReader, HttpReply, HttpStreamReply, PieceReader } from '../ports/index.js';
import { originOf } from './addresses.js';

const CONTENT_RANGE = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/;

/** The header that asks for a range; HTTP counts its end in. */
export function rangeHeader(range: ByteRange | undefined): { readonly [name: string]: string } {
  return range === undefined ? {} : { range: `bytes=${range.start}-${range.end - 1}` };
}

/** Refuses a reply from another origin, to which a captive portal or a proxy has redirected. @throws {ReelwayError} UNAVAILABLE */
export function assertSameOrigin(reply: HttpReply, url: string, context: ErrorContext): void {
  if (reply.url !== '' && originOf(reply.url) !== originOf(url)) {
    throw new ReelwayError('UNAVAILABLE', { message: 'The request was redirected to another origin', context });
  }
}

/** The reader of a reply in 2xx; closes the reply where it is not what was asked for. */
export async function openReply(reply: HttpStreamReply, range: ByteRange | undefined, context: ErrorContext): Promise<BlobReader> {
  try {
    assertPlain(reply, context);
    const expected = range === undefined ? wholeOf(reply) : partOf(reply, range, context);
    return countedReader(reply.body, expected, context);
  } catch (error) {
    await reply.body.close();
    throw error;
  }
}

interface Expected {
  /** Absent where the server does not tell the length. */
  readonly bytes?: number;
  readonly sizeBytes?: number;
}

/** Our blobs are videos: an encoded body has another length and another hash than the manifest says. */
function assertPlain(reply: HttpReply, context: ErrorContext): void {
  const encoding = reply.header('content-encoding');
  if (encoding !== undefined && encoding !== '' && encoding !== 'identity') {
    throw new ReelwayError('BLOB_CORRUPT', { message: `The server sent the blob encoded as ${encoding.slice(0, 20)}.`, context });
  }
}

function wholeOf(reply: HttpReply): Expected {
  const bytes = lengthOf(reply);
  return bytes === undefined ? {} : { bytes, sizeBytes: bytes };
}

function lengthOf(reply: HttpReply): number | undefined {
  const text = reply.header('content-length');
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function partOf(reply: HttpReply, range: ByteRange, context: ErrorContext): Expected {
  if (reply.status !== 206) return wholeAsPart(reply, range, context);
  const bytes = range.end - range.start;
  const contentRange = reply.header('content-range');
  // Browsers hide the header where the server does not expose it; then the length must do.
  if (contentRange === undefined && lengthOf(reply) === bytes) return { bytes };
  const match = CONTENT_RANGE.exec(contentRange ?? '');
  if (match === null) throw new ReelwayError('BLOB_CORRUPT', { message: 'The server answered a range without saying which.', context });
  const [start, end] = [Number(match[1]), Number(match[2]) + 1];
  const sizeBytes = match[3] === '*' ? end : Number(match[3]);
  if (start === range.start && end === sizeBytes && end < range.end) throw tooShort(range, context);
  if (start !== range.start || end !== range.end || sizeBytes < end) {
    throw new ReelwayError('BLOB_CORRUPT', { message: 'The server answered another range.', context });
  }
  return match[3] === '*' ? { bytes } : { bytes, sizeBytes };
}

function tooShort({ start, end }: ByteRange, context: ErrorContext): ReelwayError {
  return new ReelwayError('RANGE_NOT_SATISFIABLE', {
    message: 'The blob ends before the range does.',
    context: { ...context, start, end },
  });
}

/** A server that ignores ranges sends all of it, which will do when all of it was asked for. */
function wholeAsPart(reply: HttpReply, range: ByteRange, context: ErrorContext): Expected {
  const sizeBytes = lengthOf(reply);
  if (range.start === 0 && sizeBytes === range.end) return { bytes: sizeBytes, sizeBytes };
  if (sizeBytes !== undefined && sizeBytes < range.end) throw tooShort(range, context);
  throw new ReelwayError('NOT_SUPPORTED', { message: 'The server ignored the range and sent the whole blob.', context });
}

function countedReader(body: PieceReader, expected: Expected, context: ErrorContext): BlobReader {
  let seenBytes = 0;
  return {
    ...(expected.sizeBytes === undefined ? {} : { sizeBytes: expected.sizeBytes }),
    next: async () => {
      const piece = await body.next();
      seenBytes += piece?.length ?? 0;
      if (expected.bytes === undefined) return piece;
      if (piece === undefined && seenBytes < expected.bytes) {
        throw new ReelwayError('NETWORK', { message: 'The reply ended early.', context: { ...context, seenBytes } });
      }
      if (seenBytes > expected.bytes) {
        throw new ReelwayError('BLOB_CORRUPT', { message: 'The reply is longer than announced.', context: { ...context, seenBytes } });
      }
      return piece;
    },
    close: () => body.close(),
  };
}
