/** A bucket of Firebase Storage over `@react-native-firebase/storage`: files go and come natively, without passing through JavaScript. */
import { assertBlobKey, throwIfAborted } from '../../src/adapter-kit/index.js';
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

/** What {@link rnFirebaseBlobStore} is made of. Of `transport` and `staging` one must be there. */
export interface RnFirebaseBlobStoreOptions {
  /** The functions of the library's module: `import * as lib from '@react-native-firebase/storage'`. */
  readonly lib: RnFirebaseStorageLibrary;
  /** What its `getStorage()` gave. */
  readonly storage: unknown;
  /** Put before every key: names of `[A-Za-z0-9._-]` joined by `/`, with a `/` at its end. Not empty: the root cannot be listed on Android. */
  readonly prefix: string;
  /** Carries what is read, by download address and Range: `fetchTransport()` of `reelway/http`. @default reads through `staging` */
  readonly transport?: HttpTransport;
  /** Where whole blobs are brought natively before they are read, where there is no `transport`. */
  readonly staging?: RnFirebaseStaging;
  /**
   * How long the native side itself tries again, in milliseconds, ≥ 0; set once, before the first call, for all uses of the default bucket.
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
 * It attests by MD5, as the server tells it after the put: the native side sends no hash along. There is no put on condition: `ifAbsent` looks
 * first. Not a background session: what is under way ends with the process, and is sent again at the next start.
 * @throws {TypeError} for a prefix, `maxRetryMs` or `pageSize` out of range, and without `transport` and `staging`
 */
export function rnFirebaseBlobStore(options: RnFirebaseBlobStoreOptions): BlobStore {
  const { lib, storage, prefix, transport, staging, maxRetryMs = 10_000, pageSize = 1000 } = options;
  if (prefix === '') throw new TypeError('rnFirebaseBlobStore needs a prefix');
  if (!(maxRetryMs >= 0)) throw new TypeError(`maxRetryMs must be ≥ 0: ${maxRetryMs}`);
  const objects = firebaseObjects({ lib, storage, prefix, pageSize });
  const setUp = once(() => setRetryTimes(lib, storage as never, maxRetryMs));
  const getToFile = async (key: string, path: string, getOptions: GetOptions = {}): Promise<void> => {
    const reference = objects.referenceOf(key);
    throwIfAborted(getOptions.signal);
    await setUp();
    if (getOptions.range !== undefined) {
      throw new ReelwayError('NOT_SUPPORTED', { message: 'The native side brings whole blobs only.', context: { key } });
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
  if (staging === undefined) throw new TypeError('rnFirebaseBlobStore needs a transport, or a place for staging, to read by');
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

/** Runs at the first call; where it fails, at the next one again. */
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
    throw new ReelwayError('NOT_SUPPORTED', { message: `This bucket takes no body of the kind "${body.kind}".`, context: { key } });
  }
  const path = nativePath(body.path);
  const metadata = uploadMetadata(options, putting.cacheControl);
  const snapshot = await runTask(() => lib.putFile(reference, path, metadata), { signal, onProgress, context: { key, path: body.path } });
  const told = await toldOf(putting, snapshot.metadata);
  assertStored(told, body.sizeBytes, hashes);
  return { ...told, sizeBytes: body.sizeBytes };
}

/** Asks where the task did not tell. */
async function toldOf(putting: Putting, metadata: FirebaseMetadata | null | undefined): Promise<BlobInfo> {
  const { key, options, objects } = putting;
  if (metadata?.md5Hash == null) {
    const info = await objects.head(key, options.signal);
    if (info !== undefined) return info;
    throw new ReelwayError('BLOB_CORRUPT', { message: 'Nothing is under the key after it was put.', context: { key } });
  }
  if (metadata.contentType !== options.contentType) await mendType(putting);
  return infoOf(key, metadata);
}

/** On iOS the type is made of the file's name, whatever was asked for. */
async function mendType({ lib, reference, key, options, cacheControl }: Putting): Promise<void> {
  const metadata = { contentType: options.contentType, ...(cacheControl === undefined ? {} : { cacheControl }) };
  await call(options.signal, { key }, () => lib.updateMetadata(reference, metadata));
}
