/** What the server and the SDK reject with, row by row, and that none of it carries a secret. */
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { isReelwayError, type PortErrorCode, type ReelwayError } from '../../../src/errors/index.js';
import { failing, type SdkErrorFacts, storeOver, VIDEO } from './fake-client.js';

async function errorOf(facts: SdkErrorFacts): Promise<ReelwayError> {
  const { store } = storeOver({ putObject: failing(facts) });
  const error = await store.put('a', { kind: 'bytes', sizeBytes: 1, bytes: new Uint8Array(1) }, VIDEO).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isReelwayError(error)) throw new TypeError(`The put ended with ${String(error)}`);
  return error;
}

const TABLE: readonly [PortErrorCode, SdkErrorFacts][] = [
  ['THROTTLED', { name: 'SlowDown', status: 503 }],
  ['THROTTLED', { name: 'ThrottlingException', status: 400 }],
  ['THROTTLED', { name: 'RequestLimitExceeded', status: 503 }],
  ['THROTTLED', { name: 'TooManyRequests', status: 429 }],
  ['THROTTLED', { name: 'Unknown', status: 429 }],
  ['THROTTLED', { name: 'Unknown', status: 503 }],
  ['UNAVAILABLE', { name: 'ServiceUnavailable', status: 503 }],
  ['UNAVAILABLE', { name: 'InternalError', status: 500 }],
  ['UNAVAILABLE', { name: 'Unknown', status: 502 }],
  ['UNAVAILABLE', { name: 'Unknown', status: 599 }],
  ['UNAVAILABLE', { name: 'ConditionalRequestConflict', status: 409 }],
  ['UNAVAILABLE', { name: 'OperationAborted', status: 409 }],
  ['UNAVAILABLE', { name: 'RequestTimeTooSkewed', status: 403 }],
  ['UNAVAILABLE', { name: 'TemporaryRedirect', status: 307 }],
  ['UNAVAILABLE', { name: 'Unknown', status: 407 }],
  ['UNAVAILABLE', { name: 'SyntaxError', message: "char '<' is not expected", status: 200 }],
  ['UNAVAILABLE', { name: 'Unknown', status: 403, clockSkewCorrected: true }],
  ['UNAVAILABLE', { name: 'SignatureDoesNotMatch', status: 403, clockSkewCorrected: true }],
  ['TIMEOUT', { name: 'RequestTimeout', status: 400 }],
  ['TIMEOUT', { name: 'TimeoutError' }],
  ['TIMEOUT', { name: 'TimeoutError', code: 'ETIMEDOUT' }],
  ['AUTH_REQUIRED', { name: 'ExpiredToken', status: 400 }],
  ['AUTH_REQUIRED', { name: 'InvalidToken', status: 400 }],
  ['AUTH_REQUIRED', { name: 'TokenRefreshRequired', status: 400 }],
  ['AUTH_REQUIRED', { name: 'CredentialsProviderError' }],
  ['AUTH_REQUIRED', { name: 'Unknown', status: 401 }],
  ['FORBIDDEN', { name: 'AccessDenied', status: 403 }],
  ['FORBIDDEN', { name: 'InvalidAccessKeyId', status: 403 }],
  ['FORBIDDEN', { name: 'SignatureDoesNotMatch', status: 403 }],
  ['FORBIDDEN', { name: 'Unknown', status: 403 }],
  ['REQUEST_REFUSED', { name: 'NoSuchBucket', status: 404 }],
  ['REQUEST_REFUSED', { name: 'PermanentRedirect', status: 301 }],
  ['REQUEST_REFUSED', { name: 'AuthorizationHeaderMalformed', status: 400 }],
  ['REQUEST_REFUSED', { name: 'EntityTooLarge', status: 400 }],
  ['REQUEST_REFUSED', { name: 'MissingContentLength', status: 411 }],
  ['BLOB_NOT_FOUND', { name: 'NoSuchKey', status: 404 }],
  ['BLOB_NOT_FOUND', { name: 'NoSuchUpload', status: 404 }],
  ['BLOB_NOT_FOUND', { name: 'Unknown', status: 404 }],
  ['BLOB_EXISTS', { name: 'PreconditionFailed', status: 412 }],
  ['BLOB_EXISTS', { name: 'Unknown', status: 412 }],
  ['RANGE_NOT_SATISFIABLE', { name: 'InvalidRange', status: 416 }],
  ['BLOB_CORRUPT', { name: 'BadDigest', status: 400 }],
  ['BLOB_CORRUPT', { name: 'XAmzContentSHA256Mismatch', status: 400 }],
  ['BLOB_CORRUPT', { name: 'InvalidPart', status: 400 }],
  ['NETWORK', { name: 'IncompleteBody', status: 400 }],
  ['QUOTA_EXCEEDED', { name: 'QuotaExceeded', status: 403 }],
  ['QUOTA_EXCEEDED', { name: 'Unknown', status: 507 }],
  ['NOT_SUPPORTED', { name: 'NotImplemented', status: 501 }],
  ['NOT_SUPPORTED', { name: 'Unknown', status: 501 }],
  // The SDK calls a reset connection a TimeoutError.
  ['NETWORK', { name: 'TimeoutError', code: 'ECONNRESET' }],
  ['NETWORK', { name: 'TimeoutError', code: 'EPIPE' }],
  ['NETWORK', { name: 'Error', code: 'ECONNREFUSED' }],
  ['NETWORK', { name: 'Error', code: 'ENOTFOUND' }],
  ['NETWORK', { name: 'TypeError', message: 'Failed to fetch' }],
  // Names that every object has are no names of errors.
  ['REQUEST_REFUSED', { name: 'constructor', status: 400 }],
];

