/** Converts errors to {@link ReelwayError}, so that callers and the retry policy can rely on codes, and adds where they happened. */
import { type ErrorContext, isReelwayError, ReelwayError, type ReelwayErrorCode } from '../errors/index.js';

/** The same failure as a {@link ReelwayError} that names the place; foreign errors become INTERNAL with their cause. */
export function asReelwayError(error: unknown, context: ErrorContext = {}): ReelwayError {
  return withContext(wrapError(error, 'INTERNAL', error instanceof Error ? error.message : String(error)), context);
}

/** The failure of a segment's blob as an error of the video. */
export function asSegmentError(error: unknown, context: ErrorContext): ReelwayError {
  const known = asReelwayError(error, context);
  if (known.code === 'BLOB_NOT_FOUND') return recode(known, 'SEGMENT_MISSING', context);
  // The range lies behind the end: the blob is shorter than the manifest says.
  if (known.code === 'RANGE_NOT_SATISFIABLE') return recode(known, 'SEGMENT_CORRUPT', { ...context, problem: 'size' });
  if (known.code === 'BLOB_CORRUPT') return recode(known, 'SEGMENT_CORRUPT', context);
  return known;
}

/** The failure of a manifest's blob as an error of the video. */
export function asManifestError(error: unknown, context: ErrorContext): ReelwayError {
  const known = asReelwayError(error, context);
  return known.code === 'BLOB_NOT_FOUND' ? recode(known, 'MANIFEST_NOT_FOUND', context) : known;
}

/** A segment that differs from its manifest; `problem` says in what. */
export function corruptSegment(what: string, problem: 'size' | 'hash', context: ErrorContext): ReelwayError {
  return new ReelwayError('SEGMENT_CORRUPT', { message: `The segment ${what}`, context: { ...context, problem } });
}

/** A disk that returns other bytes than were written. */
export function diskCorruptionError(videoId: string, segmentIndex: number): ReelwayError {
  return new ReelwayError('STORAGE_UNAVAILABLE', {
    message: 'The disk repeatedly returned other bytes than were written',
    context: { videoId, segmentIndex },
  });
}

/** The same failure under another code, with facts about where it happened. Facts that the error has already are kept. */
export function recode(error: ReelwayError, code: ReelwayErrorCode, facts: ErrorContext = {}): ReelwayError {
  const isSame = code === error.code;
  if (isSame && Object.keys(facts).every((name) => error.context[name] !== undefined)) return error;
  return new ReelwayError(code, {
    message: error.message,
    context: { ...facts, ...error.context },
    cause: isSame ? error.cause : error,
    ...(isSame ? { retryable: error.retryable, userMessage: error.userMessage } : {}),
  });
}

/** The error itself if it is one of ours; else one of this code with the other as its cause. */
export function wrapError(error: unknown, code: ReelwayErrorCode, message: string): ReelwayError {
  return isReelwayError(error) ? error : new ReelwayError(code, { message, cause: error });
}

/** The same error with facts about where it happened; facts that it has already are kept. */
export function withContext(error: ReelwayError, facts: ErrorContext): ReelwayError {
  return recode(error, error.code, facts);
}
