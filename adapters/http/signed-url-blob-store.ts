/** A bucket behind an app's backend that signs each request: phones and browsers hold no keys. */
import { base64Encode, type HashAlgorithm, hexDecode } from '../../src/core/index.js';
import { ReelwayError } from '../../src/errors/index.js';
import { assertBlobKey, assertBlobPrefix, MAX_PIECE_BYTES } from '../../src/internal/adapter-kit/index.js';
import type {
  AbortSignalLike,
  BlobBody,
  BlobInfo,
  BlobReader,
  BlobStore,
  GetOptions,
  HttpTransport,
  PutOptions,
} from '../../src/ports/index.js';
import { infoOf } from './infos.js';
import { piecewise } from './piecewise.js';
import { openReply, rangeHeader } from './reading.js';
import { hashesOfEtag, isSuccess, replyError } from './replies.js';
import { type SignedExchange, signedExchange } from './signed-exchange.js';
import { createSigner, type Signer, type SignRequest, type SignRequests } from './signing.js';

/** What {@link signedUrlBlobStore} is made of. */
export interface SignedUrlBlobStoreOptions {
  readonly sign: SignRequests;
  readonly transport: HttpTransport;
  /** Put before every key that is signed: names of `[A-Za-z0-9._-]` joined by `/`, with a `/` at its end. @default none */
  readonly prefix?: string;
  /** Signatures asked for at once, 1 to 1,000. @default 20 */
  readonly mostInBatch?: number;
  /** How the server attests: `md5` where its ETags are MD5s and, in browsers, exposed by CORS. @default ['md5'] */
  readonly attests?: readonly HashAlgorithm[];
  /** Lists through the backend; without it the store cannot list. */
  readonly list?: NonNullable<BlobStore['list']>;
  /** The time now, milliseconds since 1970. @default the host's */
  readonly wallMs?: () => number;
}

/** A {@link BlobStore} whose requests are signed one by one by the app's backend. */
export function signedUrlBlobStore(options: SignedUrlBlobStoreOptions): BlobStore {
  const { transport, prefix = '', mostInBatch = 20, attests = ['md5'], wallMs = Date.now, list } = options;
  if (!Number.isInteger(mostInBatch) || mostInBatch < 1 || mostInBatch > 1000)
    throw new TypeError('mostInBatch is an integer from 1 to 1,000');
  assertBlobPrefix(prefix);
  const sign: SignRequests = (requests) => options.sign(requests.map((request) => ({ ...request, key: prefix + request.key })));
  const signer = createSigner(sign, mostInBatch, wallMs);
  const bucket: Bucket = { exchange: signedExchange(signer, transport), signer, transport, attests, wallMs };
  const pending = transport.pending?.bind(transport);
  return {
    rangeRead: true,
    accepts: transport.accepts,
    attests,
    get: (key, getOptions = {}) => getBlob(bucket, key, getOptions),
    head: (key, signal) => headBlob(bucket, key, signal),
    put: (key, body, putOptions) => putBlob(bucket, key, body, putOptions),
    remove: (keys, signal) => removeBlobs(bucket, keys, signal),
    urlFor: (key, validMs) => addressOf(bucket, key, validMs),
    ...(list === undefined ? {} : { list }),
    ...(pending === undefined ? {} : { pending }),
  };
}

interface Bucket {
  readonly exchange: SignedExchange;
  readonly signer: Signer;
  readonly transport: HttpTransport;
  readonly attests: readonly HashAlgorithm[];
  readonly wallMs: () => number;
}

async function headBlob({ exchange, wallMs }: Bucket, key: string, signal: AbortSignalLike | undefined): Promise<BlobInfo | undefined> {
  const reply = await exchange({ method: 'HEAD', key }, { headers: {}, signal });
  if (isSuccess(reply)) {
    await reply.body.close();
    return infoOf(key, reply);
  }
  const error = await replyError(reply, wallMs(), { key });
  if (error.code === 'BLOB_NOT_FOUND') return undefined;
  throw error;
}

