/** A bucket of Amazon S3 or of a server that speaks its protocol (Ceph, R2, MinIO …), over the app's own client. */
import { ReelwayError } from '../../src/errors/index.js';
import { assertBlobKey, assertBlobPrefix, throwIfAborted } from '../../src/internal/adapter-kit/index.js';
import type { AbortSignalLike, BlobBody, BlobInfo, BlobPage, BlobStore, PutOptions } from '../../src/ports/index.js';
import { base64OfHex, type S3StreamMaker, sdkBody } from './bodies.js';
import { call, callError, followSignal } from './calls.js';
import type { S3Like, S3ObjectInput, S3ObjectOutput, S3PutInput } from './client.js';
import { attestedHashes, infoOf, listedInfo } from './headers.js';
import { openObject } from './reading.js';
import { objectRemover } from './removing.js';

/** What {@link s3BlobStore} is made of. */
export interface S3BlobStoreOptions {
  /** The aggregated client: `new S3({ … })` of `@aws-sdk/client-s3`, version 3; set `maxAttempts: 1`, since the engines retry. */
  readonly client: S3Like;
  readonly bucket: string;
  /** Put before every key: names of `[A-Za-z0-9._-]` joined by `/`, with a `/` at its end. @default none */
  readonly prefix?: string;
  /**
   * Makes a body that the client can send from pieces; on Node `Readable.from`. Without it only bodies in memory are taken. The client needs
   * `requestChecksumCalculation: 'WHEN_REQUIRED'` for it where the server knows no chunked encoding of Amazon's.
   */
  readonly stream?: S3StreamMaker;
  /** Signs an address for reading: `({ Bucket, Key }, expiresIn) => getSignedUrl(client, new GetObjectCommand({ Bucket, Key }), { expiresIn })`. Seconds. */
  readonly presign?: (object: { readonly Bucket: string; readonly Key: string }, expiresInSeconds: number) => Promise<string>;
  /** As S3 names them, such as STANDARD_IA. @default the bucket's */
  readonly storageClass?: string;
  /** @default the bucket's */
  readonly encryption?: { readonly algorithm: 'AES256' | 'aws:kms' | 'aws:kms:dsse'; readonly kmsKeyId?: string };
  /** The Cache-Control of a blob, by its key. @default none */
  readonly cacheControl?: (key: string) => string | undefined;
}

/**
 * A {@link BlobStore} over S3.
 *
 * It attests by MD5: a put with an MD5 is checked by the server (Content-MD5) and against the ETag. Buckets encrypted by a KMS key have ETags
 * of another kind, so there the server's check of Content-MD5 alone is what attests.
 */
export function s3BlobStore(options: S3BlobStoreOptions): BlobStore {
  const { client, bucket, prefix = '', presign } = options;
  assertBlobPrefix(prefix);
  if (bucket === '') throw new TypeError('s3BlobStore needs the name of a bucket');
  const named = (key: string): S3ObjectInput => {
    assertBlobKey(key);
    return { Bucket: bucket, Key: prefix + key };
  };
  const head = (key: string, signal?: AbortSignalLike): Promise<BlobInfo | undefined> => headObject(client, named(key), key, signal);
  const remover = objectRemover(client, bucket);
  return {
    rangeRead: true,
    accepts: options.stream === undefined ? ['bytes'] : ['bytes', 'stream'],
    attests: ['md5'],
    put: objectPutter(options, named, head),
    get: async (key, getOptions = {}) => openObject(client, named(key), key, getOptions),
    head,
    remove: async (keys, signal) =>
      remover.remove(
        keys.map((key) => named(key).Key),
        signal,
      ),
    list: (listPrefix, cursor, signal) =>
      listObjects(client, { Bucket: bucket, Prefix: prefix + listPrefix }, prefix.length, cursor, signal),
    ...(presign === undefined ? {} : { urlFor: async (key, validMs) => presign(named(key), Math.max(1, Math.ceil(validMs / 1000))) }),
  };
}

