/** One emulator for the whole suite. */
import type { TestProject } from 'vitest/node';
import { type FirebaseEmulator, startFirebaseEmulator } from '../servers/firebase.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The emulator's, on loopback. */
    firebasePort: number;
  }
}

let emulator: FirebaseEmulator | undefined;

export async function setup({ provide }: TestProject): Promise<void> {
  emulator = await startFirebaseEmulator();
  provide('firebasePort', emulator.port);
}

export async function teardown(): Promise<void> {
  await emulator?.stop();
}
