/**
 * The one error class.
 *
 * Errors are distinguished by `code`, never by class: an app may hold an ESM and a CJS copy of the package, and
 * `instanceof` fails across them, so the brand is a registered symbol.
 */
import { ERROR_TABLE, type MessageCatalogue, type ReelwayErrorCode } from './codes.js';

const BRAND = Symbol.for('reelway.error');

/** Facts that help to find the cause. Never holds a secret: no headers, no query strings, no credentials. */
export interface ErrorContext {
  /** The blob's or record's key. */
  readonly key?: string;
  /** The path as the caller gave it. */
  readonly path?: string;
  readonly videoId?: string;
  readonly uploadId?: string;
  /** From 0. */
  readonly segmentIndex?: number;
  /** From 1. */
  readonly attempt?: number;
  /** The HTTP status, where there was one. */
  readonly status?: number;
  /** How long the store asks to wait, in milliseconds, ≥ 0. */
  readonly retryAfterMs?: number;
  /** The field at fault, as a dotted path. */
  readonly field?: string;
  readonly [name: string]: string | number | boolean | undefined;
}

/** What a {@link ReelwayError} is made from, beside its code. */
export interface ReelwayErrorOptions {
  /** For developers: what happened. @default the code's own sentence */
  readonly message?: string;
  readonly context?: ErrorContext;
  /** The error below this one. */
  readonly cause?: unknown;
  /** Overrides the code's own answer. */
  readonly retryable?: boolean;
  /** Overrides the catalogue's sentence. */
  readonly userMessage?: string;
}

/** The only error that Reelway rejects with; caller mistakes are `TypeError`, and aborts carry the signal's own reason. */
export class ReelwayError extends Error {
  /** What happened, from a closed table; compare this, never the message. */
  readonly code: ReelwayErrorCode;
  /** Whether the same operation may succeed later without anyone changing anything. */
  readonly retryable: boolean;
  /** Facts that help to find the cause; no secrets. */
  readonly context: ErrorContext;
  /** One or two sentences that a person can act on. */
  readonly userMessage: string;
  /** The error below this one, where there is one; declared here, since ES2020's `Error` has none. */
  declare readonly cause?: unknown;

  constructor(code: ReelwayErrorCode, options: ReelwayErrorOptions = {}) {
    const entry = ERROR_TABLE[code];
    super(options.message ?? entry.userMessage);
    this.name = 'ReelwayError';
    this.code = code;
    this.retryable = options.retryable ?? entry.retryable;
    this.context = options.context ?? {};
    this.userMessage = options.userMessage ?? entry.userMessage;
    // By hand, since `new Error(message, { cause })` is ignored by older JavaScript engines.
    if (options.cause !== undefined) {
      Object.defineProperty(this, 'cause', { value: options.cause, configurable: true, writable: true });
    }
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/** Whether a value is a {@link ReelwayError} of any copy of the package. */
export function isReelwayError(value: unknown): value is ReelwayError {
  return typeof value === 'object' && value !== null && (value as { [BRAND]?: unknown })[BRAND] === true;
}

/** The same error with the sentence that the app's own catalogue has for its code; the error itself where it has none. */
export function withMessages(error: ReelwayError, catalogue: MessageCatalogue | undefined): ReelwayError {
  const sentence = catalogue?.[error.code];
  if (sentence === undefined || sentence === error.userMessage) return error;
  const { code, message, retryable, context, cause } = error;
  const translated = new ReelwayError(code, { message, retryable, context, userMessage: fill(sentence, context), cause });
  // The stack of the failure, not of its translation.
  if (error.stack !== undefined) translated.stack = error.stack;
  return translated;
}

function fill(sentence: string, context: ErrorContext): string {
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = Object.keys(context).includes(name) ? context[name] : undefined;
    return value === undefined ? whole : String(value);
  });
}
