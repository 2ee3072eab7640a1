/**
 * What native file modules reject with, to Reelway's codes. They pass on the operating system's error as a code, as a sentence in
 * the user's language, or as neither, so a full disk is also recognized by the free space that is left.
 */
import { isReelwayError, ReelwayError, type ReelwayErrorCode } from '../errors/index.js';

/** Facts about the failed call. */
export interface FailureFacts {
  /** The path as the caller gave it. */
  readonly path: string;
  /** The code where nothing else is known. @default 'FILE_UNREADABLE' */
  readonly code?: ReelwayErrorCode;
  /** Bytes that the call was to write, > 0; 0 for a call that only reads. @default 0 */
  readonly writesBytes?: number;
  /** Bytes that are free. @default unknown */
  readonly freeBytes?: number | undefined;
}

/** ENOSPC and EDQUOT by name; iOS: NSFileWriteOutOfSpaceError (640), and errno 28 and 69 of the POSIX domain. */
const NO_ROOM = /\bENOSPC\b|\bEDQUOT\b|no space left|NSCocoaErrorDomain(:| Code=)?640\b|NSPOSIXErrorDomain(:| Code=)?(28|69)\b/i;
/** What a file system keeps for itself, so that "0 bytes free" is never seen. */
const SLACK_BYTES = 65_536;

/** The error for the caller. A {@link ReelwayError} stays as it is. */
export function nativeFailure(error: unknown, facts: FailureFacts): ReelwayError {
  if (isReelwayError(error)) return error;
  const { path, code = 'FILE_UNREADABLE', writesBytes = 0, freeBytes } = facts;
  const { code: nativeCode, message } = describe(error);
  const noRoom =
    NO_ROOM.test(`${nativeCode ?? ''} ${message}`) || (writesBytes > 0 && freeBytes !== undefined && freeBytes < writesBytes + SLACK_BYTES);
  return new ReelwayError(noRoom ? 'STORAGE_FULL' : code, {
    message: `${message}: ${path}`,
    context: nativeCode === undefined ? { path } : { path, nativeCode },
    cause: error,
  });
}

function describe(error: unknown): { readonly code: string | undefined; readonly message: string } {
  if (typeof error !== 'object' || error === null) return { code: undefined, message: String(error) };
  const { code, message } = error as { code?: unknown; message?: unknown };
  return {
    code: typeof code === 'string' ? code : undefined,
    message: typeof message === 'string' ? message : 'The native module rejected without a message',
  };
}
