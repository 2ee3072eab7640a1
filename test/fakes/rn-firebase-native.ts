/**
 * The native module of `@react-native-firebase/storage` 26.4.0 (`NativeRNFBTurboStorage`), as its Java, Kotlin and Objective-C have it. The
 * package's own JavaScript runs over it in test/react-native/boundary; `rn-firebase-package.ts` is a thin stand-in for the light tests.
 *
 * Facts copied, each with its place:
 * - Tasks are registered on a native thread, after `putFile` has returned: `setTaskStatus` finds none before, and says false
 *   (NativeRNFBTurboStorage.java `setTaskStatus`, RNFBStorageHelper.m `setTaskStatus`: `task == nil → @NO`).
 * - A canceled task rejects with `cancelled` (ReactNativeFirebaseStorageCommon.java CODE_CANCELLED, RNFBStorageCommon.m `getErrorCodeMessage`).
 * - The MD5 of the metadata is never sent: Android's `buildMetadataFromMap` knows no such field, iOS has it commented out.
 * - iOS takes the content type from the file's name, whatever was asked for (RNFBStorageHelper.m `putFile`: `storageMetadata.contentType =
 *   contentType`, which is `mimeTypeForPath:`); without a known extension it is application/octet-stream.
 * - A missing file is `file-not-found` on both, on Android by the text of the cause.
 * - Android's paths of listed objects and folders begin with `/` (`reference.getPath()`), iOS's do not (`fullPath`); no further page is null.
 * - Android cannot list the root: `getBucketFromUrl` cuts `gs://bucket` to `gs:/`, and the SDK refuses it.
 * - Android tells whole seconds (`timestampToUTC(millis / 1000)`); iOS tells NSNull for what is missing (`metadataToDict`).
 * - iOS takes `:443` out of download addresses.
 * - Android makes the folder of a download, and refuses it where external storage cannot be written (`invalid-device-file-path`).
 * - A failed download leaves what came so far (FileDownloadTask writes in place).
 * - Retry times are set on the default bucket, whatever bucket the storage is of (`FirebaseStorage.getInstance(firebaseApp)`).
 * - Whatever the SDKs' patience ends with is `retry-limit-exceeded`.
 */

import { DiskError, type NativeDisk } from './native-disk.js';
import type { BucketObject, FirebaseBucket } from './rn-firebase-bucket.js';

export type Platform = 'ios' | 'android';

/** What happens on the way; changed by tests as they go on. */
export interface NativeConditions {
  /** Every request ends with this word instead. */
  failure?: string;
  /** Ends a task after this many bytes, with the word in `failure`. */
  cutAfterBytes?: number;
  /** Tasks stop on their way, after half, until this is lifted. */
  isStuck?: boolean;
  /** Cancels are taken and never answered. */
  isDeaf?: boolean;
  /** Android: whether external storage can be written. @default true */
  externalStorage?: boolean;
  /** What a task tells of the object that it made; false: nothing. @default true */
  tellsMetadata?: boolean;
  /** Changes the bytes on their way. */
  flips?: boolean;
}

/** What a native module has. */
export interface NativeHost {
  readonly platform: Platform;
  readonly disk: NativeDisk;
  readonly bucket: FirebaseBucket;
  readonly conditions: NativeConditions;
  /** Sends an event of native code to JavaScript. */
  readonly emit: (name: string, event: { readonly [field: string]: unknown }) => void;
  /** A turn of another thread. */
  readonly turn?: () => Promise<void>;
}

interface NativeTask {
  isCanceled: boolean;
}

/** Rejections as the bridge makes them: `userInfo` is what the package reads. */
class NativeRejection extends Error {
  readonly userInfo: { readonly code: string; readonly message: string };

  constructor(code: string, message: string) {
    super(message);
    this.userInfo = { code, message };
  }
}

const MIME_BY_EXTENSION: { readonly [extension: string]: string } = {
  mp4: 'video/mp4',
  json: 'application/json',
  m3u8: 'application/x-mpegurl',
};
const TURNS = 4;

/** The module, with the methods of its specification. */
export class RnFirebaseNative {
  readonly maxDownloadRetryTime = 600_000;
  readonly maxOperationRetryTime = 120_000;
  readonly maxUploadRetryTime = 600_000;
  /** Retry times that were set, by method. */
  readonly retryTimes = new Map<string, number>();
  /** Paths of the files that were sent, as native code was given them. */
  readonly sentPaths: string[] = [];
  private readonly tasks = new Map<number, NativeTask>();
  private readonly host: NativeHost;