function objectPutter(options: S3BlobStoreOptions, named: (key: string) => S3ObjectInput, head: BlobStore['head']): BlobStore['put'] {
  // Learnt from the server's own 501. Those that ignore the condition silently are why engines read back what must be unique.
  let conditions = true;
  return async (key, body, putOptions) => {
    const { signal, ifAbsent = false, hashes } = putOptions;
    const input = putInput(options, named(key), key, body, putOptions);
    if (ifAbsent && (await head(key, signal)) !== undefined) throw new ReelwayError('BLOB_EXISTS', { context: { key } });
    const send = (condition: { IfNoneMatch?: string }) => sendObject(options, { ...input, ...condition }, body, signal, key);
    const reply = await send(ifAbsent && conditions ? { IfNoneMatch: '*' } : {}).catch((error: unknown) => {
      if (!ifAbsent || !conditions || !(error instanceof ReelwayError) || error.code !== 'NOT_SUPPORTED') throw error;
      conditions = false;
      return send({});
    });
    putOptions.onProgress?.(body.sizeBytes);
    return { key, sizeBytes: body.sizeBytes, hashes: attestedHashes(key, reply, hashes) };
  };
}

async function sendObject(
  { client, stream }: S3BlobStoreOptions,
  input: Omit<S3PutInput, 'Body'>,
  body: BlobBody,
  signal: AbortSignalLike | undefined,
  key: string,
): Promise<S3ObjectOutput> {
  throwIfAborted(signal);
  const following = followSignal(signal);
  const sent = sdkBody(body, stream, following.abort);
  try {
    const reply = await client.putObject({ ...input, Body: sent.body }, { abortSignal: following.signal });
    // A server that answers early, before a stream's last piece, must not make its failure a success.
    if (sent.failure() !== undefined) throw sent.failure();
    return reply;
  } catch (error) {
    throw callError(sent.failure() ?? error, signal, { key });
  } finally {
    following.forget();
    await sent.settle();
  }
}

function putInput(options: S3BlobStoreOptions, object: S3ObjectInput, key: string, body: BlobBody, { contentType, hashes }: PutOptions) {
  const cacheControl = options.cacheControl?.(key);
  return {
    ...object,
    ContentLength: body.sizeBytes,
    ContentType: contentType,
    ...(hashes?.md5 === undefined ? {} : { ContentMD5: base64OfHex(hashes.md5) }),
    ...(hashes?.crc32c === undefined ? {} : { ChecksumCRC32C: base64OfHex(hashes.crc32c) }),
    ...(options.storageClass === undefined ? {} : { StorageClass: options.storageClass as never }),
    ...(options.encryption === undefined ? {} : { ServerSideEncryption: options.encryption.algorithm as never }),
    ...(options.encryption?.kmsKeyId === undefined ? {} : { SSEKMSKeyId: options.encryption.kmsKeyId }),
    ...(cacheControl === undefined ? {} : { CacheControl: cacheControl }),
  } satisfies Omit<S3PutInput, 'Body'>;
}

async function headObject(client: S3Like, object: S3ObjectInput, key: string, signal?: AbortSignalLike): Promise<BlobInfo | undefined> {
  try {
    return infoOf(key, await call(signal, { key }, (options) => client.headObject(object, options)));
  } catch (error) {
    if (error instanceof ReelwayError && error.code === 'BLOB_NOT_FOUND') return undefined;
    throw error;
  }
}

async function listObjects(
  client: S3Like,
  where: { readonly Bucket: string; readonly Prefix: string },
  prefixLength: number,
  cursor: string | undefined,
  signal: AbortSignalLike | undefined,
): Promise<BlobPage> {
  const from = cursor === undefined ? {} : { ContinuationToken: cursor };
  const page = await call(signal, {}, (options) => client.listObjectsV2({ ...where, ...from }, options));
  const blobs = (page.Contents ?? []).map((entry) => listedInfo(entry, prefixLength));
  const next = page.IsTruncated === true ? page.NextContinuationToken : undefined;
  return next === undefined ? { blobs } : { blobs, cursor: next };
}
