/** A bucket whose requests are signed by the app's backend: phones and browsers hold no keys. */
import {
  assertBlobKey,
  assertBlobPrefix,
  assertOptions,
  assertPutReply,
  hashesOfReply,
  hasMd5,
  headByRead,
  isBlobKey,
  isHeadRefused,
  openBlob,
  openReply,
  type PartSource,
  rangeHeader,
  throwIfAborted,
} from '../../src/adapter-kit/index.js';
import { base64Encode, createHash, type HashAlgorithm, type Hashes, hexDecode } from '../../src/core/index.js';
import { isReelwayError, ReelwayError } from '../../src/errors/index.js';
import type {
  AbortSignalLike,
  BlobBody,
  BlobInfo,
  BlobReader,
  BlobStore,
  GetOptions,
  HttpReply,
  HttpStreamReply,
  HttpTransport,
  PutOptions,
} from '../../src/ports/index.js';
import { infoOf } from './infos.js';
import type { SignedRequest, SignRequest } from './signature-cache.js';
import { createSignaturePrefetcher, type SignaturePrefetcher } from './signature-prefetcher.js';
import { type SignedExchange, signedExchange } from './signed-exchange.js';
import { createSigner, type Signer, type SignRequests } from './signing.js';

type List = NonNullable<BlobStore['list']>;

/** Options of {@link signedUrlBlobStore}. */
export interface SignedUrlBlobStoreOptions {
  readonly sign: SignRequests;
  readonly transport: HttpTransport;
  /** Put before every key that is signed: names of `[A-Za-z0-9._-]` joined by `/`, with a `/` at its end. @default none */
  readonly prefix?: string;
  /** Signatures asked for at once, 1 to 1,000. @default 20 */
  readonly maxBatchSize?: number;
  /** @deprecated Use `maxBatchSize`. */
  readonly mostInBatch?: number;
  /**
   * Puts signed in one request before they are sent, 0 to 40 and never more than `maxBatchSize`; 0 signs each when it is sent. The MD5 of a body is
   * not known ahead: it is compared with the ETag instead. Where `attests` lacks `md5`, puts with an MD5 are signed when they are sent. Fewer are
   * prefetched automatically if signatures expire before they are used. @default 20
   */
  readonly signAhead?: number;
  /** Milliseconds, > 0, after which a call of `sign` fails as TIMEOUT. @default 30,000 */
  readonly signTimeoutMs?: number;
  /** How the server attests: `md5` where its ETags are MD5s and, in browsers, exposed by CORS. @default ['md5'] */
  readonly attests?: readonly HashAlgorithm[];
  /** Lists through the backend, by keys without `prefix`; without it the store cannot list. Keys outside the requested prefix are dropped. */
  readonly list?: List;
  /** The time now, milliseconds since 1970. @default the host's */
  readonly wallMs?: () => number;
}

/** A {@link BlobStore} whose requests are signed one by one by the app's backend. */
export function signedUrlBlobStore(options: SignedUrlBlobStoreOptions): BlobStore {
  assertOptions('signedUrlBlobStore', options, {
    sign: true,
    transport: true,
    prefix: true,
    maxBatchSize: true,
    mostInBatch: true,
    signAhead: true,
    signTimeoutMs: true,
    attests: true,
    list: true,
    wallMs: true,
  });
  const { transport, prefix = '', attests = ['md5'], wallMs = Date.now, list } = options;
  const { mostInBatch = 20, maxBatchSize = mostInBatch, signAhead = 20, signTimeoutMs = 30_000 } = options;
  requireInteger('maxBatchSize', maxBatchSize, 1, 1000);
  requireInteger('signAhead', signAhead, 0, 40);
  requireInteger('signTimeoutMs', signTimeoutMs, 1, 2_147_483_647);
  assertBlobPrefix(prefix);
  const sign: SignRequests = async (requests) => options.sign(requests.map((request) => ({ ...request, key: prefix + request.key })));
  const signer = createSigner(sign, { maxBatchSize, timeoutMs: signTimeoutMs, wallMs });
  const prefetcher = createSignaturePrefetcher(signer, Math.min(signAhead, maxBatchSize), wallMs);
  const exchange = signedExchange(signer, transport, wallMs);
  const bucket: Bucket = {
    exchange,
    signer,
    prefetcher,
    transport,
    attests,
    wallMs,
    conditions: true,
    etagIsMd5: true,
    hasOtherEtags: false,
  };
  const pending = transport.pending?.bind(transport);
  return {
    rangeRead: true,
    accepts: transport.accepts,
    attests,
    get: (key, getOptions = {}) => getBlob(bucket, key, getOptions),
    head: (key, signal) => headBlob(bucket, key, signal),
    put: (key, body, putOptions) => putBlob(bucket, key, body, putOptions),
    announce: prefetcher.announce,
    remove: (keys, signal) => removeBlobs(bucket, keys, signal),
    urlFor: (key, validMs) => addressOf(bucket, key, validMs),
    ...(list === undefined ? {} : { list: listingBy(list) }),
    ...(pending === undefined ? {} : { pending }),
  };
}

