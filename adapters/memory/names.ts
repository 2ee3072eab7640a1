/** Checks of keys. The memory adapters refuse illegal ones, so that tests of an engine show its mistakes. */

const RECORD_KEY = /^[a-z0-9._/-]{1,200}$/;
const BLOB_KEY = /^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*$/;
const BLOB_PREFIX = /^[A-Za-z0-9._/-]*$/;

/** Throws a TypeError unless `key` may name a record. */
export function requireRecordKey(key: string): void {
  if (!RECORD_KEY.test(key)) throw new TypeError(`Illegal record key: ${JSON.stringify(key)}`);
}

/** Throws a TypeError unless `key` may name a blob. */
export function requireBlobKey(key: string): void {
  const legal = BLOB_KEY.test(key) && key.length <= 512 && !key.split('/').some((name) => name === '.' || name === '..');
  if (!legal) throw new TypeError(`Illegal blob key: ${JSON.stringify(key)}`);
}

/** Throws a TypeError unless `prefix` may begin a blob's key. */
export function requireBlobPrefix(prefix: string): void {
  if (!BLOB_PREFIX.test(prefix)) throw new TypeError(`Illegal prefix: ${JSON.stringify(prefix)}`);
}
