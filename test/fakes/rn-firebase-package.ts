/**
 * A thin shim of the JavaScript of `@react-native-firebase/storage` 26.4.0 over its native module, for tests without the package. It does what
 * `lib/index.ts`, `StorageReference.ts`, `StorageTask.ts` and `utils.ts` do with paths, tasks, metadata and errors, and nothing else; the
 * package's own JavaScript runs over the same native fake in test/react-native/boundary.
 *
 * Facts copied, each with its place:
 * - `toFilePath` strips the first `file://` and decodes whatever holds a percent sign (app/lib/common/index.ts).
 * - A task is begun by the first `then` or `on`, and is no promise (StorageTask.ts).
 * - Listeners on `state_changed` stay until they are taken away (`subscribeToEvents` with no `complete`).
 * - A snapshot without metadata gets empty ones: size 0, no MD5 (`createEmptyMetadata`).
 * - Errors are `storage/<word>` with the native text (NativeFirebaseError.ts); their fields cannot be enumerated.
 * - Metadata with a field that is not known, or a value that is no string, throws at once (`validateMetadata`).
 * - `uploadBytes`, `getBytes` and `getBlob` are there and throw "not implemented" (lib/index.ts).
 */
import type { RnFirebaseSnapshot, RnFirebaseStorageLibrary, RnFirebaseTask } from '../../adapters/firebase/index.js';
import { NativeDisk } from './native-disk.js';
import { type BucketOptions, FirebaseBucket } from './rn-firebase-bucket.js';
import { type NativeConditions, type Platform, RnFirebaseNative } from './rn-firebase-native.js';

const APP = '[DEFAULT]';
const KNOWN_FIELDS = [
  'cacheControl',
  'contentDisposition',
  'contentEncoding',
  'contentLanguage',
  'contentType',
  'customMetadata',
  'md5Hash',
];

type Listener = (snapshot: RnFirebaseSnapshot) => void;

/** Events of native code, by task. */
export class StorageEvents {
  private readonly listeners = new Map<string, Set<Listener>>();

  get listening(): number {
    return [...this.listeners.values()].reduce((sum, some) => sum + some.size, 0);
  }

  emit(event: { readonly [field: string]: unknown }): void {
    const some = this.listeners.get(`${String(event.taskId)}-${String(event.eventName)}`) ?? [];
    for (const listener of [...some]) listener(event.body as RnFirebaseSnapshot);
  }

  on(taskId: number, eventName: string, listener: Listener): () => void {
    const name = `${taskId}-${eventName}`;
    const some = this.listeners.get(name) ?? new Set<Listener>();
    this.listeners.set(name, some.add(listener));
    return () => void some.delete(listener);
  }
}

interface Reference {
  readonly url: string;
  readonly fullPath: string;
}

/** A phone with the package on it. */
export interface FirebasePhone {
  readonly lib: RnFirebaseStorageLibrary & { uploadBytes(): never; getBlob(): never };
  readonly storage: unknown;
  readonly native: RnFirebaseNative;
  readonly bucket: FirebaseBucket;
  readonly disk: NativeDisk;
  readonly events: StorageEvents;
  readonly conditions: NativeConditions;
}

/** What {@link firebasePhone} is made of. */
export interface FirebasePhoneOptions {
  readonly platform: Platform;
  readonly disk?: NativeDisk;
  readonly bucket?: BucketOptions;
}

/** A phone, its bucket, and the package between them. */
export function firebasePhone(options: FirebasePhoneOptions): FirebasePhone {
  const disk = options.disk ?? new NativeDisk();
  const bucket = new FirebaseBucket(options.bucket);
  const events = new StorageEvents();
  const conditions: NativeConditions = {};
  const native = new RnFirebaseNative({ platform: options.platform, disk, bucket, conditions, emit: (_name, event) => events.emit(event) });
  return { lib: packageOver(native, bucket.name, events), storage: {}, native, bucket, disk, events, conditions };
}

