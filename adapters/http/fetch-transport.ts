/** HTTP over the host's `fetch`: browsers, workers, React Native, Deno, Bun, Node. */
import {
  abortReason,
  assertOptions,
  type BlobLike,
  blobOfBytes,
  bytesReader,
  collectBlob,
  MAX_PIECE_BYTES,
  onAbort,
  throwIfAborted,
} from '../../src/adapter-kit/index.js';
import { isReelwayError, ReelwayError } from '../../src/errors/index.js';
import type { AbortSignalLike, BlobBody, HttpRequest, HttpStreamReply, HttpTransport, PieceReader } from '../../src/ports/index.js';
import { assertSendable, badAddress, isBadAddress, pageHeaders } from './host-bodies.js';

/** The rest of an unwanted reply is read up to this length: that costs less than a new connection. */
const MOST_SPARE_BYTES = 65_536;
const MOST_DRAINING_MS = 2_000;

/** An error code of the host, such as `ECONNRESET` or `ERR_SSL_TLSV1_ALERT_UNKNOWN_CA`. */
const CODE = /^(?:[A-Z]+|[A-Z0-9]+(?:_[A-Z0-9]+)+)$/;

/** A reply of `fetch`, by its shape. */
export interface FetchReply {
  /** The HTTP status, 100 to 599; 0 for a reply that the host hides. */
  readonly status: number;
  /** `opaqueredirect` and `opaque` are hidden replies. */
  readonly type?: string;
  /** After redirects; empty where the host hides it. */
  readonly url: string;
  readonly headers: { get(name: string): string | null };
  /** A web stream, where the host has streams. */
  readonly body?: unknown;
  /** The whole body, in memory. */
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** How {@link fetchTransport} sends. */
export interface FetchTransportOptions {
  /** The function `fetch`. @default the host's */
  readonly fetch?: (url: string, init: never) => Promise<FetchReply>;
  /** Whether replies can be read piece by piece, through `body`. @default as the host's `Response` allows */
  readonly streamsReplies?: boolean;
}

interface FetchInit {
  readonly method: string;
  readonly headers: [string, string][];
  readonly redirect: 'manual';
  readonly body?: unknown;
  readonly signal?: unknown;
}

interface Controller {
  readonly signal: unknown;
  abort(): void;
}

interface Host {
  readonly fetch?: (url: string, init: never) => Promise<FetchReply>;
  readonly Response?: { readonly prototype: object };
  readonly AbortController?: new () => Controller;
}

interface StreamReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array }>;
  cancel(): Promise<void>;
}

/**
 * An {@link HttpTransport} over `fetch`. Redirects are not followed where the host can refuse them. It reports no upload progress before the
 * reply arrives; `xhrTransport` reports it.
 * @throws {TypeError} on a host without `fetch`
 */
export function fetchTransport(options: FetchTransportOptions = {}): HttpTransport {
  assertOptions('fetchTransport', options, { fetch: true, streamsReplies: true });
  const host = globalThis as unknown as Host;
  const call = options.fetch ?? host.fetch;
  if (typeof call !== 'function') throw new TypeError('This host has no fetch: pass the option fetch');
  const streamsReplies = options.streamsReplies ?? (host.Response !== undefined && 'body' in host.Response.prototype);
  const HostBlob = blobOfBytes();
  return {
    accepts: HostBlob === undefined ? ['bytes'] : ['bytes', 'stream'],
    streamsReplies,
    send: async (request) => {
      throwIfAborted(request.signal);
      assertSendable(request);
      const body = await hostBody(request.body, HostBlob);
      throwIfAborted(request.signal);
      const following = follow(request.signal, host.AbortController);
      let sent: Promise<FetchReply> | undefined;
      try {
        const init: FetchInit = {
          ...{ method: request.method, headers: pageHeaders(request.headers), redirect: 'manual' },
          ...(body === undefined ? {} : { body }),
          ...(following.controller === undefined ? {} : { signal: following.controller.signal }),
        };
        // Called bare: browsers refuse their own fetch as a method of another object.
        sent = call(request.url, init as never);
        const reply = await Promise.race([sent, following.aborted]);
        if (request.body !== undefined) request.onProgress?.(request.body.sizeBytes);
        return replyOf(reply, request, following, streamsReplies);
      } catch (error) {
        following.stop();
        // A host that ignores the abort still delivers the reply, with a connection behind it.
        sent?.then(cancelReply).catch(() => undefined);
        throw fetchError(error, request);
      }
    },
  };
}

async function cancelReply({ body }: FetchReply): Promise<void> {
  await (body as { cancel?(): Promise<void> } | null | undefined)?.cancel?.();
}

async function hostBody(body: BlobBody | undefined, HostBlob: BlobLike | undefined): Promise<unknown> {
  if (body === undefined) return undefined;
  if (body.kind === 'bytes') return body.bytes;
  if (body.kind === 'stream' && HostBlob !== undefined) return collectBlob(body, HostBlob);
  throw new ReelwayError('NOT_SUPPORTED', { message: `fetch cannot send a body of kind ${body.kind} on this host` });
}

