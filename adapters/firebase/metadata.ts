/** Converts metadata of Firebase, whose MD5s are base64, to and from the types of the ports. */
import { base64Decode, base64Encode, type Hashes, hexDecode, hexEncode } from '../../src/core/index.js';
import { ReelwayError } from '../../src/errors/index.js';
import type { BlobInfo, PutOptions } from '../../src/ports/index.js';

/** The part of both libraries' metadata that the adapters read. */
export interface FirebaseMetadata {
  /** Bytes. */
  readonly size?: number | undefined;
  /** When it was written, as in RFC 3339. */
  readonly updated?: string | undefined;
  /** Base64. */
  readonly md5Hash?: string | null | undefined;
  readonly contentType?: string | null | undefined;
}

/** Metadata that is sent with an object. */
export interface FirebaseUploadMetadata {
  readonly contentType: string;
  readonly cacheControl?: string;
  /** Base64. */
  readonly md5Hash?: string;
}

export function uploadMetadata(options: PutOptions, cacheControl: string | undefined): FirebaseUploadMetadata {
  const md5 = options.hashes?.md5;
  return {
    contentType: options.contentType,
    ...(cacheControl === undefined ? {} : { cacheControl }),
    ...(md5 === undefined ? {} : { md5Hash: base64Encode(hexDecode(md5)) }),
  };
}

/** Size, time and attested hash. */
export function infoOf(key: string, metadata: FirebaseMetadata): BlobInfo {
  const modifiedMs = Date.parse(metadata.updated ?? '');
  const sizeBytes = Number(metadata.size);
  return {
    key,
    hashes: hashesOf(metadata),
    ...(metadata.size != null && Number.isSafeInteger(sizeBytes) && sizeBytes >= 0 ? { sizeBytes } : {}),
    ...(Number.isNaN(modifiedMs) ? {} : { modifiedMs }),
  };
}

/** Composed objects have no MD5. */
function hashesOf({ md5Hash }: FirebaseMetadata): Hashes {
  if (typeof md5Hash !== 'string' || !/^[A-Za-z0-9+/]{22}==$/.test(md5Hash)) return {};
  return { md5: hexEncode(base64Decode(md5Hash)) };
}

/** Compares the stored object with the sent bytes. @throws {ReelwayError} BLOB_CORRUPT */
export function assertStored(info: BlobInfo, sizeBytes: number, hashes: Hashes | undefined): void {
  const { key } = info;
  if (info.sizeBytes !== undefined && info.sizeBytes !== sizeBytes) {
    throw new ReelwayError('BLOB_CORRUPT', {
      message: `Wrong size of the stored object: expected ${sizeBytes} bytes, got ${info.sizeBytes}`,
      context: { key, sizeBytes, storedBytes: info.sizeBytes },
    });
  }
  const stored = info.hashes.md5;
  if (hashes?.md5 !== undefined && stored !== undefined && stored !== hashes.md5) {
    throw new ReelwayError('BLOB_CORRUPT', {
      message: 'The MD5 of the stored object differs from the MD5 of the sent bytes',
      context: { key },
    });
  }
}