function requireInteger(name: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most) throw new TypeError(`${name} is an integer from ${least} to ${most}`);
}

interface Bucket {
  readonly exchange: SignedExchange;
  readonly signer: Signer;
  readonly prefetcher: SignaturePrefetcher;
  readonly transport: HttpTransport;
  readonly attests: readonly HashAlgorithm[];
  readonly wallMs: () => number;
  /** Whether the server supports If-None-Match; cleared by its 501. Some ignore the header, so engines read back. */
  conditions: boolean;
  /** Whether replies contain the MD5 of the stored bytes; cleared by one that does not (CORS hides the ETag, or a key encrypts the object). */
  etagIsMd5: boolean;
  /** Set when an ETag of 32 hex digits was not the MD5 of right bytes (SSE-C, a hidden KMS header): ETags attest nothing from then on. */
  hasOtherEtags: boolean;
}

async function headBlob(bucket: Bucket, key: string, signal: AbortSignalLike | undefined): Promise<BlobInfo | undefined> {
  const { exchange } = bucket;
  try {
    const reply = await exchange({ method: 'HEAD', key }, { headers: {}, signal });
    await reply.body.close();
    return { ...infoOf(key, reply), hashes: heldHashes(bucket, reply) };
  } catch (error) {
    if (isReelwayError(error) && error.code === 'BLOB_NOT_FOUND') return undefined;
    if (!isHeadRefused(error)) throw error;
    return headByRead(key, error, ({ range }) => openPartOf(bucket, key, signal)(range, () => undefined));
  }
}

/** The hash of the stored bytes; empty where the ETags are not declared to be MD5s. */
function heldHashes({ attests, hasOtherEtags }: Bucket, reply: HttpReply): Hashes {
  return attests.includes('md5') && !hasOtherEtags ? hashesOfReply(reply) : {};
}

function openPartOf({ exchange }: Bucket, key: string, signal: AbortSignalLike | undefined): PartSource['openPart'] {
  return async (part, check) => {
    const reply = await exchange({ method: 'GET', key }, { headers: { 'accept-encoding': 'identity', ...rangeHeader(part) }, signal });
    try {
      check(reply);
    } catch (error) {
      await reply.body.close();
      throw error;
    }
    return openReply(reply, part, { key });
  };
}

function getBlob(bucket: Bucket, key: string, { range, signal }: GetOptions): Promise<BlobReader> {
  const { transport } = bucket;
  return openBlob({ transport, openPart: openPartOf(bucket, key, signal), head: () => headBlob(bucket, key, signal) }, range, { key });
}

