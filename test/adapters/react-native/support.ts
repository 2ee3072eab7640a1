/** A bucket behind plain HTTP in memory, and a phone whose system carries uploads into it. */
import { createHash } from 'node:crypto';
import { signedUrlBlobStore } from '../../../adapters/http/index.js';
import { type NativeUploaderLike, nativeUploadTransport } from '../../../adapters/react-native/index.js';
import { bytesReader, throwIfAborted } from '../../../src/adapter-kit/index.js';
import type { BlobStore, HttpRequest, HttpStreamReply, HttpTransport } from '../../../src/ports/index.js';
import type { CarriedRequest, UploaderModule } from '../../fakes/background-uploader.js';
import { createUploaderPackage } from '../../fakes/background-uploader-package.js';

export const ORIGIN = 'https://bucket.test/';

/** An object store that many processes speak to. */
export interface Bucket {
  readonly blobs: Map<string, Uint8Array>;
  /** Every put, by key, in order. */
  readonly puts: string[];
  /** Answers a put that the system carries. */
  carried(request: CarriedRequest): { status: number; text?: string };
  /** The foreground's transport. */
  readonly transport: HttpTransport;
}

export function createBucket(): Bucket {
  const blobs = new Map<string, Uint8Array>();
  const puts: string[] = [];
  const put = (key: string, body: Uint8Array): void => {
    puts.push(key);
    blobs.set(key, new Uint8Array(body));
  };
  const keyOf = (url: string): string => decodeURIComponent(new URL(url).pathname.slice(1));
  const putBytes = (request: HttpRequest, key: string, bytes: Uint8Array): HttpStreamReply => {
    const taken = blobs.has(key) && request.headers['if-none-match'] === '*';
    if (!taken) put(key, bytes);
    return replyOf(request, taken ? 412 : 200, blobs.get(key), false);
  };
  const send = async (request: HttpRequest): Promise<HttpStreamReply> => {
    const key = keyOf(request.url);
    const { method, body } = request;
    if (method === 'PUT' && body?.kind === 'bytes') return putBytes(request, key, body.bytes);
    if (method === 'DELETE') return replyOf(request, blobs.delete(key) ? 204 : 404, undefined, false);
    const blob = blobs.get(key);
    return replyOf(request, blob === undefined ? 404 : 200, blob, method === 'GET');
  };
  return {
    blobs,
    puts,
    carried: ({ url, body }) => {
      put(keyOf(url), body);
      return { status: 200 };
    },
    transport: { accepts: ['bytes'], streamsReplies: true, send },
  };
}

function replyOf(request: HttpRequest, status: number, blob: Uint8Array | undefined, withBody: boolean): HttpStreamReply {
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
  const isPart = first !== undefined && blob !== undefined && withBody;
  if (isPart && Number(first) >= blob.length) return replyOf({ ...request, headers: {} }, 416, undefined, false);
  const part = isPart ? blob.slice(Number(first), Number(last) + 1) : (blob?.slice() ?? new Uint8Array(0));
  const headers: { [name: string]: string } = blob === undefined ? {} : headersOf(blob, part);
  if (isPart) headers['content-range'] = `bytes ${first}-${Number(first) + part.length - 1}/${blob.length}`;
  const reader = bytesReader(withBody ? part : new Uint8Array(0));
  const next = async (): Promise<Uint8Array | undefined> => {
    throwIfAborted(request.signal);
    return reader.next();
  };
  const body = { next, close: () => reader.close() };
  return { status: isPart ? 206 : status, url: request.url, header: (name) => headers[name.toLowerCase()], body };
}

function headersOf(blob: Uint8Array, part: Uint8Array): { [name: string]: string } {
  return { 'content-length': String(part.length), etag: `"${createHash('md5').update(blob).digest('hex')}"` };
}

/** The package over a process's module, as an adapter takes it. */
export function uploaderOf(module: UploaderModule): NativeUploaderLike {
  return createUploaderPackage(module) as unknown as NativeUploaderLike;
}

/** A store of signed addresses whose files are put by the system. */
export function storeOn(bucket: Bucket, lib: NativeUploaderLike): BlobStore {
  const transport = nativeUploadTransport({ lib, foreground: bucket.transport });
  return signedUrlBlobStore({
    transport,
    sign: async (requests) => requests.map(({ key }) => ({ url: ORIGIN + key, expiresMs: Number.MAX_SAFE_INTEGER })),
  });
}