function packageOver(native: RnFirebaseNative, bucketUrl: string, events: StorageEvents): FirebasePhone['lib'] {
  let taskIds = 0;
  const task = (begin: (taskId: number) => Promise<RnFirebaseSnapshot>): RnFirebaseTask => {
    taskIds += 1;
    return taskOver(native, events, taskIds, begin);
  };
  const urlOf = (reference: unknown): string => (reference as Reference).url;
  const refuse = (name: string) => (): never => {
    throw new Error(`\`${name}()\` is not implemented`);
  };
  return {
    ref: (_storage, path) => {
      const bare = path === '' ? '/' : path.replace(/(.)\/$/, '$1').replace(/^\/(.)/, '$1');
      return { fullPath: bare, url: bare.length <= 1 ? bucketUrl : `${bucketUrl}/${bare}` };
    },
    getMetadata: (reference) => told(native.getMetadata(APP, urlOf(reference))),
    getDownloadURL: (reference) => told(native.getDownloadURL(APP, urlOf(reference))),
    deleteObject: async (reference) => void (await told(native.deleteObject(APP, urlOf(reference)))),
    updateMetadata: (reference, metadata) => told(native.updateMetadata(APP, urlOf(reference), validated(metadata))),
    list: async (reference, listOptions) => {
      const page = await told(native.list(APP, urlOf(reference), { maxResults: 1000, ...listOptions }));
      const references = (paths: readonly string[]) => paths.map((path) => ({ fullPath: path.replace(/^\/(.)/, '$1') }));
      return { items: references(page.items), prefixes: references(page.prefixes), nextPageToken: page.nextPageToken };
    },
    putFile: (reference, path, metadata) => {
      const checked = validated(metadata);
      return task((taskId) => told(native.putFile(APP, urlOf(reference), toFilePath(path), checked, taskId)));
    },
    writeToFile: (reference, path) => task((taskId) => told(native.writeToFile(APP, urlOf(reference), toFilePath(path), taskId))),
    setMaxUploadRetryTime: async (_storage, timeMs) => void (await native.setMaxUploadRetryTime(APP, timeMs)),
    setMaxDownloadRetryTime: async (_storage, timeMs) => void (await native.setMaxDownloadRetryTime(APP, timeMs)),
    setMaxOperationRetryTime: async (_storage, timeMs) => void (await native.setMaxOperationRetryTime(APP, timeMs)),
    uploadBytes: refuse('uploadBytes'),
    getBlob: refuse('getBlob'),
  };
}

function taskOver(
  native: RnFirebaseNative,
  events: StorageEvents,
  taskId: number,
  begin: (taskId: number) => Promise<RnFirebaseSnapshot>,
): RnFirebaseTask {
  let begun: Promise<RnFirebaseSnapshot> | undefined;
  const beginOnce = (): Promise<RnFirebaseSnapshot> => {
    begun ??= begin(taskId);
    return begun;
  };
  const empty = { generation: '', metageneration: '', size: 0, timeCreated: '', updated: '' };
  const then: RnFirebaseTask['then'] = (done, failed) => {
    beginOnce()
      .then((snapshot) => done({ ...snapshot, metadata: snapshot.metadata ?? empty }))
      .catch(failed);
  };
  const task: Omit<RnFirebaseTask, 'then'> = {
    on: (event, next) => {
      beginOnce();
      return events.on(taskId, event, next);
    },
    cancel: () => native.setTaskStatus(APP, taskId, 2),
  };
  // As a getter, like the package's.
  return Object.defineProperty(task, 'then', { get: () => then }) as RnFirebaseTask;
}

function toFilePath(path: string): string {
  const stripped = path.replace('file://', '');
  return stripped.includes('%') ? decodeURIComponent(stripped) : stripped;
}

function validated(metadata: object): { readonly contentType?: string; readonly cacheControl?: string } {
  for (const [field, value] of Object.entries(metadata)) {
    if (!KNOWN_FIELDS.includes(field))
      throw new Error(`firebase.storage.SettableMetadata unknown property '${field}' provided for metadata.`);
    if (typeof value !== 'string')
      throw new Error(`firebase.storage.SettableMetadata invalid property '${field}' should be a string or null value.`);
  }
  return metadata;
}

/** An error as `NativeFirebaseError` is. */
async function told<Result>(call: Promise<Result>): Promise<Result> {
  try {
    return await call;
  } catch (thrown) {
    const { userInfo } = thrown as { readonly userInfo?: { readonly code: string; readonly message: string } };
    const error = new Error();
    Object.defineProperty(error, 'code', { value: `storage/${userInfo?.code ?? 'unknown'}` });
    Object.defineProperty(error, 'message', { value: `[storage/${userInfo?.code ?? 'unknown'}] ${userInfo?.message ?? ''}` });
    throw error;
  }
}
