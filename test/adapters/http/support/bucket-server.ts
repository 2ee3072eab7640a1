/** A small bucket behind signed addresses, in memory: what the signed store needs of an S3 server, and its refusals. */
import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { SignedRequest, SignRequest } from '../../../../adapters/http/index.js';
import { answer, bodyOf } from './loopback.js';

const KEY = 'the bucket’s own key';

/** A bucket of the test's own. */
export interface Bucket {
  readonly listener: RequestListener;
  readonly blobs: Map<string, Buffer>;
  /** Signs for this bucket at `origin`. */
  sign(origin: string, request: SignRequest, expiresMs: number): SignedRequest;
  /** Answers 501 to conditional puts, as some servers do. */
  refuseConditions: boolean;
}

export function createBucket(wallMs: () => number = Date.now): Bucket {
  const blobs = new Map<string, Buffer>();
  const bucket: Bucket = {
    blobs,
    refuseConditions: false,
    listener: (request, response) => {
      // A body that is cut short rejects: nothing of it is kept.
      handle(request, response).catch(() => response.destroy());
    },
    sign: (origin, { method, key }, expiresMs) => ({
      url: `${origin}/${key}?exp=${expiresMs}&sig=${signatureOf(method, key, expiresMs)}`,
      expiresMs,
    }),
  };
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://bucket');
    const key = pathname.slice(1);
    const expiresMs = Number(searchParams.get('exp'));
    const isSigned = searchParams.get('sig') === signatureOf(request.method ?? '', key, expiresMs);
    if (!isSigned || expiresMs < wallMs()) return refuse(response, 403, 'AccessDenied');
    if (request.method === 'PUT') return put(bucket, key, request, response);
    if (request.method === 'DELETE') {
      blobs.delete(key);
      return answer(response, 204);
    }
    return read(blobs.get(key), request, response);
  };
  return bucket;
}

function signatureOf(method: string, key: string, expiresMs: number): string {
  return createHmac('sha256', KEY).update(`${method} ${key} ${expiresMs}`).digest('hex');
}

async function put(bucket: Bucket, key: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await bodyOf(request);
  const md5 = createHash('md5').update(body);
  if (request.headers['if-none-match'] === '*') {
    if (bucket.refuseConditions) return refuse(response, 501, 'NotImplemented');
    if (bucket.blobs.has(key)) return refuse(response, 412, 'PreconditionFailed');
  }
  const told = request.headers['content-md5'];
  if (told !== undefined && told !== md5.copy().digest('base64')) return refuse(response, 400, 'BadDigest');
  bucket.blobs.set(key, body);
  answer(response, 200, { etag: `"${md5.digest('hex')}"` });
}

function read(blob: Buffer | undefined, request: IncomingMessage, response: ServerResponse): void {
  if (blob === undefined) return refuse(response, 404, 'NoSuchKey');
  const etag = `"${createHash('md5').update(blob).digest('hex')}"`;
  const match = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
  if (match === null) return answer(response, 200, { etag, 'content-length': String(blob.length) }, request.method === 'HEAD' ? '' : blob);
  const start = Number(match[1]);
  if (start >= blob.length) return refuse(response, 416, 'InvalidRange');
  const part = blob.subarray(start, Number(match[2]) + 1);
  const range = `bytes ${start}-${start + part.length - 1}/${blob.length}`;
  answer(response, 206, { etag, 'content-length': String(part.length), 'content-range': range }, part);
}

function refuse(response: ServerResponse, status: number, code: string): void {
  answer(response, status, { 'content-type': 'application/xml' }, `<?xml version="1.0"?><Error><Code>${code}</Code></Error>`);
}
