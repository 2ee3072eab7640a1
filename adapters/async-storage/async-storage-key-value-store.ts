/**
 * Small durable strings in AsyncStorage, by the four calls that versions 1, 2 and 3 share: version 3 lacks multiGet,
 * multiSet and mergeItem.
 */
import { assertOptions, assertRecordKey, assertRecordValue } from '../../src/adapter-kit/index.js';
import { type PortErrorCode, ReelwayError } from '../../src/errors/index.js';
import type { KeyValueStore } from '../../src/ports/index.js';
import { Ledger } from './ledger.js';
import { decodeValue, encodeValue } from './values.js';

/** The used part of AsyncStorage: its default export (1, 2), or the result of version 3's `createAsyncStorage(name)`. */
export interface AsyncStorageLike {
  /** The value; null where there is none. */
  getItem(key: string): Promise<string | null>;
  /** Stores the value. */
  setItem(key: string, value: string): Promise<unknown>;
  /** Removes the key; a missing one is success. */
  removeItem(key: string): Promise<unknown>;
  /** Every key of the app, in any order. */
  getAllKeys(): Promise<readonly string[]>;
}

/** Options of {@link asyncStorageKeyValueStore}. */
export interface AsyncStorageKeyValueStoreOptions {
  readonly lib: AsyncStorageLike;
  /** Prefix of every key, 1 to 100 characters; separates our records from the app's. @default 'reelway/' */
  readonly prefix?: string;
  /**
   * Maximum bytes of our records, keys included, ≥ 1; more is STORAGE_FULL. Android gives all records of an app together
   * 6 MiB unless its build says otherwise (`AsyncStorage_db_size_in_MB`). @default 4,194,304
   */
  readonly maxBytes?: number;
}

/** Space that the records use. */
export interface AsyncStorageUsage {
  /** Bytes, keys included, ≥ 0. */
  readonly usedBytes: number;
  /** Maximum bytes. */
  readonly maxBytes: number;
  /** Number of records, ≥ 0. */
  readonly records: number;
}

/** A {@link KeyValueStore} that can report its usage. */
export interface AsyncStorageKeyValueStore extends KeyValueStore {
  /** Reads all our records, one after the other. @throws {ReelwayError} STORAGE_UNAVAILABLE */
  usage(): Promise<AsyncStorageUsage>;
}

const DEFAULT_MAX_BYTES = 4_194_304;

/** Messages of SQLite (Android, version 3), POSIX and Apple. */
const FULL = /database or disk is full|SQLITE_FULL|no space left on device|out of space|ENOSPC/i;

/**
 * A key-value store over AsyncStorage. Illegal keys and values are a TypeError; whatever AsyncStorage rejects with is
 * STORAGE_UNAVAILABLE, or STORAGE_FULL according to its message.
 * @throws {TypeError} for invalid options
 */
export function asyncStorageKeyValueStore(options: AsyncStorageKeyValueStoreOptions): AsyncStorageKeyValueStore {
  assertOptions('asyncStorageKeyValueStore', options, { lib: true, prefix: true, maxBytes: true });
  const { lib, prefix = 'reelway/', maxBytes = DEFAULT_MAX_BYTES } = options;
  if (typeof lib?.getAllKeys !== 'function') throw new TypeError('lib must be AsyncStorage, or an instance of it');
  if (prefix.length < 1 || prefix.length > 100) throw new TypeError('prefix must have 1 to 100 characters');
  if (!(maxBytes >= 1)) throw new TypeError('maxBytes must be a number of at least 1');
  const store = new PrefixedRecords(lib, prefix, maxBytes);
  return {
    get: (key) => checked(key, () => store.read(key)),
    set: (key, value) =>
      checked(key, () => {
        assertRecordValue(key, value);
        return store.write(key, value);
      }),
    remove: (key) => checked(key, () => store.remove(key)),
    keys: (wanted) => store.keys(wanted),
    usage: () => store.usage(),
  };
}

async function checked<T>(key: string, run: () => Promise<T>): Promise<T> {
  assertRecordKey(key);
  return run();
}

class PrefixedRecords {
  private readonly lib: AsyncStorageLike;
  private readonly prefix: string;
  private readonly maxBytes: number;
  private counting: Promise<Ledger> | undefined;

  constructor(lib: AsyncStorageLike, prefix: string, maxBytes: number) {
    this.lib = lib;
    this.prefix = prefix;
    this.maxBytes = maxBytes;
  }

  async read(key: string): Promise<string | undefined> {
    const stored = await asked(key, () => this.lib.getItem(this.prefix + key));
    if (stored === null || stored === undefined) return undefined;
    return decodeValue(stored);
  }

  async write(key: string, value: string): Promise<void> {
    const stored = encodeValue(value);
    const name = this.prefix + key;
    const ledger = await this.counted();
    const room = ledger.reserve(key, name.length + stored.length);
    try {
      await asked(key, () => this.lib.setItem(name, stored));
      room.done();
    } catch (error) {
      room.failed();
      throw error;
    }
  }

  async remove(key: string): Promise<void> {
    await asked(key, () => this.lib.removeItem(this.prefix + key));
    // A failed count is reported to the call that needed it.
    const ledger = await this.counting?.catch(() => undefined);
    ledger?.forget(key);
  }

  async keys(wanted: string): Promise<string[]> {
    const all = await asked(undefined, () => this.lib.getAllKeys());
    const whole = this.prefix + wanted;
    return all.filter((name) => name.startsWith(whole)).map((name) => name.slice(this.prefix.length));
  }

  async usage(): Promise<AsyncStorageUsage> {
    const ledger = await this.counted();
    await this.count(ledger);
    const { usedBytes, maxBytes, records } = ledger;
    return { usedBytes, maxBytes, records };
  }

  /** Runs once; after a failure the next call tries again. */
  private counted(): Promise<Ledger> {
    this.counting ??= this.count(new Ledger(this.maxBytes)).catch((error: unknown) => {
      this.counting = undefined;
      throw error;
    });
    return this.counting;
  }

  private async count(ledger: Ledger): Promise<Ledger> {
    const keys = await this.keys('');
    ledger.keepOnly(keys);
    for (const key of keys) {
      const name = this.prefix + key;
      const stored = await asked(key, () => this.lib.getItem(name));
      if (typeof stored === 'string') ledger.found(key, name.length + stored.length);
    }
    return ledger;
  }
}

async function asked<T>(key: string | undefined, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw storageError(error, key);
  }
}

function storageError(cause: unknown, key: string | undefined): ReelwayError {
  const message = (cause as { readonly message?: unknown } | null | undefined)?.message;
  const text = typeof message === 'string' ? message : '';
  const code: PortErrorCode = FULL.test(text) ? 'STORAGE_FULL' : 'STORAGE_UNAVAILABLE';
  const context = key === undefined ? {} : { key };
  return new ReelwayError(code, { message: `AsyncStorage failed: ${text.slice(0, 200) || 'no reason given'}`, context, cause });
}
