/** Converts errors of both Firebase libraries to `ReelwayError`. */
import { type ErrorContext, isReelwayError, type PortErrorCode, ReelwayError } from '../../src/errors/index.js';

/**
 * By the library's code, without `storage/`. The JavaScript SDK and React Native's library share most of them, but not the spelling of
 * canceled, nor that of a wrong checksum.
 */
const CODE_BY_WORD: { readonly [word: string]: PortErrorCode } = {
  'object-not-found': 'BLOB_NOT_FOUND',
  'no-download-url': 'BLOB_NOT_FOUND',
  unauthenticated: 'AUTH_REQUIRED',
  unauthorized: 'FORBIDDEN',
  'unauthorized-app': 'FORBIDDEN',
  'quota-exceeded': 'QUOTA_EXCEEDED',
  // No answer, or 408, 429 and 5xx until the retry time ended: the SDK does not say which.
  'retry-limit-exceeded': 'UNAVAILABLE',
  // Not an abort of ours: that is handled before this table is used.
  canceled: 'UNAVAILABLE',
  cancelled: 'UNAVAILABLE',
  'invalid-checksum': 'BLOB_CORRUPT',
  'non-matching-checksum': 'BLOB_CORRUPT',
  'server-file-wrong-size': 'BLOB_CORRUPT',
  'bucket-not-found': 'REQUEST_REFUSED',
  'project-not-found': 'REQUEST_REFUSED',
  'no-default-bucket': 'REQUEST_REFUSED',
  'invalid-default-bucket': 'REQUEST_REFUSED',
  'invalid-url': 'REQUEST_REFUSED',
  'invalid-argument': 'REQUEST_REFUSED',
  'invalid-root-operation': 'REQUEST_REFUSED',
  'app-deleted': 'REQUEST_REFUSED',
  'cannot-slice-blob': 'NOT_SUPPORTED',
  'unsupported-environment': 'NOT_SUPPORTED',
  unsupported: 'NOT_SUPPORTED',
  'file-not-found': 'FILE_NOT_FOUND',
  'invalid-device-file-path': 'FILE_UNREADABLE',
  'error-creating-directory': 'FILE_UNREADABLE',
  'asset-library-removed': 'FILE_UNREADABLE',
  'ios-asset-failure': 'FILE_UNREADABLE',
};

/** For the code `unknown` with a status: the SDK has codes only for 401, 402, 403 and (not for uploads) 404. */
const CODE_BY_STATUS: { readonly [status: number]: PortErrorCode } = {
  302: 'UNAVAILABLE',
  303: 'UNAVAILABLE',
  307: 'UNAVAILABLE',
  400: 'REQUEST_REFUSED',
  401: 'AUTH_REQUIRED',
  402: 'QUOTA_EXCEEDED',
  403: 'FORBIDDEN',
  // Of an upload, so the bucket does not exist.
  404: 'REQUEST_REFUSED',
  407: 'UNAVAILABLE',
  408: 'TIMEOUT',
  409: 'UNAVAILABLE',
  410: 'UNAVAILABLE',
  412: 'BLOB_EXISTS',
  413: 'REQUEST_REFUSED',
  416: 'RANGE_NOT_SATISFIABLE',
  421: 'UNAVAILABLE',
  423: 'UNAVAILABLE',
  425: 'UNAVAILABLE',
  429: 'THROTTLED',
  507: 'QUOTA_EXCEEDED',
};

const ADVICE: { readonly [word: string]: string } = {
  'bucket-not-found': 'The bucket does not exist: create it, or correct storageBucket in the configuration of the Firebase app',
  'project-not-found': 'Firebase Storage is not enabled in the project',
  'no-default-bucket': 'The configuration of the Firebase app lacks storageBucket',
  unauthorized: 'The security rules of Firebase Storage deny the request',
  'unauthorized-app': 'App Check refused the app',
  'cannot-slice-blob': "This host's Blob cannot be sliced; on React Native use rnFirebaseBlobStore",
  unsupported: 'The native module of @react-native-firebase/storage is not installed in this app',
};

/** Matches hash mismatch errors of the emulator and of Google Cloud Storage's JSON API. */
const WRONG_HASH = /\bmd5\b|\bcrc32c\b|\bchecksum\b/i;
const DISK_FULL = /ENOSPC|no space left/i;
const WORD = /^[a-z][a-z0-9-]{0,60}$/;

interface FirebaseErrorLike {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly status?: unknown;
  readonly serverResponse?: unknown;
}

/**
 * Converts an error of the library. Only its code and the status are copied, and no cause: messages contain the server's
 * answer and whole paths.
 */
export function firebaseError(error: unknown, context: ErrorContext): ReelwayError {
  if (isReelwayError(error)) return error;
  const library: FirebaseErrorLike = typeof error === 'object' && error !== null ? error : {};
  const word = wordOf(library.code);
  const status = typeof library.status === 'number' && library.status > 0 ? library.status : undefined;
  const details = [word, status === undefined ? undefined : String(status)].filter((part) => part !== undefined);
  return new ReelwayError(codeOf(word, status, library), {
    message:
      (word === undefined ? undefined : own(ADVICE, word)) ?? `The request to Firebase Storage failed: ${details.join(' ') || 'no reply'}`,
    context: { ...context, ...(status === undefined ? {} : { status }), ...(word === undefined ? {} : { reason: word }) },
  });
}

function wordOf(code: unknown): string | undefined {
  if (typeof code !== 'string') return undefined;
  const word = code.replace(/^storage\//, '');
  return WORD.test(word) ? word : undefined;
}

function codeOf(word: string | undefined, status: number | undefined, details: FirebaseErrorLike): PortErrorCode {
  const byWord = word === undefined ? undefined : own(CODE_BY_WORD, word);
  if (byWord !== undefined) return byWord;
  const text = `${textOf(details.serverResponse)} ${textOf(details.message)}`;
  if (DISK_FULL.test(text)) return 'STORAGE_FULL';
  if (status === 400 && WRONG_HASH.test(text)) return 'BLOB_CORRUPT';
  // Without a status there was no readable reply.
  if (status === undefined) return 'NETWORK';
  // A success that the library could not read: a captive portal or a proxy has answered.
  return CODE_BY_STATUS[status] ?? (status >= 500 || status < 300 ? 'UNAVAILABLE' : 'REQUEST_REFUSED');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 4096) : '';
}

function own<Value>(table: { readonly [name: string]: Value }, name: string): Value | undefined {
  return Object.keys(table).includes(name) ? table[name] : undefined;
}
