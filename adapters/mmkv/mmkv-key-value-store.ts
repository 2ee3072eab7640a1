/**
 * Small durable strings in an MMKV instance.
 *
 * An instance whose file cannot be opened (a phone that is locked since it was started, for one) reads as if it were empty, and only
 * refuses to write. So a mark of our own tells apart what is empty from what is unreadable: it is looked for whenever
 * something is missing, and where it is missing itself it must be possible to write it.
 */
import { assertOptions, assertRecordKey, assertRecordValue } from '../../src/adapter-kit/index.js';
import { type PortErrorCode, ReelwayError } from '../../src/errors/index.js';
import type { KeyValueStore } from '../../src/ports/index.js';

/** What is used of an MMKV instance, as `createMMKV({ id })` of react-native-mmkv 4 makes it. */
export interface MmkvLike {
  /** Stores the value; throws where it cannot. */
  set(key: string, value: string): void;
  /** The value, `undefined` where there is none. */
  getString(key: string): string | undefined;
  /** Whether there is a value. */
  contains(key: string): boolean;
  /** Removes the key: false where there was none. Version 4's; versions 2 and 3 call it `delete`. */
  remove?(key: string): boolean;
  /** As `remove`, before version 4. */
  delete?(key: string): void;
  /** Every key of the instance, in any order. */
  getAllKeys(): string[];
}

/** Options of {@link mmkvKeyValueStore}. */
export interface MmkvKeyValueStoreOptions {
  /** The instance. Make a separate one for Reelway, with `recoveryStrategy: 'recover-on-error'`: by default MMKV drops all records after a damage. */
  readonly lib: MmkvLike;
  /** Prefix of every key, 0 to 100 characters. @default 'reelway/' */
  readonly prefix?: string;
}

/** Distinct from every record key, since those have no capitals. */
const MARK = 'READABLE';

/**
 * A key-value store over MMKV. Illegal keys and values are a TypeError. A write that MMKV refuses is STORAGE_FULL while the instance
 * can be read, else STORAGE_UNAVAILABLE. Values survive the end of the process at once; the system decides when MMKV's data reach the disk.
 * @throws {TypeError} for invalid options
 */
export function mmkvKeyValueStore(options: MmkvKeyValueStoreOptions): KeyValueStore {
  assertOptions('mmkvKeyValueStore', options, { lib: true, prefix: true });
  const { lib, prefix = 'reelway/' } = options;
  if (typeof lib?.getString !== 'function') throw new TypeError('lib must be an MMKV instance: createMMKV({ id })');
  if (prefix.length > 100) throw new TypeError('prefix must have at most 100 characters');
  const store = new MarkedRecords(lib, prefix);
  return {
    get: async (key) => {
      assertRecordKey(key);
      return store.read(key);
    },
    set: async (key, value) => {
      assertRecordKey(key);
      assertRecordValue(key, value);
      store.write(key, value);
    },
    remove: async (key) => {
      assertRecordKey(key);
      store.remove(key);
    },
    keys: async (wanted) => store.keys(wanted),
  };
}

class MarkedRecords {
  private readonly lib: MmkvLike;
  private readonly prefix: string;
  private readonly mark: string;

  constructor(lib: MmkvLike, prefix: string) {
    this.lib = lib;
    this.prefix = prefix;
    this.mark = prefix + MARK;
  }

  read(key: string): string | undefined {
    const value = asked(key, () => this.lib.getString(this.prefix + key));
    if (value === undefined) this.assertReadable(key);
    return value;
  }

  write(key: string, value: string): void {
    this.assertReadable(key);
    asked(key, () => this.lib.set(this.prefix + key, value), 'STORAGE_FULL');
  }

  remove(key: string): void {
    const name = this.prefix + key;
    this.assertReadable(key);
    asked(key, () => {
      if (this.lib.remove !== undefined) this.lib.remove(name);
      else this.lib.delete?.(name);
    });
    if (asked(key, () => this.lib.contains(name))) throw failed('STORAGE_UNAVAILABLE', 'the record is still there', key, undefined);
  }

  keys(wanted: string): string[] {
    this.assertReadable(undefined);
    const whole = this.prefix + wanted;
    const names = asked(undefined, () => this.lib.getAllKeys());
    return names.filter((name) => name.startsWith(whole) && name !== this.mark).map((name) => name.slice(this.prefix.length));
  }

  private assertReadable(key: string | undefined): void {
    asked(key, () => {
      if (!this.lib.contains(this.mark)) this.lib.set(this.mark, '1');
    });
  }
}

function asked<T>(key: string | undefined, call: () => T, code: PortErrorCode = 'STORAGE_UNAVAILABLE'): T {
  try {
    return call();
  } catch (error) {
    const reason = (error as { readonly message?: unknown } | null | undefined)?.message;
    throw failed(code, typeof reason === 'string' ? reason.slice(0, 200) : 'no reason given', key, error);
  }
}

function failed(code: PortErrorCode, reason: string, key: string | undefined, cause: unknown): ReelwayError {
  return new ReelwayError(code, { message: `MMKV failed: ${reason}`, context: key === undefined ? {} : { key }, cause });
}
