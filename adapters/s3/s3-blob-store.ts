/** A bucket of Amazon S3 or of a server that speaks its protocol (Ceph, R2, MinIO …), over the app's own client. */
import {
  assertBlobKey,
  assertBlobPrefix,
  assertOptions,
  foreignReply,
  hasMd5,
  headByRead,
  isBlobKey,
  isHeadRefused,
  isPage,
} from '../../src/adapter-kit/index.js';
import { createHash, type Hashes } from '../../src/core/index.js';
import { ReelwayError } from '../../src/errors/index.js';
import type { AbortSignalLike, BlobInfo, BlobPage, BlobStore } from '../../src/ports/index.js';
import { base64OfHex, type S3StreamMaker } from './bodies.js';
import { call } from './calls.js';
import type { S3Like, S3ListOutput, S3ObjectInput, S3ObjectOutput } from './client.js';
import { infoOf, isKms, listedInfo } from './headers.js';
import { objectParts } from './parts.js';
import { openObject } from './reading.js';
import { objectRemover } from './removing.js';
import { type SentReply, sendBody } from './sending.js';

const MOST_SIGNED_SECONDS = 604_800;

/** Options of {@link s3BlobStore}. */
export interface S3BlobStoreOptions {
  /** The aggregated client: `new S3({ … })` of `@aws-sdk/client-s3`, version 3; set `maxAttempts: 1`, since the engines retry. */
  readonly client: S3Like;
  readonly bucket: string;
  /** Put before every key: names of `[A-Za-z0-9._-]` joined by `/`, with a `/` at its end. @default none */
  readonly prefix?: string;
  /**
   * Makes a body that the client can send from pieces; on Node `Readable.from`. Without it only bodies in memory are accepted. The client needs
   * `requestChecksumCalculation: 'WHEN_REQUIRED'` for it if the server does not support Amazon's chunked encoding.
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

/** Capabilities of server and bucket, detected from replies. */
interface ServerCapabilities {
  /** False after a 501. Some servers ignore the condition silently, so engines read back blobs that must be unique. */
  conditions: boolean;
  /** Whether objects are encrypted by a KMS key, so that the ETags of a listing are not MD5s. */
  kms: boolean;
  /** Set when an ETag of 32 hex digits was not the MD5 of right bytes (SSE-C, a hidden KMS header): ETags attest nothing from then on. */
  otherEtags: boolean;
}

/**
 * A {@link BlobStore} over S3.
 *
 * It attests by MD5: a put with an MD5 is checked by the server (Content-MD5) and against the ETag. Buckets encrypted by a KMS key have ETags
 * of another kind; then only the server's check of Content-MD5 attests.
 */
export function s3BlobStore(options: S3BlobStoreOptions): BlobStore {
  assertOptions('s3BlobStore', options, {
    client: true,
    bucket: true,
    prefix: true,
    stream: true,
    presign: true,
    storageClass: true,
    encryption: true,
    cacheControl: true,
  });
  const { client, bucket, prefix = '' } = options;
  assertBlobPrefix(prefix);
  if (bucket === '') throw new TypeError('The option bucket of s3BlobStore must not be empty');
  const objectFor = (key: string): S3ObjectInput => {
    assertBlobKey(key);
    return { Bucket: bucket, Key: prefix + key };
  };
  const capabilities: ServerCapabilities = { conditions: true, kms: isKms(options.encryption?.algorithm), otherEtags: false };
  const head = (key: string, signal?: AbortSignalLike): Promise<BlobInfo | undefined> =>
    headObject(client, objectFor(key), key, capabilities, signal);
  const remover = objectRemover(client, bucket, prefix.length);
  return {
    rangeRead: true,
    accepts: options.stream === undefined ? ['bytes'] : ['bytes', 'stream'],
    attests: ['md5'],
    put: objectPutter(options, objectFor, head, capabilities),
    get: async (key, getOptions = {}) => openObject(client, objectFor(key), key, getOptions),
    head: async (key, signal) => head(key, signal),
    remove: async (keys, signal) => {
      const objectKeys = keys.map((key) => objectFor(key).Key);
      await remover.remove(objectKeys, signal);
    },
    list: async (listPrefix, cursor, signal) => {
      assertBlobPrefix(listPrefix);
      return listObjects(client, { Bucket: bucket, Prefix: prefix + listPrefix }, prefix.length, cursor, capabilities, signal);
    },
    ...multipartSupport(options, objectFor),
    ...presigning(options, objectFor),
  };
}

/** Parts need streams: the smallest part is larger than a body in memory may be. */
function multipartSupport(options: S3BlobStoreOptions, objectFor: (key: string) => S3ObjectInput): Pick<BlobStore, 'parts'> {
  const { client, stream } = options;
  if (stream === undefined) return {};
  const create = (key: string, contentType: string) => ({ ...objectFor(key), ...createdAs(options, key, contentType) });
  return { parts: objectParts({ client, stream, objectFor, create }) };
}

function presigning({ presign }: S3BlobStoreOptions, objectFor: (key: string) => S3ObjectInput): Pick<BlobStore, 'urlFor'> {
  if (presign === undefined) return {};
  return {
    urlFor: async (key, validMs) => {
      const object = objectFor(key);
      if (!(validMs > 0)) throw new TypeError(`validMs must be greater than 0: ${validMs}`);
      const seconds = Math.ceil(validMs / 1000);
      if (seconds > MOST_SIGNED_SECONDS)
        throw new ReelwayError('NOT_SUPPORTED', { message: `S3 signs addresses for at most ${MOST_SIGNED_SECONDS} s: ${seconds}` });
      return call(undefined, { key }, () => presign(object, seconds));
    },
  };
}

function objectPutter(
  options: S3BlobStoreOptions,
  objectFor: (key: string) => S3ObjectInput,
  head: BlobStore['head'],
  capabilities: ServerCapabilities,
): BlobStore['put'] {
  return async (key, body, { contentType, signal, onProgress, hashes, ifAbsent = false }) => {
    const object = { ...objectFor(key), ...createdAs(options, key, contentType), ...crc32cOf(hashes) };
    const isStored = async (): Promise<boolean> => {
      if (capabilities.otherEtags) return true;
      const opening = () => openObject(options.client, objectFor(key), key, signal === undefined ? {} : { signal });
      if (!(await hasMd5(opening, hashes?.md5 ?? '', createHash('md5')))) return false;
      capabilities.otherEtags = true;
      return true;
    };
    const send = (condition: { IfNoneMatch?: string }): Promise<SentReply> =>
      sendBody({ key, body, stream: options.stream, hashes, signal, onProgress, isStored }, (sent, callOptions) =>
        options.client.putObject({ ...object, ...condition, ...sent }, callOptions),
      );
    if (ifAbsent && (await head(key, signal)) !== undefined) throw new ReelwayError('BLOB_EXISTS', { context: { key } });
    const { reply, hashes: attested } = await (ifAbsent ? sendOnce(send, capabilities) : send({}));
    learn(capabilities, reply);
    return { key, sizeBytes: body.sizeBytes, hashes: capabilities.otherEtags ? {} : attested };
  };
}

/** Puts on condition that nothing is there; without the condition once the server has answered 501. */
async function sendOnce(
  send: (condition: { IfNoneMatch?: string }) => Promise<SentReply>,
  capabilities: ServerCapabilities,
): Promise<SentReply> {
  if (!capabilities.conditions) return send({});
  try {
    return await send({ IfNoneMatch: '*' });
  } catch (error) {
    // Requires a status: a body of the wrong kind is NOT_SUPPORTED without a reply.
    if (!(error instanceof ReelwayError) || error.code !== 'NOT_SUPPORTED' || error.context.status === undefined) throw error;
  }
  const sent = await send({});
  // Only after this success: otherwise something other than the condition was unsupported.
  capabilities.conditions = false;
  return sent;
}

function learn(capabilities: ServerCapabilities, reply: S3ObjectOutput): void {
  if (isKms(reply.ServerSideEncryption)) capabilities.kms = true;
}

function crc32cOf(hashes: Hashes | undefined): { readonly ChecksumCRC32C?: string } {
  return hashes?.crc32c === undefined ? {} : { ChecksumCRC32C: base64OfHex(hashes.crc32c) };
}

/** Properties of a new object, in one part or many. */
function createdAs(options: S3BlobStoreOptions, key: string, contentType: string) {
  const cacheControl = options.cacheControl?.(key);
  return {
    ContentType: contentType,
    ...(options.storageClass === undefined ? {} : { StorageClass: options.storageClass as never }),
    ...(options.encryption === undefined ? {} : { ServerSideEncryption: options.encryption.algorithm as never }),
    ...(options.encryption?.kmsKeyId === undefined ? {} : { SSEKMSKeyId: options.encryption.kmsKeyId }),
    ...(cacheControl === undefined ? {} : { CacheControl: cacheControl }),
  };
}

async function headObject(
  client: S3Like,
  object: S3ObjectInput,
  key: string,
  capabilities: ServerCapabilities,
  signal?: AbortSignalLike,
): Promise<BlobInfo | undefined> {
  try {
    const reply = await call(signal, { key }, (options) => client.headObject(object, options));
    if (isPage(reply.ContentType)) throw foreignReply({ key });
    learn(capabilities, reply);
    return capabilities.otherEtags ? { ...infoOf(key, reply), hashes: {} } : infoOf(key, reply);
  } catch (error) {
    if (!(error instanceof ReelwayError)) throw error;
    if (error.code === 'BLOB_NOT_FOUND') return undefined;
    // A reply to HEAD has no error code: an expired token is a bare 400, a wrong key a bare 403. A GET names the cause, or succeeds.
    if (error.context.status !== 400 && !isHeadRefused(error)) throw error;
    const read = await headByRead(key, error, (get) =>
      openObject(client, object, key, { ...get, ...(signal === undefined ? {} : { signal }) }),
    );
    if (error.context.status === 400) throw error;
    return read;
  }
}

async function listObjects(
  client: S3Like,
  where: { readonly Bucket: string; readonly Prefix: string },
  prefixLength: number,
  cursor: string | undefined,
  capabilities: ServerCapabilities,
  signal: AbortSignalLike | undefined,
): Promise<BlobPage> {
  const from = cursor === undefined ? {} : { ContinuationToken: cursor };
  const page = await call(signal, {}, (options) => client.listObjectsV2({ ...where, ...from }, options));
  assertListing(page);
  const blobs: BlobInfo[] = [];
  for (const entry of page.Contents ?? []) {
    const key = listedKey(entry.Key ?? '', where.Prefix, prefixLength);
    if (key !== undefined) blobs.push(listedInfo(entry, key, capabilities.kms || capabilities.otherEtags ? 'aws:kms' : undefined));
  }
  const next = page.IsTruncated === true ? page.NextContinuationToken : undefined;
  return next === undefined ? { blobs } : { blobs, cursor: next };
}

/** The SDK reads a web page as a listing without any field, which would look empty. @throws {ReelwayError} UNAVAILABLE */
function assertListing({ Contents, IsTruncated, Name }: S3ListOutput): void {
  if (Contents === undefined && IsTruncated === undefined && Name === undefined) throw foreignReply({});
}

/** The blob's key, if the object has the requested prefix: callers remove listed keys, and some servers and proxies ignore the prefix. */
function listedKey(objectKey: string, wanted: string, prefixLength: number): string | undefined {
  if (!objectKey.startsWith(wanted)) return undefined;
  const key = objectKey.slice(prefixLength);
  // Other programs put objects too, such as the empty ones that consoles show as folders.
  return isBlobKey(key) ? key : undefined;
}
