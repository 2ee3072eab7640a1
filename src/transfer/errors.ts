/**
 * Turns whatever went wrong into the one error class, with what the fetcher knows of the place.
 *
 * Errors that are none of ours become ours at the door: apps and the retry policy see codes, never a library's words.
 */
import { type ErrorContext, isReelwayError, ReelwayError, type ReelwayErrorCode } from '../errors/index.js';

/** The same failure as a {@link ReelwayError} that names the place; foreign errors become INTERNAL with their cause. */
export function asReelwayError(error: unknown, context: ErrorContext = {}): ReelwayError {
  if (!isReelwayError(error)) {
    const message = error instanceof Error ? error.message : String(error);
    return new ReelwayError('INTERNAL', { message, context, cause: error });
  }
  return recoded(error, error.code, context);
}

/** What a failure of a segment's blob means for the video. */
export function asSegmentError(error: unknown, context: ErrorContext): ReelwayError {
  const known = asReelwayError(error, context);
  if (known.code === 'BLOB_NOT_FOUND') return recoded(known, 'SEGMENT_MISSING', context);
  // A range behind the end: the blob is shorter than the manifest says.
  if (known.code === 'RANGE_NOT_SATISFIABLE') return recoded(known, 'SEGMENT_CORRUPT', { ...context, problem: 'size' });
  if (known.code === 'BLOB_CORRUPT') return recoded(known, 'SEGMENT_CORRUPT', context);
  return known;
}

/** What a failure of a manifest's blob means for the video. */
export function asManifestError(error: unknown, context: ErrorContext): ReelwayError {
  const known = asReelwayError(error, context);
  return known.code === 'BLOB_NOT_FOUND' ? recoded(known, 'MANIFEST_NOT_FOUND', context) : known;
}

/** A segment that is not what the manifest says; `problem`: in what respect. */
export function corruptSegment(what: string, problem: 'size' | 'hash', context: ErrorContext): ReelwayError {
  return new ReelwayError('SEGMENT_CORRUPT', { message: `The segment ${what}`, context: { ...context, problem } });
}

/** A disk that does not give back what was put on it. */
export function diskCorruptionError(videoId: string, segmentIndex: number): ReelwayError {
  return new ReelwayError('STORAGE_UNAVAILABLE', {
    message: 'The disk keeps damaging what is put on it',
    context: { videoId, segmentIndex },
  });
}

function recoded(error: ReelwayError, code: ReelwayErrorCode, context: ErrorContext): ReelwayError {
  const isSame = code === error.code;
  if (isSame && Object.keys(context).every((name) => error.context[name] !== undefined)) return error;
  return new ReelwayError(code, {
    message: error.message,
    context: { ...context, ...error.context },
    cause: isSame ? error.cause : error,
    ...(isSame ? { retryable: error.retryable, userMessage: error.userMessage } : {}),
  });
}

/** The error itself if it is one of ours; else one of this code with the other as its cause. */
export function wrapError(error: unknown, code: ReelwayErrorCode, message: string): ReelwayError {
  return isReelwayError(error) ? error : new ReelwayError(code, { message, cause: error });
}

/** The same error with facts about where it happened; facts that it has already are kept. */
export function withContext(error: ReelwayError, facts: ReelwayError['context']): ReelwayError {
  const { code, message, retryable, userMessage, context, cause } = error;
  return new ReelwayError(code, { message, retryable, userMessage, context: { ...facts, ...context }, cause });
}

/** The same happening under another code, as where a file turns out to be the source. */
export function recode(error: ReelwayError, code: ReelwayErrorCode): ReelwayError {
  return new ReelwayError(code, { message: error.message, context: error.context, cause: error });
}
