/**
 * HTTP over `node:http`: the fast path. A lent body is handed to the socket without a copy, and a request settles only when the socket is done
 * with it, since a server may answer early and a pooled buffer would be overwritten while it is still being sent.
 */
import { type ClientRequest, type Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { type Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isReelwayError, ReelwayError } from '../../src/errors/index.js';
import {
  abortReason,
  type BufferPool,
  bufferPool,
  bytesReader,
  exactBytes,
  MAX_PIECE_BYTES,
  onAbort,
  openBody,
  throwIfAborted,
} from '../../src/internal/adapter-kit/index.js';
import type {
  AbortSignalLike,
  BlobBody,
  HttpReply,
  HttpRequest,
  HttpStreamReply,
  HttpTransport,
  PieceReader,
} from '../../src/ports/index.js';
import { openForReading } from './durable.js';
import { fileError } from './errors.js';
import { fileReader } from './file-reader.js';
import { nativePath } from './paths.js';

const MOST_REFUSAL_BYTES = 65_536;

/** An `Agent` of `node:http` or `node:https`, by its shape, so that Reelway's types need none of Node's. */
export interface NodeAgent {
  /** Connections to one host at once, ≥ 1. */
  readonly maxSockets: number;
  /** Lets go of its connections. */
  destroy(): void;
}

/** How {@link nodeHttpTransport} sends. */
export interface NodeHttpTransportOptions {
  /** Of `node:http`, keeping connections alive. @default Node's own, which keeps them alive */
  readonly httpAgent?: NodeAgent;
  /** Of `node:https`. @default Node's own */
  readonly httpsAgent?: NodeAgent;
  /** Milliseconds, ≥ 0, without a byte in either direction until the request is given up as TIMEOUT; 0 never. @default 60,000 */
  readonly idleTimeoutMs?: number;
}

/** An {@link HttpTransport} for Node. Redirects are not followed: their replies are handed on as they are. */
export function nodeHttpTransport(options: NodeHttpTransportOptions = {}): HttpTransport {
  const pool = bufferPool(4);
  return {
    accepts: ['bytes', 'stream', 'file'],
    streamsReplies: true,
    send: async (request) => {
      throwIfAborted(request.signal);
      const outgoing = openRequest(request, options);
      const stop = onAbort(request.signal, () => outgoing.destroy());
      const head = replyOf(outgoing);
      const sent = sendBody(outgoing, request, pool);
      try {
        return await settleReply(outgoing, head, sent, request, stop);
      } catch (error) {
        stop();
        outgoing.destroy();
        await Promise.allSettled([head, sent]);
        throw transportError(error, request);
      }
    },
  };
}

function openRequest({ url, method, headers, body }: HttpRequest, options: NodeHttpTransportOptions): ClientRequest {
  const { protocol } = new URL(url);
  if (protocol !== 'http:' && protocol !== 'https:') throw new TypeError('Only http: and https: addresses can be asked');
  const length = body === undefined ? {} : { 'content-length': String(body.sizeBytes) };
  const shared = { method, headers: { ...headers, ...length }, timeout: options.idleTimeoutMs ?? 60_000 };
  const outgoing =
    protocol === 'https:'
      ? httpsRequest(url, { ...shared, ...(options.httpsAgent === undefined ? {} : { agent: options.httpsAgent as HttpsAgent }) })
      : httpRequest(url, { ...shared, ...(options.httpAgent === undefined ? {} : { agent: options.httpAgent as HttpAgent }) });
  outgoing.on('timeout', () => outgoing.destroy(new ReelwayError('TIMEOUT', { message: 'No byte moved for too long.' })));
  return outgoing;
}

function replyOf(outgoing: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    outgoing.once('response', resolve);
    // Stays for the request's whole life: an 'error' that nobody listens to would end the process.
    outgoing.on('error', reject);
    outgoing.once('close', () => reject(new ReelwayError('NETWORK', { message: 'The connection was closed before a reply.' })));
  });
}

/** Waits for reply and body both; a refusal that comes before the body is sent ends the sending. */
async function settleReply(
  outgoing: ClientRequest,
  head: Promise<IncomingMessage>,
  sent: Promise<void>,
  request: HttpRequest,
  stop: () => void,
): Promise<HttpStreamReply> {
  const first = await Promise.race([head, sent.then(() => undefined)]);
  if (first === undefined || first.statusCode === undefined || first.statusCode < 300) {
    await sent;
    const reply = await head;
    return streamReply(reply, request, stop);
  }
  const refusal = await collect(first);
  outgoing.destroy();
  stop();
  // Rejects, since the connection was cut under it; what counts is that nothing of the body is read any more.
  await Promise.allSettled([sent]);
  return { ...replyHead(first, request), body: bytesReader(refusal) };
}

