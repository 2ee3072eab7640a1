/** From the operating system's error numbers to Reelway's codes, one table a port, so that an engine never sees an errno. */
import { type ErrorContext, isReelwayError, ReelwayError, type ReelwayErrorCode } from '../../../src/errors/index.js';

/** Error numbers that pass by themselves: too many open files, no memory for the moment, busy. */
const PASSING = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'EBUSY', 'EINTR']);
const NO_ROOM = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const NOT_ALLOWED = new Set(['EACCES', 'EPERM', 'EROFS']);

/** The operating system's name of an error, `ENOENT` say; `undefined` for what is no such error. */
export function errnoOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

/** Whether an error says that nothing is there. */
export function isMissing(error: unknown): boolean {
  const errno = errnoOf(error);
  return errno === 'ENOENT' || errno === 'ENOTDIR';
}

/** What a failed call of the file system port rejects with. `missing` is the code for "nothing is there". */
export function fileError(error: unknown, path: string, missing: ReelwayErrorCode = 'FILE_UNREADABLE'): ReelwayError {
  const errno = errnoOf(error);
  if (isMissing(error)) return translated(missing, error, { path });
  if (errno !== undefined && NO_ROOM.has(errno)) return translated('STORAGE_FULL', error, { path });
  return translated(errno === 'ELOOP' ? 'UNSAFE_PATH' : 'FILE_UNREADABLE', error, { path });
}

/** What a failed call of the key-value port rejects with. */
export function storageError(error: unknown, context: ErrorContext): ReelwayError {
  const errno = errnoOf(error);
  if (errno !== undefined && NO_ROOM.has(errno)) return translated('STORAGE_FULL', error, context);
  return translated(errno === 'ELOOP' ? 'UNSAFE_PATH' : 'STORAGE_UNAVAILABLE', error, context);
}

/** What a failed call of the directory blob store rejects with. */
export function bucketError(error: unknown, context: ErrorContext): ReelwayError {
  return translated(bucketCode(errnoOf(error)), error, context);
}

/** A refusal to follow a symbolic link. */
export function unsafePath(path: string, what: string): ReelwayError {
  return new ReelwayError('UNSAFE_PATH', { message: `${what} is a symbolic link: ${path}`, context: { path } });
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
  const told = errno === undefined ? context : { ...context, errno };
  const passing = errno !== undefined && PASSING.has(errno);
  return new ReelwayError(code, { message, context: told, cause: error, ...(passing ? { retryable: true } : {}) });
}
