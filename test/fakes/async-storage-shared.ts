/**
 * AsyncStorage 3.1 at the native module's boundary (`RNAsyncStorage`), as `RNStorage.kt`, `EntryExt.kt` and
 * `NativeAsyncStorage.ts` have it. What lies below (`SharedStorage`, over Room and SQLite) is not in the package as source, so its limits
 * are not known; here it gets those of version 2, which are the strictest.
 *
 * Facts copied, each with its place:
 * - one database for each name (`StorageRegistry`); promises, and { key, value } entries in place of pairs (`toRNResults`);
 * - what is missing has the value null (`{ key: string; value: string | null }`);
 * - a rejection has the code "AsyncStorageError" and SQLite's own message, its kind in `userInfo.type` (`lunchWithRejection`).
 */
import { allRowKeys, deleteRows, insertRows, type RowDisk, selectRows } from './async-storage-android.js';

/** An entry as it crosses the bridge. */
export interface NativeEntry {
  readonly key: string;
  readonly value: string | null;
}

/** The native module, as JavaScript sees it. */
export interface SharedNativeModule {
  getValues(database: string, keys: string[]): Promise<NativeEntry[]>;
  setValues(database: string, values: NativeEntry[]): Promise<NativeEntry[]>;
  removeValues(database: string, keys: string[]): Promise<void>;
  getKeys(database: string): Promise<string[]>;
  clearStorage(database: string): Promise<void>;
}

/** One process's module; `diskOf` gives the same disk for the same name in every process. */
export function createSharedAsyncStorage(diskOf: (database: string) => RowDisk): SharedNativeModule {
  const run = async <T>(database: string, statement: (disk: RowDisk) => T): Promise<T> => {
    await new Promise<void>((resolve) => setImmediate(resolve));
    try {
      return statement(diskOf(database));
    } catch (error) {
      throw Object.assign(new Error((error as Error).message), { code: 'AsyncStorageError', userInfo: { type: 'SqliteException' } });
    }
  };
  return {
    getValues: (database, keys) =>
      run(database, (disk) => {
        const found = new Map(selectRows(disk, keys));
        return keys.map((key) => ({ key, value: found.get(key) ?? null }));
      }),
    setValues: (database, values) =>
      run(database, (disk) => {
        insertRows(
          disk,
          values.map(({ key, value }) => [key, value ?? ''] as const),
        );
        return values;
      }),
    removeValues: (database, keys) => run(database, (disk) => deleteRows(disk, keys)),
    getKeys: (database) => run(database, allRowKeys),
    clearStorage: (database) => run(database, (disk) => deleteRows(disk, allRowKeys(disk))),
  };
}