interface Following {
  readonly controller: Controller | undefined;
  /** Rejects at the abort, also where the host's fetch ignores it. */
  readonly aborted: Promise<never>;
  stop(): void;
}

/** `fetch` takes only the host's own signals. */
function follow(signal: AbortSignalLike | undefined, HostController: Host['AbortController']): Following {
  const controller = HostController === undefined ? undefined : new HostController();
  let giveUp: (reason: unknown) => void = () => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    giveUp = reject;
  });
  // After the reply nothing awaits this promise, and an unhandled rejection would end the process.
  aborted.catch(() => undefined);
  const stop = onAbort(signal, () => {
    if (signal !== undefined) giveUp(abortReason(signal));
    controller?.abort();
  });
  return { controller, aborted, stop };
}

function replyOf(reply: FetchReply, request: HttpRequest, following: Following, streamsReplies: boolean): HttpStreamReply {
  const isHidden = reply.status === 0 && reply.type === 'opaqueredirect';
  return {
    // Browsers hide a redirect that is not followed; that it was one is all that matters.
    status: isHidden ? 302 : reply.status,
    url: isHidden ? request.url : reply.url,
    header: (name) => reply.headers.get(name) ?? undefined,
    body: guarded(streamsReplies ? streamOf(reply) : wholeOf(reply), request, following, isShortReply(reply, request)),
  };
}

function streamOf(reply: FetchReply): PieceReader {
  const stream = reply.body as { getReader?: () => StreamReader } | null | undefined;
  if (typeof stream?.getReader !== 'function') return wholeOf(reply);
  const reader = stream.getReader();
  let rest: Uint8Array = new Uint8Array(0);
  return {
    next: async () => {
      while (rest.length === 0) {
        const { done, value } = await reader.read();
        if (done) return undefined;
        rest = value ?? rest;
      }
      const piece = rest.subarray(0, MAX_PIECE_BYTES);
      rest = rest.subarray(piece.length);
      return piece;
    },
    close: () => reader.cancel(),
  };
}

function wholeOf(reply: FetchReply): PieceReader {
  let reader: PieceReader | undefined;
  return {
    next: async () => {
      reader ??= bytesReader(new Uint8Array(await reply.arrayBuffer()));
      return reader.next();
    },
    close: async () => undefined,
  };
}

/** Ends the request with its reader, and translates what goes wrong meanwhile. */
function guarded(reader: PieceReader, request: HttpRequest, following: Following, isShort: boolean): PieceReader {
  let isClosed = false;
  let isRead = false;
  return {
    next: async () => {
      if (isClosed || isRead) return undefined;
      throwIfAborted(request.signal);
      try {
        const piece = await Promise.race([reader.next(), following.aborted]);
        isRead = piece === undefined;
        if (isRead) following.stop();
        return piece;
      } catch (error) {
        following.stop();
        if (isClosed) return undefined;
        throw fetchError(error, request);
      }
    },
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      following.stop();
      const giveUp = (): void => following.controller?.abort();
      // Not waited for: the caller is done, and the rest is read only so that the connection can be used again.
      if (isShort) drain(reader, giveUp);
      else await reader.close().then(giveUp, giveUp);
    },
  };
}

/** Reads the rest if it comes soon. */
function drain(reader: PieceReader, giveUp: () => void): void {
  const timer = setTimeout(giveUp, MOST_DRAINING_MS);
  const readAll = async (): Promise<void> => {
    while ((await reader.next()) !== undefined);
  };
  readAll()
    .catch(giveUp)
    .finally(() => clearTimeout(timer));
}

function isShortReply({ headers }: FetchReply, { method }: HttpRequest): boolean {
  const length = headers.get('content-length');
  return length === null ? method !== 'GET' : Number(length) <= MOST_SPARE_BYTES;
}

/** Only the code of the host's error is passed on: its text may contain the signed address. */
function fetchError(error: unknown, { signal, id }: HttpRequest): unknown {
  if (signal?.aborted === true) return abortReason(signal);
  if (isReelwayError(error)) return error;
  if (isBadAddress(error)) return badAddress();
  const details = error as { readonly code?: unknown; readonly cause?: { readonly code?: unknown } } | null | undefined;
  const reason = [details?.cause?.code, details?.code].find(isCode);
  const message = reason === undefined ? 'The request failed' : `The request failed: ${reason}`;
  const context = { key: id, ...(reason === undefined ? {} : { reason }) };
  return new ReelwayError(reason?.includes('TIMEOUT') === true || reason === 'ETIMEDOUT' ? 'TIMEOUT' : 'NETWORK', { message, context });
}

function isCode(word: unknown): word is string {
  return typeof word === 'string' && word.length <= 64 && CODE.test(word);
}
