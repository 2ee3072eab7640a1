/** A key-value store that checks the lease before each write, counts the characters, and converts every failure. */
import { isReelwayError, ReelwayError } from '../../errors/index.js';
import type { KeyValueStore } from '../../ports/index.js';

export interface StoreGuard {
  /** @throws {ReelwayError} where the lease is lost */
  assertLockHeld(): void;
  /** Characters on their way to the store. */
  onWrite(characters: number): void;
}

// mutation-point: guard-record-store
export function leasedStore(store: KeyValueStore, guard: StoreGuard): KeyValueStore {
  return {
    get: (key) => typed(key, () => store.get(key)),
    keys: (prefix) => typed(prefix, () => store.keys(prefix)),
    set: (key, value) =>
      typed(key, () => {
        // mutation-point: check-lease-before-write
        guard.assertLockHeld();
        guard.onWrite(key.length + value.length);
        return store.set(key, value);
      }),
    remove: (key) =>
      typed(key, () => {
        guard.assertLockHeld();
        return store.remove(key);
      }),
  };
}

async function typed<T>(key: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (isReelwayError(error)) throw error;
    throw new ReelwayError('STORAGE_UNAVAILABLE', { message: 'A request to the key-value store failed', context: { key }, cause: error });
  }
}