  constructor(host: NativeHost) {
    this.host = host;
  }

  /** Tasks that are registered. */
  get running(): number {
    return this.tasks.size;
  }

  async putFile(appName: string, url: string, localPath: string, metadata: Metadata | null, taskId: number): Promise<Snapshot> {
    const { bucket, conditions } = this.host;
    this.sentPaths.push(localPath);
    const path = this.pathOf(url);
    const task = await this.register(taskId);
    const bytes = await this.sendFile(appName, taskId, task, localPath, path);
    const object = bucket.store(path, bytes, this.createdAs(localPath, metadata));
    this.tasks.delete(taskId);
    const told = conditions.tellsMetadata === false ? null : this.metadataOf(path, object);
    const snapshot = { bytesTransferred: bytes.length, totalBytes: bytes.length, state: 'success', metadata: told };
    this.tell(appName, taskId, snapshot);
    this.host.emit('storage_event', { appName, taskId, eventName: 'upload_success', body: snapshot });
    return snapshot;
  }

  private async sendFile(appName: string, taskId: number, task: NativeTask, localPath: string, path: string): Promise<Uint8Array> {
    const { disk, conditions } = this.host;
    const info = disk.stat(localPath);
    if (info?.kind !== 'file') throw this.ended(appName, taskId, 'file-not-found');
    const bytes = new Uint8Array(info.sizeBytes);
    for (let turn = 0; turn < TURNS; turn += 1) {
      const [start, end] = [Math.floor((bytes.length * turn) / TURNS), Math.floor((bytes.length * (turn + 1)) / TURNS)];
      await this.step(appName, taskId, task, path, start);
      disk.read(localPath, bytes.subarray(start, end), start);
      this.tell(appName, taskId, { bytesTransferred: end, totalBytes: bytes.length, state: 'running' });
    }
    if (conditions.flips === true) bytes.fill((bytes[0] ?? 0) ^ 1, 0, 1);
    return bytes;
  }

  private createdAs(localPath: string, metadata: Metadata | null): { readonly contentType: string; readonly cacheControl?: string } {
    const asked = this.host.platform === 'ios' ? undefined : metadata?.contentType;
    const cacheControl = metadata?.cacheControl;
    return { contentType: asked ?? mimeOf(localPath), ...(typeof cacheControl === 'string' ? { cacheControl } : {}) };
  }

  async writeToFile(appName: string, url: string, localPath: string, taskId: number): Promise<Snapshot> {
    const { platform, disk, bucket, conditions } = this.host;
    if (platform === 'android' && conditions.externalStorage === false) throw rejection('invalid-device-file-path');
    const path = this.pathOf(url);
    const task = await this.register(taskId);
    if (platform === 'android') disk.makeDirectory(localPath.slice(0, localPath.lastIndexOf('/')));
    const object = bucket.objects.get(path);
    if (object === undefined) throw this.ended(appName, taskId, 'object-not-found');
    const { bytes } = object;
    try {
      disk.truncate(localPath);
      for (let turn = 0; turn < TURNS; turn += 1) {
        const [start, end] = [Math.floor((bytes.length * turn) / TURNS), Math.floor((bytes.length * (turn + 1)) / TURNS)];
        await this.step(appName, taskId, task, path, start);
        disk.append(localPath, bytes.subarray(start, end));
        this.tell(appName, taskId, { bytesTransferred: end, totalBytes: bytes.length, state: 'running' });
      }
    } catch (error) {
      if (error instanceof DiskError) throw this.ended(appName, taskId, 'unknown', error.message);
      throw error;
    }
    this.tasks.delete(taskId);
    return { bytesTransferred: bytes.length, totalBytes: bytes.length, state: 'success' };
  }

  setTaskStatus(_appName: string, taskId: number, status: number): boolean {
    const task = this.tasks.get(taskId);
    if (task === undefined || status !== 2) return false;
    task.isCanceled = true;
    return true;
  }

  async getMetadata(_appName: string, url: string): Promise<Metadata> {
    const path = await this.request(url);
    const object = this.host.bucket.objects.get(path);
    if (object === undefined) throw rejection('object-not-found');
    return this.metadataOf(path, object);
  }

