/** What S3 says in headers, in our shapes. */
import type { ByteRange, Hashes } from '../../src/core/index.js';
import { ReelwayError } from '../../src/errors/index.js';
import type { BlobInfo } from '../../src/ports/index.js';
import type { S3ListOutput, S3ObjectOutput } from './client.js';

const MD5_ETAG = /^"?([0-9a-f]{32})"?$/;
const CONTENT_RANGE = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/;

/** Whether ETags are something else than MD5s under this encryption. */
export function isKms(encryption: string | undefined): boolean {
  return encryption?.startsWith('aws:kms') === true;
}

/** The MD5 that an ETag is; those of multipart objects and of KMS-encrypted buckets are something else. */
export function hashesOf(etag: string | undefined, encryption?: string): Hashes {
  const md5 = isKms(encryption) ? undefined : MD5_ETAG.exec(etag ?? '')?.[1];
  return md5 === undefined ? {} : { md5 };
}

/** What is known of an object from its head. */
export function infoOf(key: string, head: S3ObjectOutput): BlobInfo {
  const modifiedMs = head.LastModified?.getTime();
  return {
    key,
    hashes: hashesOf(head.ETag, head.ServerSideEncryption),
    ...(head.ContentLength === undefined ? {} : { sizeBytes: head.ContentLength }),
    ...(modifiedMs === undefined ? {} : { modifiedMs }),
  };
}

/** What is known of an object from a listing, which does not tell whether a KMS key made the ETag something else than an MD5. */
export function listedInfo(entry: NonNullable<S3ListOutput['Contents']>[number], key: string, encryption: string | undefined): BlobInfo {
  const modifiedMs = entry.LastModified?.getTime();
  return {
    key,
    hashes: hashesOf(entry.ETag, encryption),
    ...(entry.Size === undefined ? {} : { sizeBytes: entry.Size }),
    ...(modifiedMs === undefined ? {} : { modifiedMs }),
  };
}

/**
 * What the server has attested of a put: it refuses a body that is not of the Content-MD5, and its ETag says the MD5 of what it holds.
 * Where the ETag is of another kind nothing is attested unless the server says that it encrypts, which is why.
 */
export function attestedHashes(key: string, reply: S3ObjectOutput, sent: Hashes | undefined): Hashes {
  const held = hashesOf(reply.ETag, reply.ServerSideEncryption);
  if (held.md5 === undefined) return reply.ServerSideEncryption !== undefined && sent?.md5 !== undefined ? { md5: sent.md5 } : {};
  if (sent?.md5 !== undefined && sent.md5 !== held.md5) {
    throw new ReelwayError('BLOB_CORRUPT', {
      message: 'The server holds other bytes than were sent: the ETag differs from the MD5.',
      context: { key },
    });
  }
  return held;
}

/** The range and whole size that a 206 tells. */
export function parseContentRange(text: string | undefined): { readonly range: ByteRange; readonly sizeBytes: number } | undefined {
  const match = CONTENT_RANGE.exec(text ?? '');
  if (match === null) return undefined;
  return { range: { start: Number(match[1]), end: Number(match[2]) + 1 }, sizeBytes: Number(match[3]) };
}
