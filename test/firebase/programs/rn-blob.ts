/** What the official SDK does where `Blob` is React Native's: says how each way to send ends. */
import { initializeApp } from 'firebase/app';
import * as lib from 'firebase/storage';
import { RnBlob } from '../../fakes/rn-blob.js';

const PATIENCE_MS = 1_500;

Object.defineProperty(globalThis, 'Blob', { value: RnBlob });
const unhandled: string[] = [];
process.on('unhandledRejection', (error) => unhandled.push(String(error)));

const storage = lib.getStorage(initializeApp({ projectId: 'reelway-test' }), 'gs://reelway-test.appspot.com');
lib.connectStorageEmulator(storage, '127.0.0.1', Number(process.argv[2]));
const reference = lib.ref(storage, 'rn/clip');

type Task = { then(done: () => void, failed: (error: unknown) => void): unknown };

async function outcome(begin: () => Task): Promise<string> {
  const patience = new Promise<string>((resolve) => setTimeout(() => resolve('never settles'), PATIENCE_MS));
  const run = new Promise<string>((resolve, reject) => begin().then(() => resolve('resolves'), reject));
  return Promise.race([run.catch(() => 'rejects'), patience]);
}

const outcomes = {
  uploadBytes: await outcome(() => lib.uploadBytes(reference, new Uint8Array(100))),
  uploadBytesResumable: await outcome(() => lib.uploadBytesResumable(reference, new Uint8Array(100))),
  longUploadBytesResumable: await outcome(() => lib.uploadBytesResumable(reference, new Uint8Array(262_145))),
};
console.log(JSON.stringify({ ...outcomes, unhandled }));
process.exit(0);
