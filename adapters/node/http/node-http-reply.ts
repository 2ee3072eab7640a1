/** Replies of `node:http`: their headers, their bodies in pieces, and the reuse of their connections. */
import type { ClientRequest, IncomingMessage } from 'node:http';
import { abortReason, bytesReader, MAX_PIECE_BYTES, onAbort, throwIfAborted } from '../../../src/adapter-kit/index.js';
import { isReelwayError, ReelwayError } from '../../../src/errors/index.js';
import type { HttpReply, HttpRequest, HttpStreamReply, PieceReader } from '../../../src/ports/index.js';

/** The body of an error reply is read up to this length, and so is the rest of an unwanted body. */
const MOST_SPARE_BYTES = 65_536;
const MOST_DRAINING_MS = 2000;

/** One request under way. */
export interface Wire {
  readonly outgoing: ClientRequest;
  readonly request: HttpRequest;
  /** Rejects once nothing of the request can be sent or received any more. */
  readonly gone: Promise<never>;
  /** Ends the request; the first error given is its failure. */
  cancel(error?: unknown): void;
  /** The error that ended the request. */
  failure(): unknown;
  /** Forgets the caller's signal. */
  stop(): void;
}

export function wireOf(outgoing: ClientRequest, request: HttpRequest): Wire {
  let failure: unknown;
  let giveUp: (error: unknown) => void = () => undefined;
  const gone = new Promise<never>((_resolve, reject) => {
    giveUp = reject;
  });
  // Often nothing awaits it, and an unhandled rejection would end the process.
  gone.catch(() => undefined);
  const cancel = (error?: unknown): void => {
    failure ??= error;
    outgoing.destroy();
    // A request that still waits for a connection emits 'close' only when one is free; nothing was sent.
    if (outgoing.socket === null) giveUp(error);
  };
  outgoing.on('timeout', () =>
    cancel(new ReelwayError('TIMEOUT', { message: 'No byte was sent or received within the idle timeout', context: { key: request.id } })),
  );
  // Never removed: an 'error' event without a listener would end the process.
  outgoing.on('error', (error) => {
    failure ??= error;
  });
  outgoing.once('close', () => giveUp(failure ?? new ReelwayError('NETWORK', { message: 'The connection was closed before a reply' })));
  return { outgoing, request, gone, cancel, failure: () => failure, stop: onAbort(request.signal, () => cancel()) };
}

export function replyOf({ outgoing, gone }: Wire): Promise<IncomingMessage> {
  return Promise.race([new Promise<IncomingMessage>((resolve) => outgoing.once('response', resolve)), gone]);
}

/** A reply that arrived before the body was sent; at most 64 KiB of it are read. */
export async function earlyReply(reply: IncomingMessage, wire: Wire): Promise<HttpStreamReply> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const piece of reply as AsyncIterable<Buffer>) {
      pieces.push(piece);
      bytes += piece.length;
      if (bytes >= MOST_SPARE_BYTES) break;
    }
  } catch {
    // The status suffices if the explanation is incomplete.
  }
  throwIfAborted(wire.request.signal);
  return { ...headOf(reply, wire.request), body: bytesReader(Buffer.concat(pieces).subarray(0, MOST_SPARE_BYTES)) };
}

/** A reply whose body is read piece by piece. */
export function streamedReply(reply: IncomingMessage, wire: Wire): HttpStreamReply {
  const { request, stop } = wire;
  const chunks = (reply as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array(0);
  let isClosed = false;
  let isRead = false;
  const fill = async (): Promise<boolean> => {
    while (rest.length === 0) {
      const { done, value } = await chunks.next();
      if (done === true) return false;
      rest = value;
    }
    return true;
  };
  const next: PieceReader['next'] = async () => {
    if (isClosed || isRead) return undefined;
    throwIfAborted(request.signal);
    try {
      if (!(await fill())) {
        isRead = true;
        stop();
        return undefined;
      }
    } catch (error) {
      stop();
      if (isClosed) return undefined;
      throw wireError(wire.failure() ?? error, request);
    }
    const piece = rest.subarray(0, MAX_PIECE_BYTES);
    rest = rest.subarray(piece.length);
    return piece;
  };
  const close = async (): Promise<void> => {
    if (isClosed) return;
    isClosed = true;
    stop();
    if (!mayBeShort(reply, request)) {
      reply.destroy();
      return;
    }
    // Not awaited: the caller is done, and the connection can be reused only if the rest arrives soon.
    const drainTimer = setTimeout(() => reply.destroy(), MOST_DRAINING_MS).unref();
    drain(chunks, reply)
      .catch(() => reply.destroy())
      .finally(() => clearTimeout(drainTimer));
  };
  return { ...headOf(reply, request), body: { next, close } };
}

async function drain(chunks: AsyncIterator<Buffer>, reply: IncomingMessage): Promise<void> {
  let bytes = 0;
  for (let chunk = await chunks.next(); chunk.done !== true; chunk = await chunks.next()) {
    bytes += chunk.value.length;
    if (bytes > MOST_SPARE_BYTES) reply.destroy();
  }
}

/** Reading a short rest costs less than a new connection. */
function mayBeShort(reply: IncomingMessage, { method }: HttpRequest): boolean {
  const length = reply.headers['content-length'];
  return method === 'HEAD' || length === undefined || Number(length) <= MOST_SPARE_BYTES;
}

function headOf(reply: IncomingMessage, request: HttpRequest): HttpReply {
  return {
    status: reply.statusCode ?? 0,
    url: request.url,
    header: (name) => {
      const value = reply.headers[name.toLowerCase()];
      return Array.isArray(value) ? value.join(', ') : value;
    },
  };
}

/** Contains nothing of the request: its address and headers may contain a signature. */
export function wireError(error: unknown, { signal, id }: HttpRequest): unknown {
  if (signal?.aborted === true) return abortReason(signal);
  if (isReelwayError(error) || error instanceof TypeError) return error;
  const details: { readonly code?: unknown; readonly syscall?: unknown } = typeof error === 'object' && error !== null ? error : {};
  const code = typeof details.code === 'string' ? details.code : 'unknown';
  return new ReelwayError(code === 'ETIMEDOUT' ? 'TIMEOUT' : 'NETWORK', {
    message: `The request failed: ${code}`,
    context: { key: id, reason: code },
    // System errors contain at most an address and a port; others contain received data.
    ...(details.syscall === undefined ? {} : { cause: error }),
  });
}
