/** Converts error codes of the operating system to Reelway's, with one table per port. */
import { type ErrorContext, isReelwayError, ReelwayError, type ReelwayErrorCode } from '../../../src/errors/index.js';

/** Transient error codes: too many open files, temporarily no memory, busy. */
const TRANSIENT = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'EBUSY', 'EINTR']);
const NO_ROOM = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const NOT_ALLOWED = new Set(['EACCES', 'EPERM', 'EROFS']);

/** The code of an error of the operating system, such as `ENOENT`; else `undefined`. */
export function errnoOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

export function isMissing(error: unknown): boolean {
  const errno = errnoOf(error);
  return errno === 'ENOENT' || errno === 'ENOTDIR';
}

/** The error of a failed call of the file system port. `missing` is the code for a missing file. */
export function fileError(error: unknown, path: string, missing: ReelwayErrorCode = 'FILE_UNREADABLE'): ReelwayError {
  const errno = errnoOf(error);
  if (isMissing(error)) return translated(missing, error, { path });
  if (errno !== undefined && NO_ROOM.has(errno)) return translated('STORAGE_FULL', error, { path });
  return translated(errno === 'ELOOP' ? 'UNSAFE_PATH' : 'FILE_UNREADABLE', error, { path });
}

/** The error of a failed call of the key-value port. */
export function storageError(error: unknown, context: ErrorContext): ReelwayError {
  const errno = errnoOf(error);
  if (errno !== undefined && NO_ROOM.has(errno)) return translated('STORAGE_FULL', error, context);
  return translated(errno === 'ELOOP' ? 'UNSAFE_PATH' : 'STORAGE_UNAVAILABLE', error, context);
}

/** The error of a failed call of the directory blob store. */
export function bucketError(error: unknown, context: ErrorContext): ReelwayError {
  return translated(bucketCode(errnoOf(error)), error, context);
}

export function unsafePath(path: string, what: string): ReelwayError {
  return new ReelwayError('UNSAFE_PATH', { message: `Symbolic link refused: ${what} at ${path}`, context: { path } });
}

function bucketCode(errno: string | undefined): ReelwayErrorCode {
  if (errno === 'EDQUOT') return 'QUOTA_EXCEEDED';
  if (errno !== undefined && NO_ROOM.has(errno)) return 'STORAGE_FULL';
  if (errno !== undefined && NOT_ALLOWED.has(errno)) return 'FORBIDDEN';
  return errno === 'ELOOP' ? 'UNSAFE_PATH' : 'UNAVAILABLE';
}

function translated(code: ReelwayErrorCode, error: unknown, context: ErrorContext): ReelwayError {
  if (isReelwayError(error)) return error;
  const errno = errnoOf(error);
  const message = error instanceof Error ? error.message : String(error);
  const details = errno === undefined ? context : { ...context, errno };
  const isTransient = errno !== undefined && TRANSIENT.has(errno);
  return new ReelwayError(code, { message, context: details, cause: error, ...(isTransient ? { retryable: true } : {}) });
}
