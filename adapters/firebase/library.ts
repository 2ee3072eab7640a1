/**
 * The parts of `firebase/storage` and of `@react-native-firebase/storage` that the adapters use.
 *
 * Structural, so that neither is imported. References and storages are only passed on, so their type is one that every function accepts.
 */
import type { FirebaseListPage } from './listing.js';
import type { FirebaseMetadata, FirebaseUploadMetadata } from './metadata.js';

/** How a page of a folder is asked for. */
export interface FirebaseListOptions {
  /** 1 to 1,000. */
  readonly maxResults?: number;
  readonly pageToken?: string;
}

/** What both libraries have in common, with the same names. */
export interface FirebaseStorageBase {
  /** The reference of a path in a bucket. */
  ref(storage: never, path: string): unknown;
  /** The metadata of an object; rejects if there is none. */
  getMetadata(reference: never): Promise<FirebaseMetadata>;
  /** An address by which anyone can read the object. */
  getDownloadURL(reference: never): Promise<string>;
  /** Removes an object; rejects if there is none. */
  deleteObject(reference: never): Promise<void>;
  /** One page of a folder. */
  list(reference: never, options: FirebaseListOptions): Promise<FirebaseListPage>;
}

/** A resumable upload of the JavaScript SDK. */
export interface FirebaseUploadTask {
  /** Returns the function that removes the listener. */
  on(event: 'state_changed', next: (snapshot: { readonly bytesTransferred: number }) => void): () => void;
  /** Calls one of the two at the end. */
  then(done: (snapshot: { readonly metadata: FirebaseMetadata }) => void, failed: (error: unknown) => void): unknown;
  /** Cancels the upload; returns whether it could. */
  cancel(): boolean;
}

/** The functions of the module `firebase/storage`, version 12: `import * as lib from 'firebase/storage'`. */
export interface FirebaseStorageLibrary extends FirebaseStorageBase {
  /** Puts an object in one request. */
  uploadBytes(reference: never, data: never, metadata: FirebaseUploadMetadata): Promise<{ readonly metadata: FirebaseMetadata }>;
  /** Puts an object in several requests; sends `Blob`s in pieces. */
  uploadBytesResumable(reference: never, data: never, metadata: FirebaseUploadMetadata): FirebaseUploadTask;
}

/** The properties of a storage of the JavaScript SDK that the adapter sets. */
export interface FirebaseStorageInstance {
  /** Milliseconds, ≥ 0. */
  maxUploadRetryTime: number;
  /** Milliseconds, ≥ 0. */
  maxOperationRetryTime: number;
}

/** The state of a task of React Native's library. */
export interface RnFirebaseSnapshot {
  /** Bytes, ≥ 0. */
  readonly bytesTransferred: number;
  readonly totalBytes: number;
  /** Has empty fields while it is unknown. */
  readonly metadata?: FirebaseMetadata | null | undefined;
}

/** A task of React Native's library; it starts when the first listener is added. */
export interface RnFirebaseTask {
  /** Returns the function that removes the listener; the library itself removes none. */
  on(event: 'state_changed', next: (snapshot: RnFirebaseSnapshot) => void): () => void;
  /** Calls one of the two at the end. */
  then(done: (snapshot: RnFirebaseSnapshot) => void, failed: (error: unknown) => void): unknown;
  /** Whether the native task accepted the cancel; false before the native task exists. */
  cancel(): boolean | Promise<boolean>;
}

/** The functions of the module `@react-native-firebase/storage`, version 26: `import * as lib from '@react-native-firebase/storage'`. */
export interface RnFirebaseStorageLibrary extends FirebaseStorageBase {
  /** Uploads a file natively. */
  putFile(reference: never, filePath: string, metadata: FirebaseUploadMetadata): RnFirebaseTask;
  /** Downloads an object into a file natively. */
  writeToFile(reference: never, filePath: string): RnFirebaseTask;
  /** Changes the metadata of an object. */
  updateMetadata(reference: never, metadata: FirebaseUploadMetadata): Promise<FirebaseMetadata>;
  /** Sets how long the native side retries an upload. */
  setMaxUploadRetryTime(storage: never, timeMs: number): Promise<void>;
  /** Sets how long the native side retries a download. */
  setMaxDownloadRetryTime(storage: never, timeMs: number): Promise<void>;
  /** Sets how long the native side retries all other calls. */
  setMaxOperationRetryTime(storage: never, timeMs: number): Promise<void>;
}
