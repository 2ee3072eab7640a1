/** Reads objects whole or by range, and checks replies against the request. */
import { foreignReply, isPage, throwIfAborted, withSize } from '../../src/adapter-kit/index.js';
import type { ByteRange } from '../../src/core/index.js';
import { ReelwayError } from '../../src/errors/index.js';
import type { BlobReader, GetOptions } from '../../src/ports/index.js';
import { replyReader } from './bodies.js';
import { callError, type FollowingSignal, followSignal } from './calls.js';
import type { S3Like, S3ObjectInput, S3ObjectOutput } from './client.js';
import { parseContentRange } from './headers.js';

/** Opens an object; the signal applies until the reader is closed or at its end. */
export async function openObject(client: S3Like, object: S3ObjectInput, key: string, options: GetOptions): Promise<BlobReader> {
  throwIfAborted(options.signal);
  const following = followSignal(options.signal);
  const { range } = options;
  try {
    const asked = range === undefined ? {} : { Range: `bytes=${range.start}-${range.end - 1}` };
    const reply = await client.getObject({ ...object, ...asked }, { abortSignal: following.signal });
    return await readerOf(key, reply, options, following);
  } catch (error) {
    following.forget();
    throw callError(error, options.signal, { key });
  }
}

/** A reader of the requested bytes; closes the connection of a reply that contains others. */
async function heldReader(key: string, reply: S3ObjectOutput, range: ByteRange | undefined): Promise<BlobReader> {
  try {
    assertPlain(key, reply);
    const { expectedBytes, sizeBytes } = range === undefined ? wholeOf(reply) : partOf(key, reply, range);
    const reader = replyReader(reply.Body, expectedBytes, { key });
    return sizeBytes === undefined ? reader : withSize(reader, sizeBytes);
  } catch (error) {
    await replyReader(reply.Body, undefined, { key }).close();
    throw error;
  }
}

async function readerOf(key: string, reply: S3ObjectOutput, options: GetOptions, following: FollowingSignal): Promise<BlobReader> {
  const { signal } = options;
  const reader = await heldReader(key, reply, options.range);
  return {
    ...(reader.sizeBytes === undefined ? {} : { sizeBytes: reader.sizeBytes }),
    next: async () => {
      try {
        throwIfAborted(signal);
        const piece = await reader.next();
        if (piece === undefined) following.forget();
        return piece;
      } catch (error) {
        following.forget();
        throw callError(error, signal, { key });
      }
    },
    close: () => {
      following.forget();
      return reader.close();
    },
  };
}

interface Expected {
  /** Absent without a Content-Length. */
  readonly expectedBytes?: number;
  readonly sizeBytes?: number;
}

function wholeOf(reply: S3ObjectOutput): Expected {
  const sizeBytes = reply.ContentLength;
  return sizeBytes === undefined ? {} : { expectedBytes: sizeBytes, sizeBytes };
}

/** Blobs are videos: an encoded body has another length and hash than the manifest. */
function assertPlain(key: string, { ContentEncoding, ContentType }: S3ObjectOutput): void {
  if (isPage(ContentType)) throw foreignReply({ key });
  if (ContentEncoding === undefined || ContentEncoding === '' || ContentEncoding === 'identity') return;
  throw new ReelwayError('BLOB_CORRUPT', {
    message: `Unexpected Content-Encoding of the blob: ${ContentEncoding.slice(0, 20)}`,
    context: { key },
  });
}

/** Distinguishes replies with fewer bytes than requested from replies with the whole object. */
function partOf(key: string, reply: S3ObjectOutput, range: ByteRange): Expected {
  const expectedBytes = range.end - range.start;
  const got = parseContentRange(reply.ContentRange);
  if (got === undefined) {
    // Browsers hide the header where the bucket does not expose it; then the length must do.
    if (reply.ContentLength === expectedBytes) return { expectedBytes };
    throw new ReelwayError('NOT_SUPPORTED', {
      message: 'The reply to a range request has no Content-Range and another length than requested',
      context: { key },
    });
  }
  const context = { key, sizeBytes: got.sizeBytes, start: range.start, end: range.end };
  if (got.sizeBytes < range.end) throw new ReelwayError('RANGE_NOT_SATISFIABLE', { context });
  if (got.range.start !== range.start || got.range.end !== range.end) {
    throw new ReelwayError('BLOB_CORRUPT', {
      message: `Wrong range: expected ${range.start}-${range.end - 1}, got ${got.range.start}-${got.range.end - 1}`,
      context,
    });
  }
  return { expectedBytes, sizeBytes: got.sizeBytes };
}
