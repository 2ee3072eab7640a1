/** The JavaScript SDK, scripted: a bucket in memory behind its functions, and errors of its shape on demand. */
import {
  type FirebaseBlobStoreOptions,
  type FirebaseStorageLibrary,
  type FirebaseUploadMetadata,
  type FirebaseUploadTask,
  firebaseBlobStore,
} from '../../../adapters/firebase/index.js';
import type { BlobStore } from '../../../src/ports/index.js';
import { type BucketObject, FirebaseBucket } from '../../fakes/rn-firebase-bucket.js';

/** An error as `StorageError` is: the word with `storage/`, the status, the server's text also in the message. */
export function storageError(word: string, status = 0, serverResponse: string | null = null): Error {
  return Object.assign(new Error(`Firebase Storage: it failed. (storage/${word})\n${serverResponse ?? ''}`), {
    ...{ code: `storage/${word}`, status, serverResponse, customData: { serverResponse } },
  });
}

/** What tests steer. */
export interface SdkScript {
  /** Every call rejects with it. */
  failure?: Error | undefined;
  /** Uploads wait for it before they store. */
  gate?: Promise<void> | undefined;
  /** Changes what is stored. */
  flips?: boolean;
}

/** A store over the scripted SDK. */
export interface SdkWorld {
  readonly lib: FirebaseStorageLibrary;
  readonly store: BlobStore;
  readonly bucket: FirebaseBucket;
  readonly script: SdkScript;
  readonly storage: { maxUploadRetryTime: number; maxOperationRetryTime: number };
  /** Calls by name, in their order. */
  readonly calls: string[];
  /** What was sent along with each upload. */
  readonly sent: FirebaseUploadMetadata[];
}

/** Makes one. */
export function sdkWorld(options: Partial<FirebaseBlobStoreOptions> = {}, bucket = new FirebaseBucket()): SdkWorld {
  const script: SdkScript = {};
  const calls: string[] = [];
  const sent: FirebaseUploadMetadata[] = [];
  const storage = { maxUploadRetryTime: 600_000, maxOperationRetryTime: 120_000 };
  const asked = async (name: string): Promise<void> => {
    calls.push(name);
    await script.gate;
    if (script.failure !== undefined) throw script.failure;
  };
  const found = (path: unknown): BucketObject => {
    const object = bucket.objects.get(String(path));
    if (object === undefined) throw storageError('object-not-found');
    return object;
  };
  const keep = (path: unknown, bytes: Uint8Array, metadata: FirebaseUploadMetadata) => {
    if (script.flips === true) bytes.fill((bytes[0] ?? 0) ^ 1, 0, 1);
    const { contentType, cacheControl } = metadata;
    return told(bucket.store(String(path), bytes, { contentType, ...(cacheControl === undefined ? {} : { cacheControl }) }));
  };
  const lib: FirebaseStorageLibrary = {
    ref: (_storage, path) => path,
    getMetadata: async (path) => asked('getMetadata').then(() => told(found(path))),
    getDownloadURL: async (path) => {
      await asked('getDownloadURL');
      found(path);
      return bucket.addressOf(path);
    },
    deleteObject: async (path) => {
      await asked('deleteObject');
      found(path);
      bucket.objects.delete(path);
    },
    list: async (path, { maxResults = 1000, pageToken }) => {
      await asked(`list ${String(path)}`);
      const page = bucket.list(path, maxResults, pageToken);
      const references = (paths: readonly string[]) => paths.map((fullPath) => ({ fullPath }));
      return { items: references(page.items), prefixes: references(page.prefixes), nextPageToken: page.nextPageToken };
    },
    uploadBytes: async (path, data, metadata) => {
      // The SDK has copied the bytes when it returns.
      const bytes = Uint8Array.from(data);
      sent.push(metadata);
      await asked('uploadBytes');
      return { metadata: keep(path, bytes, metadata) };
    },
    uploadBytesResumable: (path, data, metadata) => {
      sent.push(metadata);
      return uploadTask(data, async (bytes) => {
        await asked('uploadBytesResumable');
        return keep(path, bytes, metadata);
      });
    },
  };
  const store = firebaseBlobStore({ lib, storage, transport: bucket.transport(), prefix: 'videos/', ...options });
  return { lib, store, bucket, script, storage, calls, sent };
}

function told(object: BucketObject) {
  const { md5Hash, contentType, bytes, updatedMs } = object;
  return { size: bytes.length, updated: new Date(updatedMs).toISOString(), md5Hash, contentType };
}

/** A task, which `cancel` ends at once as in browsers. */
function uploadTask(data: Blob, run: (bytes: Uint8Array) => Promise<ReturnType<typeof told>>): FirebaseUploadTask {
  let cancel: () => void = () => undefined;
  const listeners = new Set<(snapshot: { readonly bytesTransferred: number }) => void>();
  const canceled = new Promise<never>((_resolve, reject) => {
    cancel = () => reject(storageError('canceled'));
  });
  const upload = async () => {
    const bytes = new Uint8Array(await data.arrayBuffer());
    for (const listener of listeners) listener({ bytesTransferred: Math.min(bytes.length, 262_144) });
    return { metadata: await run(bytes) };
  };
  const ended = Promise.race([upload(), canceled]);
  const task: Omit<FirebaseUploadTask, 'then'> = {
    on: (_event, next) => {
      listeners.add(next);
      return () => void listeners.delete(next);
    },
    cancel: () => {
      cancel();
      return true;
    },
  };
  return Object.defineProperty(task, 'then', { value: ended.then.bind(ended) }) as FirebaseUploadTask;
}