async function getBlob(bucket: Bucket, key: string, { range, signal }: GetOptions): Promise<BlobReader> {
  const getPart = async (part: GetOptions['range']): Promise<BlobReader> => {
    const headers = { 'accept-encoding': 'identity', ...rangeHeader(part) };
    const reply = await bucket.exchange({ method: 'GET', key }, { headers, signal });
    if (!isSuccess(reply)) throw await replyError(reply, bucket.wallMs(), { key });
    return openReply(reply, part, { key });
  };
  const fitsInMemory = range !== undefined && range.end - range.start <= MAX_PIECE_BYTES;
  if (bucket.transport.streamsReplies || fitsInMemory) return getPart(range);
  const sizeBytes = range === undefined ? (await headBlob(bucket, key, signal))?.sizeBytes : range.end;
  if (sizeBytes === undefined) throw new ReelwayError('BLOB_NOT_FOUND', { context: { key } });
  return piecewise({ start: range?.start ?? 0, end: sizeBytes }, getPart);
}

async function putBlob(bucket: Bucket, key: string, body: BlobBody, options: PutOptions): Promise<BlobInfo> {
  const { contentType, ifAbsent = false, signal, hashes, onProgress } = options;
  if (ifAbsent && (await headBlob(bucket, key, signal)) !== undefined) throw new ReelwayError('BLOB_EXISTS', { context: { key } });
  const headers = { 'content-type': contentType, ...(ifAbsent ? { 'if-none-match': '*' } : {}) };
  const reply = await bucket.exchange(signRequestOf(key, body, options), { headers, body, signal, onProgress });
  if (!isSuccess(reply)) throw await replyError(reply, bucket.wallMs(), { key });
  await reply.body.close();
  const held = hashesOfEtag(reply.header('etag'));
  if (hashes?.md5 !== undefined && held.md5 !== undefined && held.md5 !== hashes.md5) {
    const message = 'The server holds other bytes than were sent: the ETag differs from the MD5.';
    throw new ReelwayError('BLOB_CORRUPT', { message, context: { key } });
  }
  return { key, sizeBytes: body.sizeBytes, hashes: bucket.attests.includes('md5') ? held : {} };
}

function signRequestOf(key: string, body: BlobBody, { contentType, hashes }: PutOptions): SignRequest {
  const md5 = hashes?.md5;
  const contentMd5 = md5 === undefined ? {} : { contentMd5: base64Encode(hexDecode(md5)) };
  return { method: 'PUT', key, contentType, contentLength: body.sizeBytes, ...contentMd5 };
}

async function removeBlobs(bucket: Bucket, keys: readonly string[], signal: AbortSignalLike | undefined): Promise<void> {
  for (const key of keys) assertBlobKey(key);
  const failures: unknown[] = [];
  for (const key of keys) {
    try {
      await removeBlob(bucket, key, signal);
    } catch (error) {
      if (signal?.aborted === true) throw error;
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

async function removeBlob({ exchange, wallMs }: Bucket, key: string, signal: AbortSignalLike | undefined): Promise<void> {
  const reply = await exchange({ method: 'DELETE', key }, { headers: {}, signal });
  if (isSuccess(reply)) return reply.body.close();
  const error = await replyError(reply, wallMs(), { key });
  if (error.code !== 'BLOB_NOT_FOUND') throw error;
}

async function addressOf({ signer, wallMs }: Bucket, key: string, validMs: number): Promise<string> {
  assertBlobKey(key);
  const { url, headers = {}, expiresMs } = await signer.signed({ method: 'GET', key });
  if (Object.keys(headers).length === 0 && expiresMs - wallMs() >= validMs) return url;
  throw new ReelwayError('NOT_SUPPORTED', { message: "The signer's addresses need headers, or do not live that long.", context: { key } });
}
