/** The store of the journal and of the cache's records. */

/**
 * Small durable strings: keys of `[a-z0-9._/-]`, 1 to 200 characters; values ≤ 64 Ki characters of ASCII.
 * A resolved `set` survives a kill of the process; a failed one leaves the old value or the new one, never a mixture.
 *
 * Every method rejects with STORAGE_UNAVAILABLE where the store cannot be read or written (unreadable is not empty).
 */
export interface KeyValueStore {
  /** @throws {ReelwayError} STORAGE_UNAVAILABLE */
  get(key: string): Promise<string | undefined>;
  /** @throws {ReelwayError} STORAGE_UNAVAILABLE, STORAGE_FULL */
  set(key: string, value: string): Promise<void>;
  /** A missing key is success. @throws {ReelwayError} STORAGE_UNAVAILABLE */
  remove(key: string): Promise<void>;
  /** All keys that start with `prefix`, unordered. May scan the whole store; engines call it at the start only. @throws {ReelwayError} STORAGE_UNAVAILABLE */
  keys(prefix: string): Promise<string[]>;
}
