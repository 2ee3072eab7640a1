/** Converts the end of a native upload to a reply or an error; iOS and Android report it differently. */
import { bytesReader } from '../../src/adapter-kit/index.js';
import { type PortErrorCode, ReelwayError } from '../../src/errors/index.js';
import type { HttpStreamReply } from '../../src/ports/index.js';
import type { NativeUploadDone, NativeUploadFailure } from './uploader.js';

/** The head of a reply and the beginning of its body; or what is thrown. */
export type Outcome = { readonly status: number; readonly text: string } | { readonly failed: PortErrorCode; readonly errorCode: number };

const MOST_TEXT_CHARACTERS = 16_384;

/** From the library's `done`. */
export function outcomeOfDone({ responseCode, responseBody }: NativeUploadDone): Outcome {
  if (!isStatus(responseCode)) return { failed: 'NETWORK', errorCode: responseCode };
  return { status: responseCode, text: responseBody.slice(0, MOST_TEXT_CHARACTERS) };
}

/** From the library's `error`: on Android every status outside 2xx comes this way, its body behind a dash. */
export function outcomeOfFailure({ error, errorCode }: NativeUploadFailure): Outcome {
  const text = typeof error === 'string' ? error : '';
  const answer = /^HTTP error: \d{3} - /.exec(text);
  if (answer !== null && isStatus(errorCode)) {
    return { status: errorCode, text: text.slice(answer[0].length, answer[0].length + MOST_TEXT_CHARACTERS) };
  }
  return { failed: codeOf(text, errorCode), errorCode };
}

/** NSURLError: -1001 timed out, -1100 no such file, -1102 not readable. Android and the library report text only. */
function codeOf(text: string, errorCode: number): PortErrorCode {
  if (errorCode === -3 && /not supported/i.test(text)) return 'NOT_SUPPORTED';
  if (errorCode === -1100 || /^Source file not found/.test(text)) return 'FILE_NOT_FOUND';
  if (errorCode === -1102) return 'FILE_UNREADABLE';
  return errorCode === -1001 || /timed out|timeout/i.test(text) ? 'TIMEOUT' : 'NETWORK';
}

/** @throws {ReelwayError} what the outcome says, in nothing but its number: the library's words may hold the address, and with it a signature */
export function replyOf(outcome: Outcome, key: string): HttpStreamReply {
  if ('failed' in outcome) {
    const message = `The native uploader failed (${outcome.errorCode}).`;
    throw new ReelwayError(outcome.failed, { message, context: { key } });
  }
  const { status, text } = outcome;
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  // The library reports neither headers nor the target of a redirect.
  return { status, url: '', header: () => undefined, body: bytesReader(bytes) };
}

function isStatus(code: number): boolean {
  return Number.isInteger(code) && code >= 200 && code <= 599;
}
