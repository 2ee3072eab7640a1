/** Converts headers of S3 to the types of the ports. */
import type { ByteRange, Hashes } from '../../src/core/index.js';
import type { BlobInfo } from '../../src/ports/index.js';
import type { S3ListOutput, S3ObjectOutput } from './client.js';

const MD5_ETAG = /^"?([0-9a-f]{32})"?$/;
const CONTENT_RANGE = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/;

/** Whether objects with this encryption have ETags that are not MD5s. */
export function isKms(encryption: string | undefined): boolean {
  return encryption?.startsWith('aws:kms') === true;
}

/** The MD5 from an ETag. Multipart and KMS-encrypted objects have ETags of another kind. */
export function hashesOf(etag: string | undefined, encryption?: string): Hashes {
  const md5 = isKms(encryption) ? undefined : MD5_ETAG.exec(etag ?? '')?.[1];
  return md5 === undefined ? {} : { md5 };
}

export function infoOf(key: string, head: S3ObjectOutput): BlobInfo {
  const modifiedMs = head.LastModified?.getTime();
  return {
    key,
    hashes: hashesOf(head.ETag, head.ServerSideEncryption),
    ...(head.ContentLength === undefined ? {} : { sizeBytes: head.ContentLength }),
    ...(modifiedMs === undefined ? {} : { modifiedMs }),
  };
}

/** Blob information from a listing. A listing does not show the encryption, so the caller passes it. */
export function listedInfo(entry: NonNullable<S3ListOutput['Contents']>[number], key: string, encryption: string | undefined): BlobInfo {
  const modifiedMs = entry.LastModified?.getTime();
  return {
    key,
    hashes: hashesOf(entry.ETag, encryption),
    ...(entry.Size === undefined ? {} : { sizeBytes: entry.Size }),
    ...(modifiedMs === undefined ? {} : { modifiedMs }),
  };
}

/** Whether the ETag is an MD5 that differs from the MD5 of the sent bytes. */
export function differs(reply: S3ObjectOutput, sent: Hashes | undefined): boolean {
  const held = hashesOf(reply.ETag, reply.ServerSideEncryption).md5;
  return held !== undefined && sent?.md5 !== undefined && sent.md5 !== held;
}

/**
 * The hashes that the server attests for a put: it refuses a body that differs from the Content-MD5, and its ETag is the MD5 of the stored bytes.
 * With an ETag of another kind it attests the Content-MD5 only if the reply names an encryption, which explains the ETag.
 */
export function attestedHashes(reply: S3ObjectOutput, sent: Hashes | undefined): Hashes {
  const held = hashesOf(reply.ETag, reply.ServerSideEncryption);
  if (held.md5 !== undefined) return held;
  return reply.ServerSideEncryption !== undefined && sent?.md5 !== undefined ? { md5: sent.md5 } : {};
}

export function parseContentRange(text: string | undefined): { readonly range: ByteRange; readonly sizeBytes: number } | undefined {
  const match = CONTENT_RANGE.exec(text ?? '');
  if (match === null) return undefined;
  return { range: { start: Number(match[1]), end: Number(match[2]) + 1 }, sizeBytes: Number(match[3]) };
}