  async updateMetadata(_appName: string, url: string, metadata: Metadata): Promise<Metadata> {
    const path = await this.request(url);
    const object = this.host.bucket.objects.get(path);
    if (object === undefined) throw rejection('object-not-found');
    const { contentType, cacheControl } = metadata;
    const changed: BucketObject = {
      ...object,
      ...(typeof contentType === 'string' ? { contentType } : {}),
      ...(typeof cacheControl === 'string' ? { cacheControl } : {}),
    };
    this.host.bucket.objects.set(path, changed);
    return this.metadataOf(path, changed);
  }

  async getDownloadURL(_appName: string, url: string): Promise<string> {
    const path = await this.request(url);
    if (!this.host.bucket.objects.has(path)) throw rejection('object-not-found');
    const address = this.host.bucket.addressOf(path);
    return this.host.platform === 'ios' ? address.replace(':443', '') : address;
  }

  async deleteObject(_appName: string, url: string): Promise<null> {
    const path = await this.request(url);
    if (!this.host.bucket.objects.delete(path)) throw rejection('object-not-found');
    return null;
  }

  async list(
    _appName: string,
    url: string,
    options: { readonly maxResults: number; readonly pageToken?: string | null },
  ): Promise<ListResult> {
    const { platform, bucket } = this.host;
    // IllegalArgumentException of the SDK, which has no code of storage.
    if (platform === 'android' && !url.slice(5).includes('/')) throw rejection('unknown');
    const folder = await this.request(url);
    const page = bucket.list(folder, options.maxResults, options.pageToken ?? undefined);
    const shown = (path: string): string => (platform === 'android' ? `/${path}` : path);
    return { items: page.items.map(shown), prefixes: page.prefixes.map(shown), nextPageToken: page.nextPageToken ?? null };
  }

  async setMaxUploadRetryTime(_appName: string, milliseconds: number): Promise<null> {
    return this.setRetryTime('upload', milliseconds);
  }

  async setMaxDownloadRetryTime(_appName: string, milliseconds: number): Promise<null> {
    return this.setRetryTime('download', milliseconds);
  }

  async setMaxOperationRetryTime(_appName: string, milliseconds: number): Promise<null> {
    return this.setRetryTime('operation', milliseconds);
  }

  useEmulator(): void {}

  private setRetryTime(name: string, milliseconds: number): null {
    this.retryTimes.set(name, milliseconds);
    return null;
  }

  private async register(taskId: number): Promise<NativeTask> {
    await this.turn();
    const task = { isCanceled: false };
    this.tasks.set(taskId, task);
    await this.turn();
    return task;
  }

  /** One turn of a task: ends it where the conditions say so. */
  private async step(appName: string, taskId: number, task: NativeTask, path: string, doneBytes: number): Promise<void> {
    const { conditions } = this.host;
    do await this.turn();
    while ((conditions.isStuck === true && !task.isCanceled) || (conditions.isDeaf === true && task.isCanceled));
    if (task.isCanceled) throw this.ended(appName, taskId, 'cancelled');
    const denied = deniedWord(path);
    if (denied !== undefined) throw this.ended(appName, taskId, denied);
    if (conditions.failure !== undefined && doneBytes >= (conditions.cutAfterBytes ?? 0))
      throw this.ended(appName, taskId, conditions.failure);
  }

  private async request(url: string): Promise<string> {
    await this.turn();
    const path = this.pathOf(url);
    const word = this.host.conditions.failure ?? deniedWord(path);
    if (word !== undefined) throw rejection(word);
    return path;
  }

