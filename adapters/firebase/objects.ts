/** Operations that both stores share: head, list, remove, download addresses. */
import { assertBlobKey, assertBlobPrefix, throwIfAborted } from '../../src/adapter-kit/index.js';
import { ReelwayError } from '../../src/errors/index.js';
import type { AbortSignalLike, BlobInfo, BlobPage } from '../../src/ports/index.js';
import { call } from './calls.js';
import type { FirebaseStorageBase } from './library.js';
import { listBlobs } from './listing.js';
import { infoOf } from './metadata.js';

/** Objects below a prefix of a bucket. */
export interface FirebaseObjects {
  /** The library's reference of a blob. @throws {TypeError} for a key that no blob may have */
  referenceOf(key: string): never;
  addressOf(key: string, signal: AbortSignalLike | undefined): Promise<string>;
  head(key: string, signal: AbortSignalLike | undefined): Promise<BlobInfo | undefined>;
  /** A check before the put: Firebase has no conditional put. @throws {ReelwayError} BLOB_EXISTS */
  assertAbsent(key: string, signal: AbortSignalLike | undefined): Promise<void>;
  remove(keys: readonly string[], signal: AbortSignalLike | undefined): Promise<void>;
  list(prefix: string, cursor: string | undefined, signal: AbortSignalLike | undefined): Promise<BlobPage>;
}

export interface FirebaseObjectsOptions {
  readonly lib: FirebaseStorageBase;
  readonly storage: unknown;
  readonly prefix: string;
  /** Objects on a page of a listing, 1 to 1,000. */
  readonly pageSize: number;
}

/** @throws {TypeError} for a prefix that no blob's key may begin with */
export function firebaseObjects({ lib, storage, prefix, pageSize }: FirebaseObjectsOptions): FirebaseObjects {
  assertBlobPrefix(prefix);
  if (prefix !== '' && !prefix.endsWith('/')) throw new TypeError(`prefix must end with "/": ${JSON.stringify(prefix)}`);
  if (prefix.startsWith('/') || prefix.includes('//'))
    throw new TypeError(`prefix must not contain empty names: ${JSON.stringify(prefix)}`);
  if (!(pageSize >= 1 && pageSize <= 1000)) throw new TypeError(`pageSize must be from 1 to 1,000: ${pageSize}`);
  const pathReference = (path: string): never => lib.ref(storage as never, path) as never;
  const referenceOf = (key: string): never => {
    assertBlobKey(key);
    return pathReference(prefix + key);
  };
  const head = async (key: string, signal: AbortSignalLike | undefined): Promise<BlobInfo | undefined> => {
    const reference = referenceOf(key);
    try {
      return infoOf(key, await call(signal, { key }, () => lib.getMetadata(reference)));
    } catch (error) {
      if (error instanceof ReelwayError && error.code === 'BLOB_NOT_FOUND') return undefined;
      throw error;
    }
  };
  const listFolder = (folder: string, pageToken: string | undefined, signal: AbortSignalLike | undefined) => {
    const options = { maxResults: pageSize, ...(pageToken === undefined ? {} : { pageToken }) };
    return call(signal, {}, () => lib.list(pathReference(folder), options));
  };
  return {
    referenceOf,
    head,
    addressOf: async (key, signal) => {
      const reference = referenceOf(key);
      return call(signal, { key }, () => lib.getDownloadURL(reference));
    },
    assertAbsent: async (key, signal) => {
      if ((await head(key, signal)) !== undefined) throw new ReelwayError('BLOB_EXISTS', { context: { key } });
    },
    remove: async (keys, signal) => {
      const references = keys.map((key) => ({ key, reference: referenceOf(key) }));
      throwIfAborted(signal);
      const failures: unknown[] = [];
      for (const { key, reference } of references) {
        await call(signal, { key }, () => lib.deleteObject(reference)).catch((error: unknown) => {
          if (!(error instanceof ReelwayError) || error.code !== 'BLOB_NOT_FOUND') failures.push(error);
        });
      }
      throwIfAborted(signal);
      if (failures.length > 0) throw failures[0];
    },
    list: (listPrefix, cursor, signal) => listBlobs({ listFolder, prefix, listPrefix, signal }, cursor),
  };
}
