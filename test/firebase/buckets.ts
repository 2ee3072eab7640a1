/** Stores over the official SDK, in buckets of the emulator. */
import { deleteApp, type FirebaseApp, initializeApp } from 'firebase/app';
import * as lib from 'firebase/storage';
import { type FirebaseBlobStoreOptions, firebaseBlobStore } from '../../adapters/firebase/index.js';
import { nodeHttpTransport } from '../../adapters/node/index.js';
import type { BlobStore } from '../../src/ports/index.js';

const BUCKET = 'gs://reelway-test.appspot.com';

/** An app of Firebase with one store. */
export interface FirebaseWorld {
  readonly store: BlobStore;
  readonly storage: lib.FirebaseStorage;
  end(): Promise<void>;
}

/** An app of its own, as each process has one; `port` is the emulator's, or that of a proxy before it; `user` has signed in. */
export function firebaseWorld(port: number, options: Partial<FirebaseBlobStoreOptions> = {}, user?: string): FirebaseWorld {
  const app: FirebaseApp = initializeApp({ projectId: 'reelway-test' }, `world-${Math.random()}`);
  const storage = lib.getStorage(app, BUCKET);
  lib.connectStorageEmulator(storage, '127.0.0.1', port, user === undefined ? {} : { mockUserToken: { user_id: user } });
  const transport = nodeHttpTransport();
  const store = firebaseBlobStore({ lib, storage, transport, prefix: 'videos/', ...options });
  return { store, storage, end: () => deleteApp(app) };
}
