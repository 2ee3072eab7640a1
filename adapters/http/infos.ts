/** Blob information from the headers of a reply. */
import { hashesOfReply } from '../../src/adapter-kit/index.js';
import type { BlobInfo, HttpReply } from '../../src/ports/index.js';

/** Size, time and attested hash, as far as the headers contain them. */
export function infoOf(key: string, reply: HttpReply): BlobInfo {
  const length = reply.header('content-length');
  const modifiedMs = Date.parse(reply.header('last-modified') ?? '');
  return {
    key,
    hashes: hashesOfReply(reply),
    ...(length !== undefined && /^\d{1,15}$/.test(length) ? { sizeBytes: Number(length) } : {}),
    ...(Number.isNaN(modifiedMs) ? {} : { modifiedMs }),
  };
}
