/** Converts HTTP replies to error codes, for the stores that use plain HTTP. */
import type { Hashes } from '../core/index.js';
import { type ErrorContext, type PortErrorCode, ReelwayError } from '../errors/index.js';
import type { HttpReply, HttpRequest, HttpStreamReply } from '../ports/index.js';
import { readRetryAfter } from './replies/retry-after.js';

const CODE_BY_STATUS: { readonly [status: number]: PortErrorCode } = {
  // A redirect that is not permanent, and a proxy that asks for a sign-in: captive portals answer so for every server.
  302: 'UNAVAILABLE',
  303: 'UNAVAILABLE',
  307: 'UNAVAILABLE',
  401: 'AUTH_REQUIRED',
  403: 'FORBIDDEN',
  404: 'BLOB_NOT_FOUND',
  407: 'UNAVAILABLE',
  408: 'TIMEOUT',
  409: 'UNAVAILABLE',
  410: 'BLOB_NOT_FOUND',
  412: 'BLOB_EXISTS',
  413: 'REQUEST_REFUSED',
  416: 'RANGE_NOT_SATISFIABLE',
  421: 'UNAVAILABLE',
  423: 'UNAVAILABLE',
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

/** Without an explanation these make no sense as the answer to a put: a proxy or a gateway that is being changed sends them. */
const GONE = new Set([404, 410]);

const MOST_XML_BYTES = 16_384;

/** Whether the request was carried out. */
export function isSuccess(reply: HttpReply): boolean {
  return reply.status >= 200 && reply.status < 300;
}

/** The error that a reply outside 2xx means; reads at most 16 KiB of its body, and closes it. */
export async function replyError(
  reply: HttpStreamReply,
  wallMs: number,
  context: ErrorContext,
  method?: HttpRequest['method'],
): Promise<ReelwayError> {
  const word = await xmlCode(reply);
  const retryAfterMs = readRetryAfter({ retryAfter: reply.header('retry-after'), date: reply.header('date') }, wallMs);
  const byXml = word === undefined ? undefined : CODE_BY_XML[word];
  const known = method === 'PUT' && word === undefined && GONE.has(reply.status) ? 'UNAVAILABLE' : CODE_BY_STATUS[reply.status];
  const code = byXml ?? known ?? (reply.status >= 500 ? 'UNAVAILABLE' : 'REQUEST_REFUSED');
  return new ReelwayError(code, {
    message: `The server answered ${reply.status}${word === undefined ? '' : ` (${word})`}`,
    context: { ...context, status: reply.status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
  });
}

/** Pages of captive portals, proxies and error handlers; no blob has this type. */
export function isPage(contentType: string | undefined): boolean {
  return /^\s*(?:text\/html|application\/xhtml\+xml)\s*(?:;|$)/i.test(contentType ?? '');
}

/** A success whose content cannot come from a store: something on the way has answered. */
export function foreignReply(context: ErrorContext): ReelwayError {
  return new ReelwayError('UNAVAILABLE', {
    message: 'The reply is a web page: a captive portal or a proxy answered instead of the store',
    context,
  });
}

/** Closes the reply and throws if it is a page. @throws {ReelwayError} UNAVAILABLE */
export async function assertStoreReply(reply: HttpStreamReply, context: ErrorContext): Promise<void> {
  if (!isPage(reply.header('content-type'))) return;
  await reply.body.close();
  throw foreignReply({ ...context, status: reply.status });
}

/**
 * The reply to a put, which has no body: servers and gateways that begin their reply early report a later failure in its body, as XML.
 * Reads and closes the body. @throws {ReelwayError} the error in the body
 */
export async function assertPutReply(reply: HttpStreamReply, context: ErrorContext): Promise<void> {
  const length = reply.header('content-length');
  if (reply.status === 204 || length === '0') return reply.body.close();
  const word = await xmlCode(reply);
  if (word === undefined) return;
  throw new ReelwayError(CODE_BY_XML[word] ?? 'UNAVAILABLE', {
    message: `The server answered ${reply.status} with an error in the body: ${word}`,
    context: { ...context, status: reply.status },
  });
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
