/** Errors that are none of ours become ours at the door: apps and the retry policy see codes, never a library's words. */
import { isReelwayError, ReelwayError, type ReelwayErrorCode } from '../errors/index.js';

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