test.each(TABLE)('%s is what %j means', async (code, facts) => {
  const error = await errorOf(facts);
  expect(error.code).toBe(code);
  expect(error.context).toMatchObject({ key: 'a', ...(facts.status === undefined ? {} : { status: facts.status }) });
});

test('a code in the XML counts where the name says nothing', async () => {
  expect(await errorOf({ name: 'S3ServiceException', status: 400, fields: { Code: 'BadDigest' } })).toMatchObject({ code: 'BLOB_CORRUPT' });
});

test.each([null, undefined, 'text', 7])('%j thrown by the client is a failed connection', async (thrown) => {
  const { store } = storeOver({ getObject: () => Promise.reject(thrown) });
  await expect(store.get('a')).rejects.toMatchObject({ code: 'NETWORK', message: 'The S3 request failed: no reply' });
});

test.each([
  ['NoSuchBucket', 404, 'create it'],
  ['PermanentRedirect', 301, "set the client's region"],
  ['RequestTimeTooSkewed', 403, 'clock'],
])('%s says what to do', async (name, status, advice) => {
  expect((await errorOf({ name, status })).message).toContain(advice);
});

describe('Retry-After', () => {
  test.each([
    ['3', 3_000],
    [' 120 ', 120_000],
    ['0', 0],
    ['999999999', 86_400_000],
  ])('%j is told', async (value, retryAfterMs) => {
    expect((await errorOf({ name: 'SlowDown', status: 503, headers: { 'retry-after': value } })).context.retryAfterMs).toBe(retryAfterMs);
  });

  test.each(['', '-1', 'soon', '1e9', '3.5', 'Wed, 21 Oct 2015 07:28:00 GMT', '9'.repeat(30)])('%j is as good as none', async (value) => {
    const { context } = await errorOf({ name: 'SlowDown', status: 503, headers: { 'retry-after': value } });
    expect(Object.keys(context)).not.toContain('retryAfterMs');
  });
});

describe('a Retry-After date', () => {
  test.each([['Thu, 01 Jan 2015 00:01:30 GMT'], ['Thursday, 01-Jan-15 00:01:30 GMT'], ['Thu Jan  1 00:01:30 2015']])(
    '%j counts from the Date of the reply, not from the clock of the device',
    async (value) => {
      const headers = { 'retry-after': value, date: 'Thu, 01 Jan 2015 00:00:00 GMT' };
      expect((await errorOf({ name: 'SlowDown', status: 503, headers })).context.retryAfterMs).toBe(90_000);
    },
  );
});

describe('secrets', () => {
  const CANARY = 'canary-7f3a9';
  const facts: SdkErrorFacts = {
    name: 'SignatureDoesNotMatch',
    message: `signed ${CANARY}`,
    status: 403,
    requestId: 'tx000-1/a',
    headers: { 'x-amz-security-token': CANARY, 'set-cookie': CANARY },
    fields: {
      AWSAccessKeyId: CANARY,
      'Token-0': CANARY,
      CanonicalRequest: `x-amz-security-token:${CANARY}`,
      StringToSign: CANARY,
      $fault: 'client',
      cause: new Error(CANARY),
    },
  };

  test.each<[string, SdkErrorFacts]>([
    ['a refused signature', facts],
    ['an expired token', { ...facts, name: 'ExpiredToken', status: 400 }],
    [
      'a failed socket',
      { name: 'Error', code: 'ECONNRESET', message: `https://host/?X-Amz-Signature=${CANARY}`, fields: facts.fields ?? {} },
    ],
    ['a name that is none', { ...facts, name: `Bad ${CANARY} ${'x'.repeat(100)}` }],
    ["a request's id that is none", { ...facts, requestId: `<${CANARY}>` }],
  ])('of %s are nowhere in the error', async (_what, given) => {
    const error = await errorOf(given);
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(CANARY);
    expect(error.cause).toBeUndefined();
  });

  test('names and the id of the request stay, for the support of the server', async () => {
    const error = await errorOf(facts);
    expect(error.context).toEqual({ key: 'a', status: 403, reason: 'SignatureDoesNotMatch', requestId: 'tx000-1/a' });
    expect(error.message).toBe('The S3 request failed: SignatureDoesNotMatch 403');
  });

  test('where there was no reply, the reason is what broke, not how the SDK calls it', async () => {
    const reasons: unknown[] = [];
    for (const code of ['CERT_HAS_EXPIRED', 'ECONNRESET']) reasons.push((await errorOf({ name: 'TimeoutError', code })).context.reason);
    expect(reasons).toEqual(['CERT_HAS_EXPIRED', 'ECONNRESET']);
  });
});
