/**
 * AsyncStorage 1.24 and 2.2 on iOS (and version 3's legacy storage), at the native module's boundary, as `RNCAsyncStorage.mm` has it.
 *
 * Facts copied, each with its place:
 * - values up to 1,024 characters stand in one `manifest.json`, longer ones in files of their own (`RCTInlineValueThreshold`);
 * - the manifest is kept in memory from the first call on, and written whole after every change (`_ensureSetup`, `_writeManifest`);
 * - a manifest that cannot be read (data protection, a locked phone) is an error of every call;
 * - a manifest that cannot be parsed is replaced by an empty one: everything is gone, and nobody is told;
 * - a file that is gone reads as if its key had never been set (`_getValueForKey`);
 * - errors come as a list of { message, key }, beside the values that could be read (`RCTAppendError`); `getAllKeys` gives one error;
 * - a full disk: "Failed to write value." with NSError's description behind it (`RCTMakeError`).
 */
import type { LegacyNativeModule, NativeError } from './async-storage-android.js';

/** The app's container. */
export interface ManifestDisk {
  /** `manifest.json`; undefined before the first write. */
  manifest: string | undefined;
  /** Values of their own file. */
  readonly files: Map<string, string>;
  /** Bytes that still fit. */
  freeBytes: number;
  /** Data protection: files are there, and cannot be read. */
  locked: boolean;
}

/** The container of a fresh installation. */
export function createManifestDisk(freeBytes = Number.POSITIVE_INFINITY): ManifestDisk {
  return { manifest: undefined, files: new Map(), freeBytes, locked: false };
}

const INLINE_CHARACTERS = 1_024;
const NO_SPACE =
  'Error Domain=NSCocoaErrorDomain Code=640 "You can’t save the file because the volume is out of space." UserInfo={NSUnderlyingError=0x0 {Error Domain=NSPOSIXErrorDomain Code=28 "No space left on device"}}';

/** One process's module over a container. */
export function createIosAsyncStorage(disk: ManifestDisk): LegacyNativeModule {
  let manifest: Map<string, string | null> | undefined;

  const ready = (): Map<string, string | null> => {
    if (manifest !== undefined) return manifest;
    if (disk.locked && disk.manifest !== undefined) throw { message: 'Failed to read storage file.', key: 'manifest.json' };
    manifest = parsed(disk.manifest);
    return manifest;
  };
  const occupy = (before: string | undefined, after: string): void => {
    const more = after.length - (before?.length ?? 0);
    if (more > disk.freeBytes) throw { message: `Failed to write value.${NO_SPACE}` };
    disk.freeBytes -= more;
  };
  const release = (key: string): void => {
    disk.freeBytes += disk.files.get(key)?.length ?? 0;
    disk.files.delete(key);
  };
  const writeManifest = (): void => {
    const text = JSON.stringify(Object.fromEntries(ready()));
    occupy(disk.manifest, text);
    disk.manifest = text;
  };
  const read = (key: string): string | null => {
    const value = ready().get(key);
    if (value !== null) return value ?? null;
    if (disk.locked) throw { message: 'Failed to read storage file.', key };
    const text = disk.files.get(key);
    if (text === undefined) ready().delete(key);
    return text ?? null;
  };
  const write = (key: string, value: string): boolean => {
    const entries = ready();
    if (value.length <= INLINE_CHARACTERS) {
      if (entries.get(key) === null) release(key);
      entries.set(key, value);
      return true;
    }
    if (disk.locked) throw { message: 'Failed to write value.', key };
    occupy(disk.files.get(key), value);
    disk.files.set(key, value);
    if (entries.get(key) === null) return false;
    entries.set(key, null);
    return true;
  };
  const remove = (key: string): boolean => {
    const entries = ready();
    if (entries.get(key) === null) release(key);
    return entries.delete(key);
  };

  /** Runs over all, gathers what fails, writes the manifest where something has changed in it. */
  const change = (keys: readonly string[], run: (key: string, index: number) => boolean): NativeError[] | null => {
    const errors: NativeError[] = [];
    const gather = (step: () => boolean): boolean => {
      try {
        return step();
      } catch (error) {
        errors.push(error as NativeError);
        return false;
      }
    };
    if (!gather(() => ready() !== undefined)) return errors;
    const changes = keys.map((key, index) => gather(() => run(key, index)));
    if (changes.includes(true)) {
      gather(() => {
        writeManifest();
        return true;
      });
    }
    return errors.length === 0 ? null : errors;
  };

  return {
    multiGet: (keys, callback) => {
      const values = new Map<string, string | null>();
      const errors = change(keys, (key) => {
        values.set(key, read(key));
        return false;
      });
      setImmediate(() =>
        callback(
          errors,
          keys.map((key) => [key, values.get(key) ?? null]),
        ),
      );
    },
    multiSet: (pairs, callback) => {
      const errors = change(
        pairs.map(([key = '']) => key),
        (key, index) => write(key, pairs[index]?.[1] ?? ''),
      );
      setImmediate(() => callback(errors));
    },
    multiRemove: (keys, callback) => {
      const errors = change(keys, remove);
      setImmediate(() => callback(errors));
    },
    clear: (callback) => {
      const errors = change([...(manifest?.keys() ?? [])], remove);
      setImmediate(() => callback(errors?.[0] ?? null));
    },
    getAllKeys: (callback) => {
      const errors = change([], () => false);
      const keys = errors === null ? [...ready().keys()] : null;
      setImmediate(() => callback(errors?.[0] ?? null, keys));
    },
  };
}

function parsed(text: string | undefined): Map<string, string | null> {
  try {
    return new Map(Object.entries(JSON.parse(text ?? '{}') as { [key: string]: string | null }));
  } catch {
    // As the module does it: it logs, and begins an empty one.
    return new Map();
  }
}
