/**
 * AsyncStorage 1.24 and 2.2 on Android, at the native module's boundary (`RNCAsyncStorage`), as `AsyncStorageModule.java` and
 * `ReactDatabaseSupplier.java` have it. Also the table of rows that the fake of version 3 stands on.
 *
 * Facts copied, each with its place:
 * - answers come by callback, one call after the other (`SerialExecutor`), never within the call;
 * - `multiGet` gives the rows in the order of the table and appends the missing ones as [key, null] (`keysRemaining`);
 * - one error object, not a list: { message } (`AsyncStorageErrorUtil.getError`); `getAllKeys` then gives null for the keys;
 * - a database above its maximum size refuses the statement, and the transaction leaves the old rows
 *   (`setMaximumSize(AsyncStorage_db_size * 1024 * 1024)`, 6 by default, in pages of 4,096 bytes);
 * - a row that does not fit into a cursor window of 2 MiB is written, and can never be read again (`cursor.getCount()`);
 * - a value of null is "Invalid Value"; a module that is shut down answers "Database Error" (`ensureDatabase`).
 */

/** What the module's callbacks are given for an error. */
export interface NativeError {
  readonly message: string;
  readonly key?: string;
}

/** Rows on a disk that outlives the process. */
export interface RowDisk {
  readonly rows: Map<string, string>;
  /** Bytes that the database may have; 6 MiB unless the app's build says otherwise. */
  readonly maxBytes: number;
  /** Every statement fails, as in a database that is damaged or locked. */
  broken: boolean;
}

/** The disk of a fresh installation. */
export function createRowDisk(maxBytes = 6 * 1_048_576): RowDisk {
  return { rows: new Map(), maxBytes, broken: false };
}

const PAGE_BYTES = 4_096;
const CURSOR_WINDOW_BYTES = 2_097_152;

/** Pages of the table and of its index over the keys, roughly: rows share pages, long values have pages of their own. */
function databaseBytes(rows: ReadonlyMap<string, string>): number {
  let shared = 0;
  let own = 2;
  for (const [key, value] of rows) {
    const payload = key.length + value.length + 12;
    if (payload <= PAGE_BYTES - 35) shared += payload;
    else own += Math.ceil(payload / (PAGE_BYTES - 4));
    shared += key.length + 8;
  }
  return (own + Math.ceil(shared / PAGE_BYTES)) * PAGE_BYTES;
}

const BROKEN = 'database disk image is malformed (code 11 SQLITE_CORRUPT)';
const FULL = 'database or disk is full (code 13 SQLITE_FULL)';

/** INSERT OR REPLACE of all pairs in one transaction; throws what SQLite says. */
export function insertRows(disk: RowDisk, pairs: readonly (readonly [string, string])[]): void {
  assertWhole(disk);
  const after = new Map(disk.rows);
  for (const [key, value] of pairs) {
    after.delete(key);
    after.set(key, value);
  }
  if (databaseBytes(after) > disk.maxBytes) throw new Error(FULL);
  for (const [key, value] of pairs) {
    disk.rows.delete(key);
    disk.rows.set(key, value);
  }
}

/** SELECT by keys: rows that are there, in the table's order. */
export function selectRows(disk: RowDisk, keys: readonly string[]): [string, string][] {
  assertWhole(disk);
  const found = [...disk.rows].filter(([key]) => keys.includes(key));
  for (const [key, value] of found) {
    if (key.length + value.length > CURSOR_WINDOW_BYTES) {
      throw new Error('Row too big to fit into CursorWindow requiredPos=0, totalPos=1');
    }
  }
  return found;
}

export function deleteRows(disk: RowDisk, keys: readonly string[]): void {
  assertWhole(disk);
  for (const key of keys) disk.rows.delete(key);
}

export function allRowKeys(disk: RowDisk): string[] {
  assertWhole(disk);
  return [...disk.rows.keys()];
}

function assertWhole(disk: RowDisk): void {
  if (disk.broken) throw new Error(BROKEN);
}

type Done = (error?: NativeError | null) => void;

/** The native module, as JavaScript sees it. */
export interface LegacyNativeModule {
  multiGet(
    keys: readonly string[],
    callback: (errors?: NativeError | NativeError[] | null, result?: (string | null)[][] | null) => void,
  ): void;
  multiSet(pairs: readonly (readonly string[])[], callback: (errors?: NativeError | NativeError[] | null) => void): void;
  multiRemove(keys: readonly string[], callback: (errors?: NativeError | NativeError[] | null) => void): void;
  clear(callback: Done): void;
  getAllKeys(callback: (error?: NativeError | null, keys?: string[] | null) => void): void;
}

/** One process's module over a disk. */
export function createAndroidAsyncStorage(disk: RowDisk): LegacyNativeModule {
  let queue: Promise<unknown> = Promise.resolve();
  const later = (run: () => void): void => {
    queue = queue.then(() => new Promise<void>((resolve) => setImmediate(resolve))).then(run);
  };
  const statement = (run: () => void, callback: Done): void =>
    later(() => {
      try {
        run();
      } catch (error) {
        callback({ message: (error as Error).message });
        return;
      }
      callback();
    });
  return {
    multiGet: (keys, callback) =>
      later(() => {
        try {
          const found: (string | null)[][] = selectRows(disk, keys);
          const missing = keys.filter((key) => !found.some(([name]) => name === key));
          callback(null, [...found, ...missing.map((key) => [key, null])]);
        } catch (error) {
          callback({ message: (error as Error).message }, null);
        }
      }),
    multiSet: (pairs, callback) =>
      statement(() => {
        if (pairs.some(([, value]) => value === null || value === undefined)) throw new Error('Invalid Value');
        insertRows(disk, pairs as readonly [string, string][]);
      }, callback),
    multiRemove: (keys, callback) => statement(() => deleteRows(disk, keys), callback),
    clear: (callback) => statement(() => deleteRows(disk, allRowKeys(disk)), callback),
    getAllKeys: (callback) =>
      later(() => {
        try {
          callback(null, allRowKeys(disk));
        } catch (error) {
          callback({ message: (error as Error).message }, null);
        }
      }),
  };
}
