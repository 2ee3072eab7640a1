/** Keys of blobs and records, checked in one place so that all adapters refuse the same ones. */

const BLOB_NAME = /^[A-Za-z0-9._-]+$/;
const BLOB_PREFIX = /^[A-Za-z0-9._/-]*$/;
const RECORD_KEY = /^[a-z0-9._/-]{1,200}$/;
const ASCII = /^[\0-\x7f]*$/;

const MAX_BLOB_KEY_BYTES = 512;
/** The most characters of a record's value. */
export const MAX_RECORD_CHARACTERS = 65_536;

/** Whether a blob may have this key. */
export function isBlobKey(key: string): boolean {
  if (key.length > MAX_BLOB_KEY_BYTES) return false;
  return key.split('/').every((name) => BLOB_NAME.test(name) && name !== '.' && name !== '..');
}

/** @throws {TypeError} for a key that no blob may have */
export function assertBlobKey(key: string): void {
  if (!isBlobKey(key)) {
    throw new TypeError(
      `A blob's key must be names of [A-Za-z0-9._-] joined by "/", at most ${MAX_BLOB_KEY_BYTES} bytes, got ${shown(key)}`,
    );
  }
}

/** @throws {TypeError} for a prefix that no blob's key may begin with */
export function assertBlobPrefix(prefix: string): void {
  if (!BLOB_PREFIX.test(prefix)) throw new TypeError(`A prefix must have only [A-Za-z0-9._/-], got ${shown(prefix)}`);
}

/** @throws {TypeError} for a key that no record may have */
export function assertRecordKey(key: string): void {
  if (!RECORD_KEY.test(key)) throw new TypeError(`A record's key must be 1 to 200 characters of [a-z0-9._/-], got ${shown(key)}`);
}

/** @throws {TypeError} for a value that no record may have */
export function assertRecordValue(key: string, value: string): void {
  if (value.length > MAX_RECORD_CHARACTERS) {
    throw new TypeError(`The value of ${shown(key)} must have at most ${MAX_RECORD_CHARACTERS} characters, got ${value.length}`);
  }
  if (!ASCII.test(value)) throw new TypeError(`The value of ${shown(key)} must be ASCII, got other characters`);
}

function shown(key: string): string {
  return JSON.stringify(key.slice(0, 80));
}
