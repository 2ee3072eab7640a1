/** Converts errors to {@link ReelwayError}, so that callers and the retry policy can rely on codes, and adds where they happened. */
import { type ErrorContext, isReelwayError, ReelwayError, type ReelwayErrorCode } from '../errors/index.js';

/** The same failure as a {@link ReelwayError} that names the place; foreign errors become INTERNAL with their cause. */
export function asReelwayError(error: unknown, context: ErrorContext = {}): ReelwayError {
  return withContext(wrapError(error, 'INTERNAL', error instanceof Error ? error.message : String(error)), context);
}

/** What a failure of a segment's blob means for the video. */
export function asSegmentError(error: unknown, context: ErrorContext): ReelwayError {
  const known = asReelwayError(error, context);
  if (known.code === 'BLOB_NOT_FOUND') return recode(known, 'SEGMENT_MISSING', context);
  // A range behind the end: the blob is shorter than the manifest says.
  if (known.code === 'RANGE_NOT_SATISFIABLE') return recode(known, 'SEGMENT_CORRUPT', { ...context, problem: 'size' });
  if (known.code === 'BLOB_CORRUPT') return recode(known, 'SEGMENT_CORRUPT', context);
  return known;
}

/** What a failure of a manifest's blob means for the video. */
export function asManifestError(error: unknown, context: ErrorContext): ReelwayError {
  const known = asReelwayError(error, context);
  return known.code === 'BLOB_NOT_FOUND' ? recode(known, 'MANIFEST_NOT_FOUND', context) : known;
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

/**
 * The same failure under another code, such as a file that turns out to be the source, with facts about where it happened. Facts that
 * it has already are kept.
 */
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
