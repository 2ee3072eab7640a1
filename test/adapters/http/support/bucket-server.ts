/** A small bucket behind signed addresses, in memory: what the signed store needs of an S3 server, and its refusals. */
import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { SignedRequest, SignRequest } from '../../../../adapters/http/index.js';
import { answer, bodyOf } from './loopback.js';

const KEY = 'the bucket’s own key';

/** A bucket of the test's own. */
export interface Bucket {
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
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
    // A body that is cut short rejects: nothing of it is kept.
    handle: async (request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://bucket');
      const key = pathname.slice(1);
      const expiresMs = Number(searchParams.get('exp'));
      const isSigned = searchParams.get('sig') === signatureOf(request.method ?? '', key, expiresMs);
      if (!isSigned || expiresMs < wallMs()) refuse(response, 403, 'AccessDenied');
      else if (request.method === 'PUT') await put(bucket, key, request, response);
      else if (request.method === 'DELETE') remove(bucket, key, response);
      else read(blobs.get(key), request, response);
    },
    sign: (origin, { method, key }, expiresMs) => ({
      url: `${origin}/${key}?exp=${expiresMs}&sig=${signatureOf(method, key, expiresMs)}`,
      expiresMs,
    }),
  };
  return bucket;
}

function signatureOf(method: string, key: string, expiresMs: number): string {
  return createHmac('sha256', KEY).update(`${method} ${key} ${expiresMs}`).digest('hex');
}

async function put(bucket: Bucket, key: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await bodyOf(request);
  const md5 = createHash('md5').update(body);
  const told = request.headers['content-md5'];
  const isConditional = request.headers['if-none-match'] === '*';
  if (isConditional && bucket.refuseConditions) refuse(response, 501, 'NotImplemented');
  else if (isConditional && bucket.blobs.has(key)) refuse(response, 412, 'PreconditionFailed');
  else if (told !== undefined && told !== md5.copy().digest('base64')) refuse(response, 400, 'BadDigest');
  else {
    bucket.blobs.set(key, body);
    answer(response, 200, { etag: `"${md5.digest('hex')}"` });
  }
}

function remove({ blobs }: Bucket, key: string, response: ServerResponse): void {
  blobs.delete(key);
  answer(response, 204);
}

function read(blob: Buffer | undefined, request: IncomingMessage, response: ServerResponse): void {
  const match = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
  if (blob === undefined) refuse(response, 404, 'NoSuchKey');
  else if (match !== null && Number(match[1]) >= blob.length) refuse(response, 416, 'InvalidRange');
  else {
    const etag = `"${createHash('md5').update(blob).digest('hex')}"`;
    const [start, end] = match === null ? [0, blob.length] : [Number(match[1]), Math.min(Number(match[2]) + 1, blob.length)];
    const range = match === null ? {} : { 'content-range': `bytes ${start}-${end - 1}/${blob.length}` };
    const part = blob.subarray(start, end);
    answer(response, match === null ? 200 : 206, { etag, 'content-length': String(part.length), ...range }, part);
  }
}

function refuse(response: ServerResponse, status: number, code: string): void {
  answer(response, status, { 'content-type': 'application/xml' }, `<?xml version="1.0"?><Error><Code>${code}</Code></Error>`);
}