async function putBlob(bucket: Bucket, key: string, body: BlobBody, options: PutOptions): Promise<BlobInfo> {
  const { ifAbsent = false, signal, hashes } = options;
  if (ifAbsent && (await headBlob(bucket, key, signal)) !== undefined) throw new ReelwayError('BLOB_EXISTS', { context: { key } });
  const reply = await sendBody(bucket, key, body, options);
  await assertPutReply(reply, { key });
  const held = heldHashes(bucket, reply);
  if (hashes?.md5 !== undefined && held.md5 === undefined) bucket.etagIsMd5 = false;
  if (hashes?.md5 === undefined || held.md5 === undefined || held.md5 === hashes.md5)
    return { key, sizeBytes: body.sizeBytes, hashes: held };
  if (!(await hasMd5(() => getBlob(bucket, key, signal === undefined ? {} : { signal }), hashes.md5, createHash('md5')))) {
    throwIfAborted(signal);
    const message = 'The ETag and the bytes of the stored blob differ from the MD5 of the sent bytes';
    throw new ReelwayError('BLOB_CORRUPT', { message, context: { key } });
  }
  bucket.etagIsMd5 = false;
  bucket.hasOtherEtags = true;
  return { key, sizeBytes: body.sizeBytes, hashes: {} };
}

async function sendBody(bucket: Bucket, key: string, body: BlobBody, options: PutOptions): Promise<HttpStreamReply> {
  const { contentType, ifAbsent = false, signal, onProgress } = options;
  const request = await signRequestOf(bucket, key, body, options);
  const send = (headers: { readonly [name: string]: string }): Promise<HttpStreamReply> =>
    bucket.exchange(request, { headers: { 'content-type': contentType, ...headers }, body, signal, onProgress });
  if (!ifAbsent || !bucket.conditions) return send({});
  try {
    return await send({ 'if-none-match': '*' });
  } catch (error) {
    if (!isReelwayError(error) || error.context.status !== 501) throw error;
    bucket.conditions = false;
    return send({});
  }
}

async function signRequestOf(bucket: Bucket, key: string, body: BlobBody, options: PutOptions): Promise<SignRequest> {
  const { contentType, hashes, signal } = options;
  const { prefetcher, attests, etagIsMd5, signer } = bucket;
  const bare: SignRequest = { method: 'PUT', key, contentType, contentLength: body.sizeBytes };
  const md5 = hashes?.md5;
  if (md5 === undefined) {
    await signer.wait(prefetcher.isSigned(bare), signal);
    return bare;
  }
  // The prefetched signature lacks the MD5, so only the ETag can show whether the server stored the same bytes.
  if (!attests.includes('md5') || !etagIsMd5) prefetcher.end();
  else if (await signer.wait(prefetcher.isSigned(bare), signal)) return bare;
  return { ...bare, contentMd5: base64Encode(hexDecode(md5)) };
}

/** A listing by the app's callback, without keys outside the prefix: callers remove listed keys. */
function listingBy(list: List): List {
  return async (prefix, cursor, signal) => {
    assertBlobPrefix(prefix);
    const page = await list(prefix, cursor, signal);
    return { ...page, blobs: page.blobs.filter(({ key }) => key.startsWith(prefix) && isBlobKey(key)) };
  };
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

async function removeBlob({ exchange }: Bucket, key: string, signal: AbortSignalLike | undefined): Promise<void> {
  try {
    await (await exchange({ method: 'DELETE', key }, { headers: {}, signal })).body.close();
  } catch (error) {
    if (!isReelwayError(error) || error.code !== 'BLOB_NOT_FOUND') throw error;
  }
}

async function addressOf({ signer, wallMs }: Bucket, key: string, validMs: number): Promise<string> {
  assertBlobKey(key);
  const lasts = ({ expiresMs }: SignedRequest): boolean => expiresMs - wallMs() >= validMs;
  let signed = await signer.signed({ method: 'GET', key });
  if (!lasts(signed)) {
    // A cached signature may be near its end; a new one is valid longer.
    signer.drop(signed);
    signed = await signer.signed({ method: 'GET', key });
  }
  if (Object.keys(signed.headers ?? {}).length === 0 && lasts(signed)) return signed.url;
  throw new ReelwayError('NOT_SUPPORTED', {
    message: `The signed address needs headers or is valid for less than ${validMs} ms`,
    context: { key },
  });
}
