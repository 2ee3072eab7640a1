/**
 * An MMKV 4 instance at the HybridObject's boundary, as `HybridMMKV.cpp` has it over Tencent's MMKV (`Core/MMKV_IO.cpp`).
 *
 * Facts copied, each with its place:
 * - every call is synchronous; what is set lives in a mapped file, so it outlives the process at once;
 * - `getString` of what is missing is undefined, never null; an empty string is a value (`hasValue`);
 * - an empty key throws; a write that MMKV refuses throws `Failed to set value for key "…"!`, and nothing more (`HybridMMKV::set`);
 * - writes are refused when the file cannot grow (`expandAndWriteBack`), when the instance is read-only, and when the file is not
 *   valid (`ensureMemorySize`);
 * - an instance whose file is not valid reads as if it were empty: no error, no keys (`loadFromFile` only logs);
 * - `remove` (version 4) tells whether there was something; versions 2 and 3 call it `delete`.
 */

/** The mapped file, which outlives the process. */
export interface MmkvFile {
  readonly records: Map<string, string>;
  /** Bytes that all records together may have before the file would have to grow on a full disk. */
  maxBytes: number;
  /** False: it cannot be opened or mapped, as on a phone that is locked since it was started. */
  valid: boolean;
  readOnly: boolean;
}

/** The file of a fresh installation. */
export function createMmkvFile(maxBytes = Number.POSITIVE_INFINITY): MmkvFile {
  return { records: new Map(), maxBytes, valid: true, readOnly: false };
}

/** The part of the HybridObject that key-value stores can use. */
export interface MmkvHybrid {
  set(key: string, value: string): void;
  getString(key: string): string | undefined;
  contains(key: string): boolean;
  remove(key: string): boolean;
  getAllKeys(): string[];
}

/** `createMMKV({ id })` over a file. */
export function createMmkvHybrid(file: MmkvFile): MmkvHybrid {
  const seen = (): ReadonlyMap<string, string> => (file.valid ? file.records : new Map());
  return {
    set: (key, value) => {
      if (key === '') throw new Error('Cannot set a value for an empty key!');
      const after = new Map(file.records).set(key, value);
      const bytes = [...after].reduce((sum, [name, text]) => sum + name.length + text.length + 8, 0);
      if (!file.valid || file.readOnly || bytes > file.maxBytes) throw new Error(`Failed to set value for key "${key}"!`);
      file.records.set(key, value);
    },
    getString: (key) => seen().get(key),
    contains: (key) => seen().has(key),
    remove: (key) => file.valid && !file.readOnly && file.records.delete(key),
    getAllKeys: () => [...seen().keys()],
  };
}

/** An instance of versions 2 and 3. */
export function createMmkv3(file: MmkvFile): Omit<MmkvHybrid, 'remove'> & { delete(key: string): void } {
  const { remove, ...rest } = createMmkvHybrid(file);
  return {
    ...rest,
    delete: (key) => {
      remove(key);
    },
  };
}
