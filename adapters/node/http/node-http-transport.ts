/**
 * HTTP over `node:http`. A lent body is passed to the socket without a copy, and a request settles only when the socket no longer needs it:
 * a server may reply early, and a pooled buffer would be overwritten while it is being sent.
 */
import { type ClientRequest, type Agent as HttpAgent, request as httpRequest } from 'node:http';
import { type Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { assertOptions, exactBytes, openBody, type SpareBuffers, spareBuffers, throwIfAborted } from '../../../src/adapter-kit/index.js';
import { copyBytes } from '../../../src/core/index.js';
import type { AbortSignalLike, BlobBody, HttpRequest, HttpStreamReply, HttpTransport, PieceReader } from '../../../src/ports/index.js';
import { openForReading, statOrClose } from '../files/durable.js';
import { fileError } from '../files/errors.js';
import { fileReader } from '../files/file-reader.js';
import { nativePath } from '../files/paths.js';
import { earlyReply, replyOf, streamedReply, type Wire, wireError, wireOf } from './node-http-reply.js';

/** An `Agent` of `node:http` or `node:https`, by its shape, so that Reelway's types need none of Node's. */
export interface NodeAgent {
  /** Connections to one host at once, ≥ 1. */
  readonly maxSockets: number;
  /** Closes its connections. */
  destroy(): void;
}

/** Options of {@link nodeHttpTransport}. */
export interface NodeHttpTransportOptions {
  /** Of `node:http`, keeping connections alive. @default Node's own, which keeps them alive */
  readonly httpAgent?: NodeAgent;
  /** Of `node:https`. @default Node's own */
  readonly httpsAgent?: NodeAgent;
  /** Milliseconds, ≥ 0, without a byte in either direction after which the request fails as TIMEOUT; 0 never. @default 60,000 */
  readonly idleTimeoutMs?: number;
}

/** An {@link HttpTransport} for Node. Redirects are not followed: their replies are returned unchanged. */
export function nodeHttpTransport(options: NodeHttpTransportOptions = {}): HttpTransport {
  assertOptions('nodeHttpTransport', options, { httpAgent: true, httpsAgent: true, idleTimeoutMs: true });
  const pool = spareBuffers(4);
  return {
    accepts: ['bytes', 'stream', 'file'],
    streamsReplies: true,
    send: async (request) => {
      throwIfAborted(request.signal);
      const wire = wireOf(begin(request, options), request);
      const head = replyOf(wire);
      const sent = sendBody(wire, pool);
      try {
        return await settle(wire, head, sent);
      } catch (error) {
        wire.stop();
        wire.cancel(error);
        await Promise.allSettled([head, sent]);
        throw wireError(wire.failure() ?? error, request);
      }
    },
  };
}

/** @throws {TypeError} without parts of the request: Node's own error contains the refused header */
function begin(request: HttpRequest, options: NodeHttpTransportOptions): ClientRequest {
  try {
    return openRequest(request, options);
  } catch (error) {
    const { code } = error as { readonly code?: unknown };
    if (code === 'ERR_INVALID_HTTP_TOKEN' || code === 'ERR_INVALID_CHAR')
      throw new TypeError('A header contains a character that HTTP does not allow');
    throw error;
  }
}

function openRequest({ url, method, headers, body }: HttpRequest, options: NodeHttpTransportOptions): ClientRequest {
  const isSecure = /^https:/i.test(url);
  // Checked here, since Node's own error contains the address with its signature.
  if (!URL.canParse(url) || !/^https?:/i.test(url)) throw new TypeError('The address must be an http: or https: URL');
  const length = body === undefined ? {} : { 'content-length': String(body.sizeBytes) };
  const shared = { method, headers: { ...headers, ...length }, timeout: options.idleTimeoutMs ?? 60_000 };
  if (isSecure)
    return httpsRequest(url, { ...shared, ...(options.httpsAgent === undefined ? {} : { agent: options.httpsAgent as HttpsAgent }) });
  return httpRequest(url, { ...shared, ...(options.httpAgent === undefined ? {} : { agent: options.httpAgent as HttpAgent }) });
}

/** Waits for reply and body; an error reply before the end of the body stops the sending. */
async function settle(wire: Wire, head: Promise<Awaited<ReturnType<typeof replyOf>>>, sent: Promise<void>): Promise<HttpStreamReply> {
  const first = await Promise.race([head, sent.then(() => undefined)]);
  if (first === undefined || (first.statusCode ?? 0) < 300) {
    await sent;
    return streamedReply(await head, wire);
  }
  const reply = await earlyReply(first, wire);
  wire.stop();
  wire.cancel();
  // Rejects, since the connection was closed; only that the body is no longer read matters.
  await Promise.allSettled([sent]);
  return reply;
}

async function sendBody(wire: Wire, pool: SpareBuffers): Promise<void> {
  const { outgoing, request } = wire;
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
      // The last byte is held back until the body has ended: otherwise the server would store a body that is too long.
      await writePiece(wire, isLast ? piece.subarray(0, -1) : piece);
      sentBytes += piece.length;
      request.onProgress?.(sentBytes);
      if (isLast) lastByte = copyBytes(piece.subarray(-1));
    }
    throwIfAborted(request.signal);
    outgoing.end(lastByte);
  } catch (error) {
    wire.cancel(error);
    throw error;
  } finally {
    await reader.close();
  }
}

async function openPieces(body: BlobBody, signal: AbortSignalLike | undefined, pool: SpareBuffers): Promise<PieceReader> {
  const reader = body.kind === 'file' ? await openFilePieces(body.path, body.sizeBytes, signal, pool) : await openBody(body);
  return exactBytes(reader, body.sizeBytes);
}

async function openFilePieces(
  path: string,
  sizeBytes: number,
  signal: AbortSignalLike | undefined,
  pool: SpareBuffers,
): Promise<PieceReader> {
  const translate = (error: unknown): unknown => fileError(error, path, 'FILE_NOT_FOUND');
  try {
    const handle = await openForReading(nativePath(path), 'follow');
    // One byte more than announced, to detect a file that has grown.
    const end = Math.min((await statOrClose(handle)).size, sizeBytes + 1);
    return fileReader({ handle, start: 0, end, signal, translate }, pool);
  } catch (error) {
    throw translate(error);
  }
}

/** Settles when the socket no longer needs the piece. */
function writePiece({ outgoing, gone }: Wire, piece: Uint8Array): Promise<void> {
  const written = new Promise<void>((resolve, reject) => {
    outgoing.write(piece, (error) => (error ? reject(error) : resolve()));
  });
  // A request that never had a connection drops its callbacks.
  return Promise.race([written, gone]);
}
