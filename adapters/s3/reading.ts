/** Reading objects: whole or by range, held to what was asked for. */
import type { ByteRange } from '../../src/core/index.js';
import { ReelwayError } from '../../src/errors/index.js';
import { throwIfAborted } from '../../src/internal/adapter-kit/index.js';
import type { BlobReader, GetOptions } from '../../src/ports/index.js';
import { replyReader } from './bodies.js';
import { callError, type FollowingSignal, followSignal } from './calls.js';
import type { S3Like, S3ObjectInput, S3ObjectOutput } from './client.js';
import { parseContentRange } from './headers.js';

/** Opens an object; the signal goes on until the reader is closed or at its end. */
export async function openObject(client: S3Like, object: S3ObjectInput, key: string, options: GetOptions): Promise<BlobReader> {
  throwIfAborted(options.signal);
  const following = followSignal(options.signal);
  const { range } = options;
  try {
    const asked = range === undefined ? {} : { Range: `bytes=${range.start}-${range.end - 1}` };
    const reply = await client.getObject({ ...object, ...asked }, { abortSignal: following.signal });
    return readerOf(key, reply, options, following);
  } catch (error) {
    following.forget();
    throw callError(error, options.signal, { key });
  }
}

function readerOf(key: string, reply: S3ObjectOutput, { range, signal }: GetOptions, following: FollowingSignal): BlobReader {
  const { expectedBytes, sizeBytes } = range === undefined ? wholeOf(reply) : partOf(key, reply, range);
  const reader = replyReader(reply.Body, expectedBytes, { key });
  return {
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
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
  readonly expectedBytes: number;
  readonly sizeBytes?: number;
}

function wholeOf(reply: S3ObjectOutput): Expected {
  const sizeBytes = reply.ContentLength ?? 0;
  return { expectedBytes: sizeBytes, sizeBytes };
}

/** A server may answer with less than was asked for, or with all of it: both are told apart here. */
function partOf(key: string, reply: S3ObjectOutput, range: ByteRange): Expected {
  const got = parseContentRange(reply.ContentRange);
  if (got === undefined) throw new ReelwayError('NOT_SUPPORTED', { message: 'The server ignored the range.', context: { key } });
  if (got.range.start !== range.start || got.range.end !== range.end) {
    throw new ReelwayError('RANGE_NOT_SATISFIABLE', { context: { key, sizeBytes: got.sizeBytes, start: range.start, end: range.end } });
  }
  return { expectedBytes: range.end - range.start, sizeBytes: got.sizeBytes };
}
