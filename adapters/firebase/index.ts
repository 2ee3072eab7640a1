/** `reelway/firebase`: buckets of Firebase Storage, over Google's JavaScript SDK and over React Native's library. */
export { type FirebaseBlobStoreOptions, firebaseBlobStore } from './firebase-blob-store.js';
export type {
  FirebaseListOptions,
  FirebaseStorageBase,
  FirebaseStorageInstance,
  FirebaseStorageLibrary,
  FirebaseUploadTask,
  RnFirebaseSnapshot,
  RnFirebaseStorageLibrary,
  RnFirebaseTask,
} from './library.js';
export type { FirebaseListPage } from './listing.js';
export type { FirebaseMetadata, FirebaseUploadMetadata } from './metadata.js';
export { type RnFirebaseBlobStoreOptions, rnFirebaseBlobStore } from './rn-firebase-blob-store.js';
export type { RnFirebaseStaging } from './rn-staged-reading.js';
