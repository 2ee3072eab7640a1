/** HTTP over `XMLHttpRequest`: uploads with progress in browsers, and files sent by the system on React Native. */
import {
  abortReason,
  assertOptions,
  type BlobLike,
  blobOfBytes,
  bytesReader,
  collectBlob,
  onAbort,
  throwIfAborted,
} from '../../src/adapter-kit/index.js';
import { ReelwayError } from '../../src/errors/index.js';
import type { AbortSignalLike, BlobBody, HttpRequest, HttpStreamReply, HttpTransport, PieceReader } from '../../src/ports/index.js';
import { assertSendable, pageHeaders, refusalOf } from './host-bodies.js';

/** An `XMLHttpRequest` by its shape. */
export interface XhrLike {
  /** The HTTP status, 100 to 599; 0 before a reply and after a failure. */
  readonly status: number;
  /** An ArrayBuffer, once loaded. */
  readonly response: unknown;
  /** After redirects; absent or empty where the host hides it. */
  readonly responseURL?: string;
  /** Reports the progress of the upload. */
  readonly upload?: { onprogress: unknown };
  responseType: string;
  onload: unknown;
  onerror: unknown;
  ontimeout: unknown;
  onabort: unknown;
  onprogress: unknown;
  /** Begins a request. */
  open(method: string, url: string, isAsync: boolean): void;
  /** Adds a header, after `open`. */
  setRequestHeader(name: string, value: string): void;
  /** One header a line; null before a reply. */
  getAllResponseHeaders(): string | null;
  /** Sends, with a body or without. */
  send(body?: never): void;
  /** Ends the request. */
  abort(): void;
}

/** How {@link xhrTransport} sends. */
export interface XhrTransportOptions {
  /** The constructor. @default the host's */
  readonly XMLHttpRequest?: new () => XhrLike;
  /** React Native: files are sent by the system, as `{ uri }`, and never enter JavaScript; and no header is a browser's own. @default false */
  readonly uriBodies?: boolean;
}

interface Host {
  readonly XMLHttpRequest?: new () => XhrLike;
}

type Headers = readonly (readonly [string, string])[];

interface ProgressLike {
  readonly loaded: number;
}

/** Stores request at most 524,288 bytes; a server that sends far more has ignored the range. */
const MOST_REPLY_BYTES = 8_388_608;

/**
 * An {@link HttpTransport} over `XMLHttpRequest`. It cannot refuse redirects, so the host may send the headers to another server; stores check
 * the URL of the reply.
 * @throws {TypeError} on a host without `XMLHttpRequest`
 */
export function xhrTransport(options: XhrTransportOptions = {}): HttpTransport {
  assertOptions('xhrTransport', options, { XMLHttpRequest: true, uriBodies: true });
  const HostRequest = options.XMLHttpRequest ?? (globalThis as unknown as Host).XMLHttpRequest;
  if (typeof HostRequest !== 'function') throw new TypeError('This host has no XMLHttpRequest: pass the option XMLHttpRequest');
  const { uriBodies = false } = options;
  const HostBlob = uriBodies ? undefined : blobOfBytes();
  return {
    accepts: uriBodies ? ['file', 'bytes'] : HostBlob === undefined ? ['bytes'] : ['bytes', 'stream'],
    streamsReplies: false,
    send: async (request) => {
      throwIfAborted(request.signal);
      assertSendable(request);
      const body = await hostBody(request.body, uriBodies, HostBlob);
      throwIfAborted(request.signal);
      const headers = uriBodies ? Object.entries(request.headers) : pageHeaders(request.headers);
      return exchange(HostRequest, request, headers, body);
    },
  };
}

async function hostBody(body: BlobBody | undefined, uriBodies: boolean, HostBlob: BlobLike | undefined): Promise<unknown> {
  if (body === undefined) return undefined;
  if (body.kind === 'bytes') return body.bytes;
  if (body.kind === 'file' && uriBodies) return { uri: uriOf(body.path) };
  if (body.kind === 'stream' && HostBlob !== undefined) return collectBlob(body, HostBlob);
  throw new ReelwayError('NOT_SUPPORTED', { message: `XMLHttpRequest cannot send a body of kind ${body.kind} on this host` });
}

