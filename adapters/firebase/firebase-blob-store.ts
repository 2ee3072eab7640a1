/** A bucket of Firebase Storage over the JavaScript SDK: browsers and Node. */
import { assertBlobKey, assertOptions, type BlobLike, blobOfBytes, collectBlob, throwIfAborted } from '../../src/adapter-kit/index.js';
import { ReelwayError } from '../../src/errors/index.js';
import type { BlobBody, BlobInfo, BlobStore, HttpTransport, PutOptions } from '../../src/ports/index.js';
import { addressReader } from './addresses.js';
import { call } from './calls.js';
import type { FirebaseStorageInstance, FirebaseStorageLibrary } from './library.js';
import { assertStored, type FirebaseMetadata, infoOf, uploadMetadata } from './metadata.js';
import { type FirebaseObjects, firebaseObjects } from './objects.js';

/** Options of {@link firebaseBlobStore}. */
export interface FirebaseBlobStoreOptions {
  /** The functions of the SDK's module: `import * as lib from 'firebase/storage'`. */
  readonly lib: FirebaseStorageLibrary;
  /** The result of `getStorage(app, 'gs://…')`. The adapter sets its retry times: see `maxRetryMs`. */
  readonly storage: FirebaseStorageInstance;
  /** Used for reads: the SDK reads whole objects only. `fetchTransport()` of `reelway/http`, `nodeHttpTransport()` of `reelway/node`. */
  readonly transport: HttpTransport;
  /** Put before every key: names of `[A-Za-z0-9._-]` joined by `/`, with a `/` at its end. @default none */
  readonly prefix?: string;
  /** How long the SDK itself retries, in milliseconds, ≥ 0; set on `storage`, so it applies to all of its users. @default 0: one attempt, since the engines retry */
  readonly maxRetryMs?: number;
  /** The Cache-Control of a blob, by its key. @default none */
  readonly cacheControl?: (key: string) => string | undefined;
  /** Objects on a page of a listing, 1 to 1,000. @default 1,000 */
  readonly pageSize?: number;
}

/**
 * A {@link BlobStore} over the JavaScript SDK. Not for React Native, whose `Blob` the SDK cannot cut: there `rnFirebaseBlobStore`.
 *
 * It attests by MD5. A put from memory is one request, which the SDK cannot cancel: at an abort the wait ends, and the object may still
 * be stored whole. Firebase has no conditional put: `ifAbsent` checks first.
 * @throws {TypeError} for a prefix, `maxRetryMs` or `pageSize` out of range, and on hosts whose `Blob` cannot be made of bytes
 */
export function firebaseBlobStore(options: FirebaseBlobStoreOptions): BlobStore {
  assertOptions('firebaseBlobStore', options, {
    lib: true,
    storage: true,
    transport: true,
    prefix: true,
    maxRetryMs: true,
    cacheControl: true,
    pageSize: true,
  });
  const { lib, storage, transport, prefix = '', maxRetryMs = 0, pageSize = 1000 } = options;
  if (!(maxRetryMs >= 0)) throw new TypeError(`maxRetryMs must be ≥ 0: ${maxRetryMs}`);
  const objects = firebaseObjects({ lib, storage, prefix, pageSize });
  const HostBlob = usableBlob();
  storage.maxUploadRetryTime = maxRetryMs;
  storage.maxOperationRetryTime = maxRetryMs;
  const reader = addressReader({ transport, addressOf: objects.addressOf, head: objects.head });
  const put = async (key: string, body: BlobBody, putOptions: PutOptions): Promise<BlobInfo> => {
    const { signal, hashes, ifAbsent = false } = putOptions;
    const reference = objects.referenceOf(key);
    throwIfAborted(signal);
    if (ifAbsent) await objects.assertAbsent(key, signal);
    reader.forget(key);
    const sending: Sending = { lib, reference, key, options: putOptions, cacheControl: options.cacheControl?.(key) };
    const info = infoOf(key, await send(sending, body, HostBlob));
    assertStored(info, body.sizeBytes, hashes);
    putOptions.onProgress?.(body.sizeBytes);
    return { ...info, sizeBytes: body.sizeBytes };
  };
  return {
    rangeRead: true,
    accepts: HostBlob === undefined ? ['bytes'] : ['bytes', 'stream'],
    attests: ['md5'],
    put,
    get: async (key, getOptions = {}) => {
      assertBlobKey(key);
      throwIfAborted(getOptions.signal);
      return reader.get(key, getOptions);
    },
    ...shared(objects, reader.forget),
  };
}

/** @throws {TypeError} where the host has a `Blob` that the SDK would use and that does not work */
function usableBlob(): BlobLike | undefined {
  const HostBlob = blobOfBytes();
  if (HostBlob === undefined && (globalThis as { readonly Blob?: unknown }).Blob !== undefined) {
    throw new TypeError("This host's Blob cannot be made from bytes, so the SDK would hang: use rnFirebaseBlobStore");
  }
  return HostBlob;
}

/** The methods that are the same over both libraries. */
export function shared(
  objects: FirebaseObjects,
  forget: (key: string) => void,
): Pick<BlobStore, 'head' | 'remove' | 'list' | 'urlFor'> & { readonly list: NonNullable<BlobStore['list']> } {
  return {
    head: async (key, signal) => objects.head(key, signal),
    remove: async (keys, signal) => {
      for (const key of keys) forget(key);
      await objects.remove(keys, signal);
    },
    list: async (prefix, cursor, signal) => objects.list(prefix, cursor, signal),
    urlFor: async (key, validMs) => {
      assertBlobKey(key);
      if (!(validMs > 0)) throw new TypeError(`validMs must be greater than 0: ${validMs}`);
      return objects.addressOf(key, undefined);
    },
  };
}

interface Sending {
  readonly lib: FirebaseStorageLibrary;
  readonly reference: never;
  readonly key: string;
  readonly options: PutOptions;
  readonly cacheControl: string | undefined;
}

async function send(sending: Sending, body: BlobBody, HostBlob: BlobLike | undefined): Promise<FirebaseMetadata> {
  const { lib, reference, key, options } = sending;
  const metadata = uploadMetadata(options, sending.cacheControl);
  if (body.kind === 'bytes') {
    // The SDK copies the bytes before it returns, so that the caller may reuse them after an abort although the request goes on.
    const sent = await call(options.signal, { key }, () => lib.uploadBytes(reference, body.bytes as never, metadata));
    return sent.metadata;
  }
  if (body.kind === 'stream' && HostBlob !== undefined) {
    const blob = await collectBlob(body, HostBlob, options.signal);
    return sendBlob(sending, blob);
  }
  throw new ReelwayError('NOT_SUPPORTED', { message: `firebaseBlobStore cannot send a body of kind ${body.kind}`, context: { key } });
}

/** The SDK sends more than 256 KiB in pieces, each twice as long as the one before; less in one request. */
async function sendBlob({ lib, reference, key, options, cacheControl }: Sending, blob: unknown): Promise<FirebaseMetadata> {
  throwIfAborted(options.signal);
  const task = lib.uploadBytesResumable(reference, blob as never, uploadMetadata(options, cacheControl));
  const { onProgress } = options;
  const unlisten = onProgress === undefined ? undefined : task.on('state_changed', (snapshot) => onProgress(snapshot.bytesTransferred));
  const sent = new Promise<{ readonly metadata: FirebaseMetadata }>((resolve, reject) => task.then(resolve, reject));
  const cancel = (): void => void task.cancel();
  const { metadata } = await call(options.signal, { key }, () => sent, cancel).finally(unlisten);
  return metadata;
}
