/** What HTTP replies mean, in our words; shared by the stores that speak plain HTTP. */
import type { Hashes } from '../core/index.js';
import { type ErrorContext, type PortErrorCode, ReelwayError } from '../errors/index.js';
import type { HttpReply, HttpStreamReply } from '../ports/index.js';

const CODE_BY_STATUS: { readonly [status: number]: PortErrorCode } = {
  401: 'AUTH_REQUIRED',
  403: 'FORBIDDEN',
  404: 'BLOB_NOT_FOUND',
  408: 'TIMEOUT',
  409: 'UNAVAILABLE',
  410: 'BLOB_NOT_FOUND',
  412: 'BLOB_EXISTS',
  413: 'REQUEST_REFUSED',
  416: 'RANGE_NOT_SATISFIABLE',
  425: 'UNAVAILABLE',
  429: 'THROTTLED',
  501: 'NOT_SUPPORTED',
  503: 'THROTTLED',
  507: 'QUOTA_EXCEEDED',
};

/** The code in an S3 server's XML, which says more than the status. */
const CODE_BY_XML: { readonly [name: string]: PortErrorCode } = {
  RequestTimeTooSkewed: 'AUTH_REQUIRED',
  RequestExpired: 'AUTH_REQUIRED',
  ExpiredToken: 'AUTH_REQUIRED',
  InvalidToken: 'AUTH_REQUIRED',
  TokenRefreshRequired: 'AUTH_REQUIRED',
  NoSuchBucket: 'REQUEST_REFUSED',
  RequestTimeout: 'TIMEOUT',
  IncompleteBody: 'NETWORK',
  SlowDown: 'THROTTLED',
  BadDigest: 'BLOB_CORRUPT',
  InvalidDigest: 'BLOB_CORRUPT',
  XAmzContentSHA256Mismatch: 'BLOB_CORRUPT',
  QuotaExceeded: 'QUOTA_EXCEEDED',
};

const MOST_XML_BYTES = 16_384;
const LONGEST_RETRY_AFTER_S = 86_400;
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** Whether the request was carried out. */
export function isSuccess(reply: HttpReply): boolean {
  return reply.status >= 200 && reply.status < 300;
}

/** The error that a reply outside 2xx means; reads at most 16 KiB of its body, and closes it. */
export async function replyError(reply: HttpStreamReply, wallMs: number, context: ErrorContext): Promise<ReelwayError> {
  const word = await xmlCode(reply);
  const retryAfterMs = readRetryAfter(reply.header('retry-after'), wallMs);
  const byXml = word === undefined ? undefined : CODE_BY_XML[word];
  const code = byXml ?? CODE_BY_STATUS[reply.status] ?? (reply.status >= 500 ? 'UNAVAILABLE' : 'REQUEST_REFUSED');
  return new ReelwayError(code, {
    message: `The server answered ${reply.status}${word === undefined ? '' : ` (${word})`}.`,
    context: { ...context, status: reply.status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
  });
}

/** Seconds or a date; junk and the past count as absent, a day is the most. */
function readRetryAfter(text: string | undefined, wallMs: number): number | undefined {
  if (text === undefined) return undefined;
  const trimmed = text.trim();
  // Only the form that HTTP has: `Date.parse` makes a date of much that is none.
  const dateMs = HTTP_DATE.test(trimmed) ? Date.parse(trimmed) : Number.NaN;
  const seconds = /^\d{1,30}$/.test(trimmed) ? Number(trimmed) : (dateMs - wallMs) / 1000;
  return seconds >= 0 ? Math.min(seconds, LONGEST_RETRY_AFTER_S) * 1000 : undefined;
}

/** The MD5 that an ETag is, where it is one: S3 servers' single objects have such, unless a key of KMS encrypts them. */
export function hashesOfReply(reply: HttpReply): Hashes {
  if (reply.header('x-amz-server-side-encryption')?.startsWith('aws:kms') === true) return {};
  const md5 = /^"([0-9a-f]{32})"$/.exec(reply.header('etag') ?? '')?.[1];
  return md5 === undefined ? {} : { md5 };
}

async function xmlCode(reply: HttpStreamReply): Promise<string | undefined> {
  let text = '';
  try {
    for (let piece = await reply.body.next(); piece !== undefined && text.length < MOST_XML_BYTES; piece = await reply.body.next()) {
      for (let at = 0; at < piece.length && text.length < MOST_XML_BYTES; at += 1) text += String.fromCharCode(piece[at] ?? 0);
    }
  } catch {
    // The status alone says enough when the explanation is cut.
  }
  await reply.body.close();
  return /<Code>([A-Za-z0-9]{1,64})<\/Code>/.exec(text)?.[1];
}
