/** A bucket of Firebase Storage over `@react-native-firebase/storage`: files are sent and received natively, without passing through JavaScript. */
import { assertBlobKey, assertOptions, throwIfAborted } from '../../src/adapter-kit/index.js';
import { ReelwayError } from '../../src/errors/index.js';
import type { BlobBody, BlobInfo, BlobReader, BlobStore, GetOptions, HttpTransport, PutOptions } from '../../src/ports/index.js';
import { type AddressReader, addressReader } from './addresses.js';
import { call } from './calls.js';
import { shared } from './firebase-blob-store.js';
import type { RnFirebaseStorageLibrary } from './library.js';
import { assertStored, type FirebaseMetadata, infoOf, uploadMetadata } from './metadata.js';
import { type FirebaseObjects, firebaseObjects } from './objects.js';
import { nativePath } from './rn-paths.js';
import { type RnFirebaseStaging, stagedReader } from './rn-staged-reading.js';
import { runTask } from './rn-tasks.js';

/** Options of {@link rnFirebaseBlobStore}; one of `transport` and `staging` is required. */
export interface RnFirebaseBlobStoreOptions {
  /** The functions of the library's module: `import * as lib from '@react-native-firebase/storage'`. */
  readonly lib: RnFirebaseStorageLibrary;
  /** The result of its `getStorage()`. */
  readonly storage: unknown;
  /** Put before every key: names of `[A-Za-z0-9._-]` joined by `/`, with a `/` at its end. Not empty: the root cannot be listed on Android. */
  readonly prefix: string;
  /** Used for reads by download address and Range: `fetchTransport()` of `reelway/http`. @default reads through `staging` */
  readonly transport?: HttpTransport;
  /** Without a `transport`, blobs are downloaded natively and whole into this directory before they are read. */
  readonly staging?: RnFirebaseStaging;
  /**
   * How long the native side itself retries, in milliseconds, ≥ 0; set once, before the first call, for all uses of the default bucket.
   * @default 10,000, since the engines retry
   */
  readonly maxRetryMs?: number;
  /** The Cache-Control of a blob, by its key. @default none */
  readonly cacheControl?: (key: string) => string | undefined;
  /** Objects on a page of a listing, 1 to 1,000. @default 1,000 */
  readonly pageSize?: number;
}

/**
 * A {@link BlobStore} over React Native's library, version 26, by its modular functions. It takes files only, which engines stage for it.
 *
 * It attests by the MD5 that the server reports after the put: the native side does not send a hash. Firebase has no conditional put: `ifAbsent`
 * checks first. Transfers end with the process and are sent again at the next start: this is not a background session.
 * @throws {TypeError} for a prefix, `maxRetryMs` or `pageSize` out of range, and without `transport` and `staging`
 */
export function rnFirebaseBlobStore(options: RnFirebaseBlobStoreOptions): BlobStore {
  assertOptions('rnFirebaseBlobStore', options, {
    lib: true,
    storage: true,
    prefix: true,
    transport: true,
    staging: true,
    maxRetryMs: true,
    cacheControl: true,
    pageSize: true,
  });
  const { lib, storage, prefix, transport, staging, maxRetryMs = 10_000, pageSize = 1000 } = options;
  if (prefix === '') throw new TypeError('The prefix of rnFirebaseBlobStore must not be empty');
  if (!(maxRetryMs >= 0)) throw new TypeError(`maxRetryMs must be ≥ 0: ${maxRetryMs}`);
  const objects = firebaseObjects({ lib, storage, prefix, pageSize });
  const setUp = once(() => setRetryTimes(lib, storage as never, maxRetryMs));
  const getToFile = async (key: string, path: string, getOptions: GetOptions = {}): Promise<void> => {
    const reference = objects.referenceOf(key);
    throwIfAborted(getOptions.signal);
    await setUp();
    if (getOptions.range !== undefined) {
      throw new ReelwayError('NOT_SUPPORTED', {
        message: 'The native side downloads whole blobs only; a range was requested',
        context: { key },
      });
    }
    const target = nativePath(path);
    await runTask(() => lib.writeToFile(reference, target), { signal: getOptions.signal, onProgress: undefined, context: { key } });
  };
  const reading = readingBy(transport, staging, objects, getToFile);
  const put = async (key: string, body: BlobBody, putOptions: PutOptions): Promise<BlobInfo> => {
    const reference = objects.referenceOf(key);
    throwIfAborted(putOptions.signal);
    await setUp();
    if (putOptions.ifAbsent === true) await objects.assertAbsent(key, putOptions.signal);
    reading.forget(key);
    return putFile({ lib, objects, reference, key, options: putOptions, cacheControl: options.cacheControl?.(key) }, body);
  };
  return {
    rangeRead: transport !== undefined,
    accepts: ['file'],
    attests: ['md5'],
    put,
    get: async (key, getOptions = {}) => {
      assertBlobKey(key);
      throwIfAborted(getOptions.signal);
      await setUp();
      return reading.get(key, getOptions);
    },
    getToFile,
    ...shared(objects, reading.forget),
  };
}

