/**
 * The parts of `firebase/storage` and of `@react-native-firebase/storage` that the adapters call.
 *
 * Structural, so that nothing of theirs is imported. References and storages are passed on unseen, and so typed as what every function takes.
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
  /** What is known of an object; rejects where there is none. */
  getMetadata(reference: never): Promise<FirebaseMetadata>;
  /** An address that anyone can read who knows it. */
  getDownloadURL(reference: never): Promise<string>;
  /** Removes an object; rejects where there is none. */
  deleteObject(reference: never): Promise<void>;
  /** A page of what lies in a folder. */
  list(reference: never, options: FirebaseListOptions): Promise<FirebaseListPage>;
}

/** A resumable upload of the JavaScript SDK. */
export interface FirebaseUploadTask {
  /** Gives what forgets the listener. */
  on(event: 'state_changed', next: (snapshot: { readonly bytesTransferred: number }) => void): () => void;
  /** Calls one of both at the end. */
  then(done: (snapshot: { readonly metadata: FirebaseMetadata }) => void, failed: (error: unknown) => void): unknown;
  /** Ends it; whether it could. */
  cancel(): boolean;
}

/** The functions of the module `firebase/storage`, version 12: `import * as lib from 'firebase/storage'`. */
export interface FirebaseStorageLibrary extends FirebaseStorageBase {
  /** Puts an object in one request. */
  uploadBytes(reference: never, data: never, metadata: FirebaseUploadMetadata): Promise<{ readonly metadata: FirebaseMetadata }>;
  /** Puts an object in several requests; sends `Blob`s in pieces. */
  uploadBytesResumable(reference: never, data: never, metadata: FirebaseUploadMetadata): FirebaseUploadTask;
}

/** What `getStorage` of the JavaScript SDK gives, as far as the adapter changes it. */
export interface FirebaseStorageInstance {
  /** Milliseconds, ≥ 0. */
  maxUploadRetryTime: number;
  /** Milliseconds, ≥ 0. */
  maxOperationRetryTime: number;
}

/** What a task of React Native's library tells. */
export interface RnFirebaseSnapshot {
  /** Bytes, ≥ 0. */
  readonly bytesTransferred: number;
  readonly totalBytes: number;
  /** Where nothing is known yet, one with empty fields. */
  readonly metadata?: FirebaseMetadata | null | undefined;
}

/** A task of React Native's library: begun when it is first listened to. */
export interface RnFirebaseTask {
  /** Gives what forgets the listener; the library itself forgets none. */
  on(event: 'state_changed', next: (snapshot: RnFirebaseSnapshot) => void): () => void;
  /** Calls one of both at the end. */
  then(done: (snapshot: RnFirebaseSnapshot) => void, failed: (error: unknown) => void): unknown;
  /** Whether the native task took it; false while there is none yet. */
  cancel(): boolean | Promise<boolean>;
}

/** The functions of the module `@react-native-firebase/storage`, version 26: `import * as lib from '@react-native-firebase/storage'`. */
export interface RnFirebaseStorageLibrary extends FirebaseStorageBase {
  /** Puts a file natively. */
  putFile(reference: never, filePath: string, metadata: FirebaseUploadMetadata): RnFirebaseTask;
  /** Brings an object into a file natively. */
  writeToFile(reference: never, filePath: string): RnFirebaseTask;
  /** Changes what is kept beside an object. */
  updateMetadata(reference: never, metadata: FirebaseUploadMetadata): Promise<FirebaseMetadata>;
  /** How long the native side itself tries a put again. */
  setMaxUploadRetryTime(storage: never, timeMs: number): Promise<void>;
  /** How long the native side itself tries a download again. */
  setMaxDownloadRetryTime(storage: never, timeMs: number): Promise<void>;
  /** How long the native side itself tries everything else again. */
  setMaxOperationRetryTime(storage: never, timeMs: number): Promise<void>;
}
