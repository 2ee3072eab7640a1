/** Ports for reading a queue without changing it: writes stay in memory, and the bucket is not used. */
import { type BlobStore, type KeyValueStore, type Lock, ReelwayError } from '../../index.js';

/** A store that keeps writes in memory. */
export function readOnlyStore(store: KeyValueStore): KeyValueStore {
  const written = new Map<string, string | undefined>();
  return {
    get: (key) => (written.has(key) ? Promise.resolve(written.get(key)) : store.get(key)),
    set: (key, value) => {
      written.set(key, value);
      return Promise.resolve();
    },
    remove: (key) => {
      written.set(key, undefined);
      return Promise.resolve();
    },
    keys: async (prefix) => {
      const keys = new Set(await store.keys(prefix));
      for (const [key, value] of written) {
        if (value === undefined) keys.delete(key);
        else if (key.startsWith(prefix)) keys.add(key);
      }
      return [...keys];
    },
  };
}

/** A bucket that can be neither read nor written. */
export function closedBucket(): BlobStore {
  const refuse = (): Promise<never> =>
    Promise.reject(new ReelwayError('NOT_SUPPORTED', { message: 'The bucket is not available while the queue is only listed' }));
  return { rangeRead: true, accepts: ['bytes'], attests: [], get: refuse, head: refuse, put: refuse, remove: refuse };
}

/** A lock that is always granted: a reader needs none, and must not wait for a running upload. */
export function openLock(): Lock {
  return { acquire: () => Promise.resolve({ isHeld: () => true, release: () => Promise.resolve() }) };
}
