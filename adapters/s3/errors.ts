/** Converts errors of S3 servers and of the SDK to `ReelwayError`. */
import { readRetryAfter } from '../../src/adapter-kit/index.js';
import { type ErrorContext, isReelwayError, type PortErrorCode, ReelwayError } from '../../src/errors/index.js';

/** The name decides first, since one status has many meanings; then the status; then the socket's error code. */
const CODE_BY_NAME: { readonly [name: string]: PortErrorCode } = {
  AbortError: 'ABORTED',
  SlowDown: 'THROTTLED',
  Throttling: 'THROTTLED',
  ThrottlingException: 'THROTTLED',
  ThrottledException: 'THROTTLED',
  RequestLimitExceeded: 'THROTTLED',
  TooManyRequests: 'THROTTLED',
  BandwidthLimitExceeded: 'THROTTLED',
  OperationAborted: 'UNAVAILABLE',
  ConditionalRequestConflict: 'UNAVAILABLE',
  InternalError: 'UNAVAILABLE',
  ServiceUnavailable: 'UNAVAILABLE',
  // The SDK reads the server's time from this reply, and uses it to sign the next request.
  RequestTimeTooSkewed: 'UNAVAILABLE',
  RequestTimeout: 'TIMEOUT',
  TimeoutError: 'TIMEOUT',
  ExpiredToken: 'AUTH_REQUIRED',
  ExpiredTokenException: 'AUTH_REQUIRED',
  TokenRefreshRequired: 'AUTH_REQUIRED',
  InvalidToken: 'AUTH_REQUIRED',
  RequestExpired: 'AUTH_REQUIRED',
  CredentialsProviderError: 'AUTH_REQUIRED',
  InvalidAccessKeyId: 'FORBIDDEN',
  SignatureDoesNotMatch: 'FORBIDDEN',
  AccessDenied: 'FORBIDDEN',
  AllAccessDisabled: 'FORBIDDEN',
  AccountProblem: 'FORBIDDEN',
  NoSuchBucket: 'REQUEST_REFUSED',
  PermanentRedirect: 'REQUEST_REFUSED',
  EntityTooSmall: 'REQUEST_REFUSED',
  InvalidPartOrder: 'REQUEST_REFUSED',
  NoSuchKey: 'BLOB_NOT_FOUND',
  NoSuchUpload: 'BLOB_NOT_FOUND',
  NotFound: 'BLOB_NOT_FOUND',
  InvalidRange: 'RANGE_NOT_SATISFIABLE',
  PreconditionFailed: 'BLOB_EXISTS',
  BadDigest: 'BLOB_CORRUPT',
  InvalidDigest: 'BLOB_CORRUPT',
  XAmzContentSHA256Mismatch: 'BLOB_CORRUPT',
  XAmzContentChecksumMismatch: 'BLOB_CORRUPT',
  InvalidPart: 'BLOB_CORRUPT',
  IncompleteBody: 'NETWORK',
  QuotaExceeded: 'QUOTA_EXCEEDED',
  InsufficientCapacity: 'QUOTA_EXCEEDED',
  NotImplemented: 'NOT_SUPPORTED',
};

const CODE_BY_STATUS: { readonly [status: number]: PortErrorCode } = {
  302: 'UNAVAILABLE',
  303: 'UNAVAILABLE',
  307: 'UNAVAILABLE',
  401: 'AUTH_REQUIRED',
  403: 'FORBIDDEN',
  404: 'BLOB_NOT_FOUND',
  407: 'UNAVAILABLE',
  408: 'TIMEOUT',
  412: 'BLOB_EXISTS',
  416: 'RANGE_NOT_SATISFIABLE',
  421: 'UNAVAILABLE',
  423: 'UNAVAILABLE',
  425: 'UNAVAILABLE',
  429: 'THROTTLED',
  500: 'UNAVAILABLE',
  501: 'NOT_SUPPORTED',
  502: 'UNAVAILABLE',
  503: 'THROTTLED',
  504: 'UNAVAILABLE',
  507: 'QUOTA_EXCEEDED',
};

