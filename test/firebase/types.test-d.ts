/** The adapter's idea of the SDK against the SDK's own declarations. */
import * as lib from 'firebase/storage';
import { type FirebaseStorageLibrary, firebaseBlobStore } from '../../adapters/firebase/index.js';
import { fetchTransport } from '../../adapters/http/index.js';

const whole: FirebaseStorageLibrary = lib;
const transport = fetchTransport();
firebaseBlobStore({ lib: whole, storage: lib.getStorage(), transport });
// @ts-expect-error without a resumable upload
firebaseBlobStore({ lib: { ...lib, uploadBytesResumable: undefined }, storage: lib.getStorage(), transport });
// @ts-expect-error an app is no storage
firebaseBlobStore({ lib, storage: lib.getStorage().app, transport });