function readingBy(
  transport: HttpTransport | undefined,
  staging: RnFirebaseStaging | undefined,
  objects: FirebaseObjects,
  download: (key: string, path: string, options: GetOptions) => Promise<void>,
): AddressReader {
  if (transport !== undefined) return addressReader({ transport, addressOf: objects.addressOf, head: objects.head });
  if (staging === undefined) throw new TypeError('rnFirebaseBlobStore needs the option transport or staging for reads');
  const get: (key: string, options: GetOptions) => Promise<BlobReader> = stagedReader(staging, download);
  return { get, forget: () => undefined };
}

async function setRetryTimes(lib: RnFirebaseStorageLibrary, storage: never, timeMs: number): Promise<void> {
  await call(undefined, {}, async () => {
    await lib.setMaxUploadRetryTime(storage, timeMs);
    await lib.setMaxDownloadRetryTime(storage, timeMs);
    await lib.setMaxOperationRetryTime(storage, timeMs);
  });
}

/** Runs at the first call; after a failure again at the next one. */
function once(run: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= run().catch((error: unknown) => {
      done = undefined;
      throw error;
    });
    return done;
  };
}

interface Putting {
  readonly lib: RnFirebaseStorageLibrary;
  readonly objects: FirebaseObjects;
  readonly reference: never;
  readonly key: string;
  readonly options: PutOptions;
  readonly cacheControl: string | undefined;
}

async function putFile(putting: Putting, body: BlobBody): Promise<BlobInfo> {
  const { lib, reference, key, options } = putting;
  const { signal, onProgress, hashes } = options;
  if (body.kind !== 'file') {
    throw new ReelwayError('NOT_SUPPORTED', { message: `rnFirebaseBlobStore cannot send a body of kind ${body.kind}`, context: { key } });
  }
  const path = nativePath(body.path);
  const metadata = uploadMetadata(options, putting.cacheControl);
  const snapshot = await runTask(() => lib.putFile(reference, path, metadata), { signal, onProgress, context: { key, path: body.path } });
  const stored = await storedInfo(putting, snapshot.metadata);
  assertStored(stored, body.sizeBytes, hashes);
  return { ...stored, sizeBytes: body.sizeBytes };
}

/** Requests the metadata if the task did not report them. */
async function storedInfo(putting: Putting, metadata: FirebaseMetadata | null | undefined): Promise<BlobInfo> {
  const { key, options, objects } = putting;
  if (metadata?.md5Hash == null) {
    const info = await objects.head(key, options.signal);
    if (info !== undefined) return info;
    throw new ReelwayError('BLOB_CORRUPT', { message: 'The blob is missing after it was put', context: { key } });
  }
  if (metadata.contentType !== options.contentType) await correctType(putting);
  return infoOf(key, metadata);
}

/** iOS derives the content type from the file's name and ignores the given one. */
async function correctType({ lib, reference, key, options, cacheControl }: Putting): Promise<void> {
  const metadata = { contentType: options.contentType, ...(cacheControl === undefined ? {} : { cacheControl }) };
  await call(options.signal, { key }, () => lib.updateMetadata(reference, metadata));
}
