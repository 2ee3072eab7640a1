/** Bodies between the SDK and the ports: lent pieces going up are copied, replies coming down are cut to pieces. */
import { exactBytes, MAX_PIECE_BYTES } from '../../src/adapter-kit/index.js';
import { base64Encode, copyBytes, hexDecode } from '../../src/core/index.js';
import { type ErrorContext, ReelwayError } from '../../src/errors/index.js';
import type { BlobBody, PieceReader, StreamBody } from '../../src/ports/index.js';
import { s3Error } from './errors.js';

/** Makes a streamed body for the client; on Node `Readable.from`. */
export type S3StreamMaker = (pieces: AsyncIterable<Uint8Array>) => unknown;

/** A body in the client's form, and its outcome. */
export interface SdkBody {
  readonly body: never;
  /** The error that ended a stream early. The SDK would wait forever then, so the call must be aborted. */
  failure(): { readonly error: unknown } | undefined;
  /** After a success: checks that the server received the whole stream. */
  finish(): Promise<void>;
  /** Resolves when the lent body is no longer read, even if the SDK's stream still has pieces. */
  settle(): Promise<void>;
}

/** Makes a body for the client; `abort` is called when a stream fails or is not of its announced size. */
export function sdkBody(
  body: BlobBody,
  stream: S3StreamMaker | undefined,
  abort: () => void,
  onProgress: ((sentBytes: number) => void) | undefined,
): SdkBody {
  const nothing = async (): Promise<void> => undefined;
  if (body.kind === 'bytes') return { body: body.bytes as never, failure: () => undefined, finish: nothing, settle: nothing };
  if (body.kind !== 'stream' || stream === undefined) {
    throw new ReelwayError('NOT_SUPPORTED', {
      message: `s3BlobStore cannot send a body of kind ${body.kind}${body.kind === 'stream' ? ' without the option stream' : ''}`,
    });
  }
  let failure: { readonly error: unknown } | undefined;
  const fail = (error: unknown): void => {
    failure = { error };
    abort();
  };
  const pieces = copiedPieces(body, fail, onProgress);
  return { body: stream(pieces) as never, failure: () => failure, finish: pieces.finish, settle: pieces.settle };
}

export function base64OfHex(hex: string): string {
  return base64Encode(hexDecode(hex));
}

interface CopiedPieces extends AsyncIterable<Uint8Array> {
  finish(): Promise<void>;
  settle(): Promise<void>;
}

/** The pieces of a body, each copied: the SDK's streams keep a piece after they request the next one. */
function copiedPieces(
  body: StreamBody,
  fail: (error: unknown) => void,
  onProgress: ((sentBytes: number) => void) | undefined,
): CopiedPieces {
  const done: IteratorResult<Uint8Array> = { done: true, value: undefined };
  let reader: PieceReader | undefined;
  let ended = false;
  let handedBytes = 0;
  // Every step waits for the one before it, so that closing never overtakes a read.
  let last: Promise<unknown> = Promise.resolve();
  const end = async (): Promise<IteratorResult<Uint8Array>> => {
    ended = true;
    await reader?.close();
    return done;
  };
  const read = async (): Promise<IteratorResult<Uint8Array>> => {
    if (ended) return done;
    try {
      reader = reader ?? exactBytes(await body.open(), body.sizeBytes);
      // A request for the next piece means that the last one was passed on.
      if (handedBytes > 0) onProgress?.(handedBytes);
      const piece = await reader.next();
      if (piece === undefined) return await end();
      handedBytes += piece.length;
      const copy = copyBytes(piece);
      // The last piece is held back until the body has ended: otherwise the server would store a body that is too long or failed.
      if (handedBytes === body.sizeBytes) await reader.next();
      return { done: false, value: copy };
    } catch (error) {
      fail(error);
      return end();
    }
  };
  const inTurn = <Result>(step: () => Promise<Result>): Promise<Result> => {
    const result = last.then(step);
    last = result.catch(() => undefined);
    return result;
  };
  return {
    [Symbol.asyncIterator]: () => ({ next: () => inTurn(read), return: () => inTurn(end) }),
    finish: () =>
      inTurn(async () => {
        if (ended || handedBytes === body.sizeBytes) return;
        throw new ReelwayError('NETWORK', {
          message: `The server replied after ${handedBytes} of ${body.sizeBytes} bytes of the body`,
          context: { handedBytes },
        });
      }),
    settle: async () => {
      await inTurn(end);
    },
  };
}

interface Chunks {
  next(): Promise<{ readonly done?: boolean; readonly value?: unknown }>;
  close(): Promise<void>;
}

/**
 * Reads a reply of the SDK (a Node stream, or a web stream in browsers) as pieces of at most 524,288 bytes.
 * A reply that ends before `expectedBytes`, where they are known, rejects with NETWORK; one that goes on after them with BLOB_CORRUPT.
 */
export function replyReader(reply: unknown, expectedBytes: number | undefined, context: ErrorContext): PieceReader {
  const chunks = chunksOf(reply);
  let rest: Uint8Array = new Uint8Array(0);
  let seenBytes = 0;
  let closed = false;
  const fill = async (): Promise<boolean> => {
    const { done, value } = await chunks.next().catch((error: unknown) => Promise.reject(s3Error(error, context)));
    if (done === true) return false;
    if (!(value instanceof Uint8Array))
      throw new ReelwayError('INTERNAL', { message: 'The S3 client returned a body chunk that is not a Uint8Array', context });
    rest = value;
    seenBytes += value.length;
    if (expectedBytes !== undefined && seenBytes > expectedBytes) throw wrongLength('BLOB_CORRUPT', seenBytes, expectedBytes, context);
    return true;
  };
  return {
    async next() {
      if (closed) return undefined;
      while (rest.length === 0) {
        if (await fill()) continue;
        if (expectedBytes !== undefined && seenBytes < expectedBytes) throw wrongLength('NETWORK', seenBytes, expectedBytes, context);
        return undefined;
      }
      const piece = rest.subarray(0, MAX_PIECE_BYTES);
      rest = rest.subarray(piece.length);
      return piece;
    },
    async close() {
      if (closed) return;
      closed = true;
      await chunks.close();
    },
  };
}

function wrongLength(code: 'BLOB_CORRUPT' | 'NETWORK', seenBytes: number, expectedBytes: number, context: ErrorContext): ReelwayError {
  return new ReelwayError(code, {
    message: `Wrong length of the reply: expected ${expectedBytes} bytes, got ${code === 'BLOB_CORRUPT' ? 'at least ' : ''}${seenBytes}`,
    context: { ...context, seenBytes, expectedBytes },
  });
}

/** The used part of the web's `ReadableStream`; not every host declares the type. */
interface WebStream {
  getReader(): { read(): Promise<IteratorResult<unknown>>; cancel(): Promise<void> };
}

function chunksOf(reply: unknown): Chunks {
  const stream = reply as Partial<AsyncIterable<unknown>> & Partial<WebStream> & { destroy?: () => void };
  if (typeof stream?.getReader === 'function') {
    const reader = stream.getReader();
    return { next: () => reader.read(), close: () => reader.cancel() };
  }
  const iterator = stream?.[Symbol.asyncIterator]?.();
  if (iterator === undefined)
    throw new ReelwayError('NOT_SUPPORTED', { message: 'The S3 client returned a body that cannot be read in pieces' });
  return {
    next: () => iterator.next(),
    close: async () => {
      stream.destroy?.();
      await iterator.return?.();
    },
  };
}