const ADVICE: { readonly [name: string]: string } = {
  NoSuchBucket: 'The bucket does not exist: create it, or correct the option bucket of s3BlobStore',
  PermanentRedirect: "The bucket is in another region: set the client's region",
  AuthorizationHeaderMalformed: "The bucket is in another region: set the client's region",
  RequestTimeTooSkewed: "The device's clock differs from the server's by more than the server accepts",
  EntityTooSmall: 'A part other than the last is smaller than the minimum of the server (5 MiB)',
};

interface SdkError {
  readonly name?: unknown;
  readonly Code?: unknown;
  readonly code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: unknown; readonly requestId?: unknown; readonly clockSkewCorrected?: unknown };
  readonly $response?: { readonly statusCode?: unknown; readonly headers?: { readonly [name: string]: unknown } };
}

const WORD = /^[A-Za-z0-9_.-]{1,64}$/;
const REQUEST_ID = /^[A-Za-z0-9_.:/+=-]{1,128}$/;

/**
 * Converts an error of the SDK. Only names, status and the request's id are copied, and no cause: the SDK's errors contain every
 * field of the server's answer, for bad signatures and tokens also the signed headers and the session token.
 */
export function s3Error(error: unknown, context: ErrorContext): ReelwayError {
  if (isReelwayError(error)) return error;
  const details: SdkError = typeof error === 'object' && error !== null ? error : {};
  const words = [details.name, details.Code, details.code].filter(isWord);
  const status = statusOf(details);
  const retryAfterMs = retryAfterOf(details);
  const requestId = details.$metadata?.requestId;
  // Without a reply the SDK uses one name for every broken socket; the code is more specific.
  const reason = status === undefined && isWord(details.code) ? details.code : words[0];
  const advice = words.map((word) => own(ADVICE, word)).find((sentence) => sentence !== undefined);
  return new ReelwayError(codeOf(words, socketCodeOf(details, status), status, details.$metadata?.clockSkewCorrected === true), {
    message: advice ?? describe(words, status),
    context: {
      ...context,
      ...(status === undefined ? {} : { status }),
      ...(reason === undefined ? {} : { reason }),
      ...(typeof requestId === 'string' && REQUEST_ID.test(requestId) ? { requestId } : {}),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    },
  });
}

function codeOf(words: readonly string[], socketCode: string | undefined, status: number | undefined, corrected: boolean): PortErrorCode {
  // Before the names: the SDK names every broken socket TimeoutError.
  if (socketCode !== undefined) return socketCode === 'ETIMEDOUT' ? 'TIMEOUT' : 'NETWORK';
  // The device's clock was wrong. The SDK has read the server's time from this reply, so the next request is signed correctly.
  if (corrected) return 'UNAVAILABLE';
  const byName = words.map((word) => own(CODE_BY_NAME, word)).find((code) => code !== undefined);
  if (byName !== undefined) return byName;
  // Without a status there was no reply: the connection failed for a reason that only the host knows.
  if (status === undefined) return 'NETWORK';
  // A success that the SDK could not read: a captive portal or a proxy has answered.
  return CODE_BY_STATUS[status] ?? (status >= 500 || status < 300 ? 'UNAVAILABLE' : 'REQUEST_REFUSED');
}

function socketCodeOf({ code }: SdkError, status: number | undefined): string | undefined {
  return status === undefined && typeof code === 'string' && /^E[A-Z_]{3,30}$/.test(code) ? code : undefined;
}

function statusOf(details: SdkError): number | undefined {
  const status = details.$metadata?.httpStatusCode ?? details.$response?.statusCode;
  return typeof status === 'number' && status > 0 ? status : undefined;
}

function isWord(word: unknown): word is string {
  return typeof word === 'string' && WORD.test(word);
}

function own<Value>(table: { readonly [name: string]: Value }, name: string): Value | undefined {
  return Object.keys(table).includes(name) ? table[name] : undefined;
}

function describe(words: readonly string[], status: number | undefined): string {
  const details = [...new Set([...words, ...(status === undefined ? [] : [String(status)])])];
  return `The S3 request failed: ${details.join(' ') || 'no reply'}`;
}

function retryAfterOf({ $response }: SdkError): number | undefined {
  const text = (name: string): string | undefined => {
    const value = $response?.headers?.[name];
    return typeof value === 'string' ? value : undefined;
  };
  return readRetryAfter({ retryAfter: text('retry-after'), date: text('date') }, Date.now());
}
