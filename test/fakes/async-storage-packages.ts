/**
 * What the packages' own JavaScript makes of their native modules, as thin as tests without them need it. The packages themselves run
 * over the same fakes in test/react-native/boundary.
 *
 * - 1 and 2 (`AsyncStorage.native.ts`): `getItem` gives `result[0][1] ? result[0][1] : null`, so an empty string reads as null;
 *   the first error of a list, as an Error with `key` (`helpers.ts`, `convertErrors`).
 * - 3 (`createAsyncStorage.native.ts`): entries, `?? null`; errors become an AsyncStorageError with a `type`.
 */
import type { LegacyNativeModule, NativeError } from './async-storage-android.js';
import type { SharedNativeModule } from './async-storage-shared.js';

/** The four calls that all versions have. */
export interface AsyncStorageFake {
  getItem(key: string): Promise<string | null>;
  setItem(key: string, value: string): Promise<void>;
  removeItem(key: string): Promise<void>;
  getAllKeys(): Promise<readonly string[]>;
}

function firstError(errors: NativeError | NativeError[] | null | undefined): Error | undefined {
  const [first] = Array.isArray(errors) ? errors : [errors];
  return first === null || first === undefined ? undefined : Object.assign(new Error(first.message), { key: first.key });
}

/** The default export of versions 1 and 2. */
export function asyncStorage2(native: LegacyNativeModule): AsyncStorageFake & Required<{ multiGet: unknown }> {
  const settle = <T>(start: (done: (errors: NativeError | NativeError[] | null | undefined, value: T) => void) => void): Promise<T> =>
    new Promise((resolve, reject) => {
      start((errors, value) => {
        const error = firstError(errors);
        if (error === undefined) resolve(value);
        else reject(error);
      });
    });
  return {
    getItem: (key) =>
      settle((done) => native.multiGet([key], (errors, result) => done(errors, result?.[0]?.[1] ? (result[0][1] ?? null) : null))),
    setItem: (key, value) => settle((done) => native.multiSet([[key, value]], (errors) => done(errors, undefined))),
    removeItem: (key) => settle((done) => native.multiRemove([key], (errors) => done(errors, undefined))),
    getAllKeys: () => settle((done) => native.getAllKeys((error, keys) => done(error, keys ?? []))),
    multiGet: (keys: readonly string[]) => settle((done) => native.multiGet(keys, (errors, result) => done(errors, result ?? []))),
  };
}

/** What `createAsyncStorage(database)` of version 3 makes. */
export function asyncStorage3(native: SharedNativeModule, database: string): AsyncStorageFake {
  const translated = async <T>(call: Promise<T>): Promise<T> => {
    try {
      return await call;
    } catch (error) {
      throw Object.assign(new Error((error as Error).message), { name: 'AsyncStorageError', type: 'SqliteStorageError' });
    }
  };
  return {
    getItem: async (key) => (await translated(native.getValues(database, [key])))[0]?.value ?? null,
    setItem: async (key, value) => {
      await translated(native.setValues(database, [{ key, value }]));
    },
    removeItem: (key) => translated(native.removeValues(database, [key])),
    getAllKeys: () => translated(native.getKeys(database)),
  };
}
