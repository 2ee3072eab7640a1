/** What S3 servers and the SDK reject with, in our words. */
import { type ErrorContext, isReelwayError, type PortErrorCode, ReelwayError } from '../../src/errors/index.js';

/** Names first, since one status has many meanings; then statuses; then what the socket says. */
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
  RequestTimeout: 'TIMEOUT',
  TimeoutError: 'TIMEOUT',
  ExpiredToken: 'AUTH_REQUIRED',
  ExpiredTokenException: 'AUTH_REQUIRED',
  TokenRefreshRequired: 'AUTH_REQUIRED',
  InvalidToken: 'AUTH_REQUIRED',
  RequestTimeTooSkewed: 'AUTH_REQUIRED',
  RequestExpired: 'AUTH_REQUIRED',
  CredentialsProviderError: 'AUTH_REQUIRED',
  InvalidAccessKeyId: 'FORBIDDEN',
  SignatureDoesNotMatch: 'FORBIDDEN',
  AccessDenied: 'FORBIDDEN',
  AllAccessDisabled: 'FORBIDDEN',
  AccountProblem: 'FORBIDDEN',
  NoSuchBucket: 'REQUEST_REFUSED',
  PermanentRedirect: 'REQUEST_REFUSED',
  NoSuchKey: 'BLOB_NOT_FOUND',
  NotFound: 'BLOB_NOT_FOUND',
  InvalidRange: 'RANGE_NOT_SATISFIABLE',
  PreconditionFailed: 'BLOB_EXISTS',
  BadDigest: 'BLOB_CORRUPT',
  InvalidDigest: 'BLOB_CORRUPT',
  XAmzContentSHA256Mismatch: 'BLOB_CORRUPT',
  XAmzContentChecksumMismatch: 'BLOB_CORRUPT',
  IncompleteBody: 'NETWORK',
  QuotaExceeded: 'QUOTA_EXCEEDED',
  InsufficientCapacity: 'QUOTA_EXCEEDED',
  NotImplemented: 'NOT_SUPPORTED',
};

const CODE_BY_STATUS: { readonly [status: number]: PortErrorCode } = {
  401: 'AUTH_REQUIRED',
  403: 'FORBIDDEN',
  404: 'BLOB_NOT_FOUND',
  408: 'TIMEOUT',
  412: 'BLOB_EXISTS',
  416: 'RANGE_NOT_SATISFIABLE',
  429: 'THROTTLED',
  500: 'UNAVAILABLE',
  501: 'NOT_SUPPORTED',
  502: 'UNAVAILABLE',
  503: 'THROTTLED',
  504: 'UNAVAILABLE',
  507: 'QUOTA_EXCEEDED',
};

const ADVICE: { readonly [name: string]: string } = {
  NoSuchBucket: 'The bucket does not exist: create it, or mend the name given to s3BlobStore.',
  PermanentRedirect: "The bucket lives in another region: set the client's region.",
  RequestTimeTooSkewed: "The device's clock is wrong by more than the server accepts.",
};

interface SdkError {
  readonly name?: unknown;
  readonly Code?: unknown;
  readonly code?: unknown;
  readonly message?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: unknown };
  readonly $response?: { readonly statusCode?: unknown; readonly headers?: { readonly [name: string]: string } };
}

/** The error in our words. Nothing of a request's headers or query is taken over: they carry credentials. */
export function s3Error(error: unknown, context: ErrorContext): ReelwayError {
  if (isReelwayError(error)) return error;
  const details: SdkError = typeof error === 'object' && error !== null ? error : {};
  const name = [details.name, details.Code].find((word) => typeof word === 'string' && word in CODE_BY_NAME);
  const status = statusOf(details);
  const retryAfterMs = readRetryAfter(details.$response?.headers?.['retry-after']);
  return new ReelwayError(codeOf(name, status), {
    message: typeof name === 'string' && ADVICE[name] !== undefined ? ADVICE[name] : describe(details, status),
    context: { ...context, ...(status === undefined ? {} : { status }), ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
    cause: error,
  });
}

function codeOf(name: unknown, status: number | undefined): PortErrorCode {
  const byName = typeof name === 'string' ? CODE_BY_NAME[name] : undefined;
  if (byName !== undefined) return byName;
  // Without any status there was no reply: the socket failed.
  if (status === undefined) return 'NETWORK';
  return CODE_BY_STATUS[status] ?? (status >= 500 ? 'UNAVAILABLE' : 'REQUEST_REFUSED');
}

function statusOf(details: SdkError): number | undefined {
  const status = details.$metadata?.httpStatusCode ?? details.$response?.statusCode;
  return typeof status === 'number' && status > 0 ? status : undefined;
}

function describe(details: SdkError, status: number | undefined): string {
  const words = [details.name, details.code, status].filter((word) => typeof word === 'string' || typeof word === 'number');
  return `The S3 request failed: ${[...new Set(words)].join(' ') || 'no reply'}.`;
}

/** Seconds only: S3 sends no dates. Junk counts as absent. */
function readRetryAfter(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,6}$/.test(text.trim())) return undefined;
  return Number(text.trim()) * 1000;
}