  private pathOf(url: string): string {
    return url.slice(this.host.bucket.name.length).replace(/^\//, '');
  }

  private ended(appName: string, taskId: number, word: string, message?: string): NativeRejection {
    this.tasks.delete(taskId);
    const error = rejection(word, message);
    const state = word === 'cancelled' ? 'cancelled' : 'error';
    const body = { bytesTransferred: 0, totalBytes: 0, metadata: null, state, error: error.userInfo };
    this.host.emit('storage_event', { appName, taskId, eventName: 'upload_failure', body });
    return error;
  }

  private tell(appName: string, taskId: number, snapshot: Snapshot): void {
    this.host.emit('storage_event', { appName, taskId, eventName: 'state_changed', body: snapshot });
  }

  private metadataOf(path: string, object: BucketObject): Metadata {
    const { platform, bucket } = this.host;
    const updatedMs = platform === 'android' ? Math.floor(object.updatedMs / 1000) * 1000 : object.updatedMs;
    const cacheControl = object.cacheControl ?? (platform === 'ios' ? null : undefined);
    return {
      bucket: bucket.name.slice(5),
      generation: object.token,
      metageneration: '1',
      fullPath: platform === 'android' ? `/${path}` : path,
      name: path.slice(path.lastIndexOf('/') + 1),
      size: object.bytes.length,
      timeCreated: new Date(updatedMs).toISOString(),
      updated: new Date(updatedMs).toISOString(),
      md5Hash: object.md5Hash,
      contentType: object.contentType,
      ...(cacheControl === undefined ? {} : { cacheControl }),
      ...(platform === 'ios' ? { contentLanguage: null, contentEncoding: null, contentDisposition: null, customMetadata: null } : {}),
    };
  }

  private async turn(): Promise<void> {
    const { turn = anyTurn } = this.host;
    await turn();
  }
}

/** A turn of the host's queue, by whatever it has. */
async function anyTurn(): Promise<void> {
  const { setImmediate: soon } = globalThis as { setImmediate?: (run: () => void) => unknown };
  await new Promise<void>((resolve) => (soon === undefined ? setTimeout(resolve, 0) : soon(resolve)));
}

/** Stands in for rules: who may do what is told by the names of folders. */
function deniedWord(path: string): string | undefined {
  if (path.includes('denied/')) return 'unauthorized';
  return path.includes('members/') ? 'unauthenticated' : undefined;
}

/** What the SDKs say to each word, as far as it matters. */
const TEXTS: { readonly [word: string]: string } = {
  'object-not-found': 'No object exists at the desired reference.',
  'file-not-found': 'The local file specified does not exist on the device.',
  unauthorized: 'User is not authorized to perform the desired action.',
  unauthenticated: 'User is unauthenticated. Authenticate and try again.',
  'retry-limit-exceeded': 'The maximum time limit on an operation (upload, download, delete, etc.) has been exceeded.',
  'quota-exceeded': 'Quota on your Firebase Storage bucket has been exceeded.',
  cancelled: 'User cancelled the operation.',
};

function rejection(word: string, message?: string): NativeRejection {
  return new NativeRejection(word, message ?? TEXTS[word] ?? 'An unknown error has occurred.');
}

function mimeOf(path: string): string {
  return MIME_BY_EXTENSION[path.slice(path.lastIndexOf('.') + 1).toLowerCase()] ?? 'application/octet-stream';
}

/** What native code tells of an object. */
export interface Metadata {
  readonly bucket?: string;
  readonly generation?: string;
  readonly metageneration?: string;
  readonly fullPath?: string;
  readonly name?: string;
  readonly size?: number;
  readonly timeCreated?: string;
  readonly updated?: string;
  readonly md5Hash?: string | null;
  readonly contentType?: string | null;
  readonly cacheControl?: string | null;
  readonly [field: string]: unknown;
}

/** What native code tells of a task. */
export interface Snapshot {
  readonly bytesTransferred: number;
  readonly totalBytes: number;
  readonly state: string;
  readonly metadata?: Metadata | null;
}

/** What native code tells of a folder. */
export interface ListResult {
  readonly items: readonly string[];
  readonly prefixes: readonly string[];
  readonly nextPageToken: string | null;
}

const METHODS = [
  ...(['putFile', 'writeToFile', 'setTaskStatus', 'getMetadata', 'updateMetadata', 'getDownloadURL', 'deleteObject', 'list'] as const),
  ...(['setMaxUploadRetryTime', 'setMaxDownloadRetryTime', 'setMaxOperationRetryTime', 'useEmulator'] as const),
];

/** The module as `TurboModuleRegistry` hands it out: its methods can be enumerated, its constants come by `getConstants`. */
export function turboModule(native: RnFirebaseNative): object {
  const { maxDownloadRetryTime, maxOperationRetryTime, maxUploadRetryTime } = native;
  const methods = METHODS.map((name) => [
    name,
    (...args: unknown[]) => (native[name] as (...given: unknown[]) => unknown).apply(native, args),
  ]);
  return { ...Object.fromEntries(methods), getConstants: () => ({ maxDownloadRetryTime, maxOperationRetryTime, maxUploadRetryTime }) };
}