function uriOf(path: string): string {
  if (/^[a-z]+:\/\//i.test(path)) return path;
  return `file://${encodeURI(path).replace(/[?#]/g, encodeURIComponent)}`;
}

/** How a request ends, once. */
interface Outcome {
  done(reply: HttpStreamReply): void;
  fail(error: unknown): void;
  /** For an error thrown by the host, whose text may contain the address. */
  refuse(error: unknown): void;
}

function exchange(HostRequest: new () => XhrLike, request: HttpRequest, headers: Headers, body: unknown): Promise<HttpStreamReply> {
  const { signal, id } = request;
  return new Promise<HttpStreamReply>((resolve, reject) => {
    let stop: () => void = () => undefined;
    const fail = (error: unknown): void => {
      stop();
      reject(error);
    };
    const done = (reply: HttpStreamReply): void => {
      stop();
      resolve(reply);
    };
    const refuse = (error: unknown): void => fail(signal?.aborted === true ? abortReason(signal) : refusalOf(error, id));
    guarded(refuse, () => {
      const xhr = new HostRequest();
      opened(xhr, request, headers);
      listen(xhr, request, { done, fail, refuse });
      stop = onAbort(signal, () => {
        if (signal !== undefined) fail(abortReason(signal));
        xhr.abort();
      });
      if (body === undefined) xhr.send();
      else xhr.send(body as never);
    })();
  });
}

function listen(xhr: XhrLike, { id, signal, body, onProgress }: HttpRequest, { done, fail, refuse }: Outcome): void {
  const sizeBytes = body?.sizeBytes ?? 0;
  const failed = (code: 'NETWORK' | 'TIMEOUT') => (): void => fail(new ReelwayError(code, { context: { key: id } }));
  // An error thrown by a listener would not reject the promise of the reply.
  xhr.onload = guarded(refuse, () => {
    if (xhr.status === 0) throw new ReelwayError('NETWORK', { context: { key: id } });
    const reply = replyOf(xhr, signal);
    if (body !== undefined) onProgress?.(sizeBytes);
    done(reply);
  });
  xhr.onerror = failed('NETWORK');
  xhr.ontimeout = failed('TIMEOUT');
  xhr.onabort = () => fail(signal?.aborted === true ? abortReason(signal) : new ReelwayError('NETWORK', { context: { key: id } }));
  xhr.onprogress = ({ loaded }: ProgressLike) => {
    if (loaded <= MOST_REPLY_BYTES) return;
    fail(
      new ReelwayError('NOT_SUPPORTED', {
        message: `The reply is longer than ${MOST_REPLY_BYTES} bytes and does not fit in memory`,
        context: { key: id },
      }),
    );
    xhr.abort();
  };
  // Only with a listener: in browsers it causes a CORS preflight request.
  if (body === undefined || onProgress === undefined || xhr.upload === undefined) return;
  // Hosts may count bytes that they add around the body.
  xhr.upload.onprogress = ({ loaded }: ProgressLike) => onProgress(Math.min(loaded, sizeBytes));
}

function opened(xhr: XhrLike, { method, url }: HttpRequest, headers: Headers): void {
  xhr.open(method, url, true);
  xhr.responseType = 'arraybuffer';
  for (const [name, value] of headers) xhr.setRequestHeader(name, value);
}

function guarded(refuse: Outcome['refuse'], run: () => void): () => void {
  return () => {
    try {
      run();
    } catch (error) {
      refuse(error);
    }
  };
}

function replyOf(xhr: XhrLike, signal: AbortSignalLike | undefined): HttpStreamReply {
  const headers = headersOf(xhr.getAllResponseHeaders() ?? '');
  const { response } = xhr;
  const bytes = response instanceof ArrayBuffer ? new Uint8Array(response) : new Uint8Array(0);
  const body = heldTo(signal, bytesReader(bytes));
  return { status: xhr.status, url: xhr.responseURL ?? '', header: (name) => headers.get(name.toLowerCase()), body };
}

/** The whole reply is in memory, but after an abort it must not be read on. */
function heldTo(signal: AbortSignalLike | undefined, reader: PieceReader): PieceReader {
  let isDone = false;
  return {
    next: async () => {
      if (isDone) return undefined;
      throwIfAborted(signal);
      const piece = await reader.next();
      isDone = piece === undefined;
      return piece;
    },
    close: async () => {
      isDone = true;
      await reader.close();
    },
  };
}

/** All headers at once: browsers log an error for each unexposed header that is read by name. */
function headersOf(text: string): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon < 1) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return headers;
}