async function sendBody(outgoing: ClientRequest, request: HttpRequest, pool: BufferPool): Promise<void> {
  if (request.body === undefined) {
    outgoing.end();
    return;
  }
  const reader = await openPieces(request.body, request.signal, pool);
  let sentBytes = 0;
  let lastByte: Uint8Array | undefined;
  try {
    for (let piece = await reader.next(); piece !== undefined; piece = await reader.next()) {
      throwIfAborted(request.signal);
      const isLast = sentBytes + piece.length >= request.body.sizeBytes;
      // The last byte waits until the body is known to end there: with it the server would keep a body that goes on.
      await writePiece(outgoing, isLast ? piece.subarray(0, -1) : piece);
      sentBytes += piece.length;
      request.onProgress?.(sentBytes);
      if (isLast) lastByte = piece.slice(-1);
    }
    throwIfAborted(request.signal);
    outgoing.end(lastByte);
  } catch (error) {
    outgoing.destroy(error instanceof Error ? error : undefined);
    throw error;
  } finally {
    await reader.close();
  }
}

async function openPieces(body: BlobBody, signal: AbortSignalLike | undefined, pool: BufferPool): Promise<PieceReader> {
  const reader = body.kind === 'file' ? await openFilePieces(body.path, body.sizeBytes, signal, pool) : await openBody(body);
  return exactBytes(reader, body.sizeBytes);
}

async function openFilePieces(
  path: string,
  sizeBytes: number,
  signal: AbortSignalLike | undefined,
  pool: BufferPool,
): Promise<PieceReader> {
  const translate = (error: unknown): unknown => fileError(error, path, 'FILE_NOT_FOUND');
  try {
    const handle = await openForReading(nativePath(path), 'follow');
    // One byte more than announced, so that a file that grew is found out.
    const end = Math.min((await handle.stat()).size, sizeBytes + 1);
    return fileReader({ handle, start: 0, end, signal, translate }, pool);
  } catch (error) {
    throw translate(error);
  }
}

/** Resolves when the socket holds no part of the piece any more. */
function writePiece(outgoing: ClientRequest, piece: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    outgoing.write(piece, (error) => (error ? reject(error) : resolve()));
  });
}

/** The body of a refusal, at most 64 KiB: it says why. */
async function collect(reply: IncomingMessage): Promise<Uint8Array> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const piece of reply as AsyncIterable<Buffer>) {
      pieces.push(piece);
      bytes += piece.length;
      if (bytes >= MOST_REFUSAL_BYTES) break;
    }
  } catch {
    // The status alone says enough when the explanation is cut.
  }
  return Buffer.concat(pieces).subarray(0, MOST_REFUSAL_BYTES);
}

function replyHead(reply: IncomingMessage, request: HttpRequest): HttpReply {
  return {
    status: reply.statusCode ?? 0,
    url: request.url,
    header: (name) => {
      const value = reply.headers[name.toLowerCase()];
      return Array.isArray(value) ? value.join(', ') : value;
    },
  };
}

function streamReply(reply: IncomingMessage, request: HttpRequest, stop: () => void): HttpStreamReply {
  const chunks = (reply as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array(0);
  let closed = false;
  const body: PieceReader = {
    next: async () => {
      if (closed) return undefined;
      throwIfAborted(request.signal);
      try {
        while (rest.length === 0) {
          const { done, value } = await chunks.next();
          if (done === true) {
            stop();
            return undefined;
          }
          rest = value;
        }
      } catch (error) {
        stop();
        throw transportError(error, request);
      }
      const piece = rest.subarray(0, MAX_PIECE_BYTES);
      rest = rest.subarray(piece.length);
      return piece;
    },
    close: async () => {
      closed = true;
      stop();
      reply.destroy();
    },
  };
  return { ...replyHead(reply, request), body };
}

/** Nothing of the request is told: its address and headers may carry a signature. */
function transportError(error: unknown, { signal, id }: HttpRequest): unknown {
  if (signal?.aborted === true) return abortReason(signal);
  if (isReelwayError(error) || error instanceof TypeError) return error;
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown';
  return new ReelwayError(code === 'ETIMEDOUT' ? 'TIMEOUT' : 'NETWORK', {
    message: `The request failed: ${code}.`,
    context: { key: id },
    cause: error,
  });
}
