/** The server side of signed addresses: signs requests that a policy allows, and explains refusals. It holds the keys, so it never runs on a phone. */
import { assertOptions } from '../../src/adapter-kit/index.js';
import { completePolicy, isRefusal, judge, type PresignRequest, type SignPolicy } from './policy.js';

/** Options of {@link s3Signer}. */
export interface S3SignerOptions {
  /** The policy of the request's user; `undefined` for an unknown user, answered 401. Read your own session or token here. */
  readonly policyFor: (request: Request) => Promise<SignPolicy | undefined>;
  /** Signs one request with your own S3 client; see the example for one over `@aws-sdk/s3-request-presigner`. */
  readonly presign: (request: PresignRequest) => Promise<PresignedAddress>;
  /** Maximum number of requests in one call, 1 to 1,000. @default 100 */
  readonly maxRequests?: number;
  /** The time now, milliseconds since 1970. @default the host's */
  readonly wallMs?: () => number;
}

/** An address, and the headers that must be sent with it. */
export interface PresignedAddress {
  readonly url: string;
  readonly headers?: { readonly [name: string]: string };
}

const MOST_BYTES = 262_144;

/**
 * A handler `(request: Request) => Promise<Response>` for `POST` with `{ "requests": [{ method, key, contentType, contentLength, contentMd5 }] }`,
 * which answers `{ "signed": [{ url, headers, expiresMs }] }`, or a status of 4xx with `{ "error": { "reason", "index" } }` and nothing signed.
 */
export function s3Signer(options: S3SignerOptions): (request: Request) => Promise<Response> {
  assertOptions('s3Signer', options, { policyFor: true, presign: true, maxRequests: true, wallMs: true });
  const { maxRequests = 100, wallMs = Date.now } = options;
  if (!Number.isInteger(maxRequests) || maxRequests < 1 || maxRequests > 1000)
    throw new TypeError(`maxRequests must be an integer from 1 to 1,000: ${maxRequests}`);
  return async (request) => {
    const refused = refuseForm(request);
    if (refused !== undefined) return refused;
    const policy = await options.policyFor(request);
    if (policy === undefined) return refusal(401, 'The request is not signed in');
    const asked = await readRequests(request, maxRequests);
    if (asked instanceof Response) return asked;
    const complete = completePolicy(policy);
    const passed = judgeAll(asked, complete);
    if (passed instanceof Response) return passed;
    // Signatures are valid for whole seconds, counted from the current one.
    const expiresMs = (Math.floor(wallMs() / 1000) + complete.expiresSeconds) * 1000;
    const signed = await Promise.all(passed.map(async (one) => ({ headers: {}, ...(await options.presign(one)), expiresMs })));
    return reply(200, { signed }, {});
  };
}

function refuseForm(request: Request): Response | undefined {
  if (request.method !== 'POST') return refusal(405, `The method must be POST: ${request.method}`, { allow: 'POST' });
  const isJson = /^application\/json\s*(;|$)/i.test(request.headers.get('content-type') ?? '');
  return isJson ? undefined : refusal(415, 'The Content-Type must be application/json');
}

async function readRequests(request: Request, maxRequests: number): Promise<readonly unknown[] | Response> {
  const text = await readText(request);
  if (text === undefined) return refusal(413, `The body must have at most ${MOST_BYTES} bytes`);
  const asked = parseRequests(text);
  if (asked === undefined) return refusal(400, 'The body must be {"requests": […]}');
  return asked.length > maxRequests ? refusal(413, `The body must contain at most ${maxRequests} requests: ${asked.length}`) : asked;
}

function judgeAll(asked: readonly unknown[], policy: Required<SignPolicy>): readonly PresignRequest[] | Response {
  const passed: PresignRequest[] = [];
  for (const [index, one] of asked.entries()) {
    const judgement = judge(one, policy);
    if (isRefusal(judgement)) return refusal(judgement.status, judgement.reason, {}, index);
    passed.push(judgement);
  }
  return passed;
}

/** The body as text; reading stops at the limit, whatever Content-Length says. */
async function readText(request: Request): Promise<string | undefined> {
  if (request.body === null) return '';
  const reader = request.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.length;
    if (bytes > MOST_BYTES) {
      await reader.cancel();
      return undefined;
    }
    text += decoder.decode(value, { stream: true });
  }
}

function parseRequests(text: string): readonly unknown[] | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // The caller answers 400.
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null || Object.keys(parsed).join() !== 'requests') return undefined;
  const { requests } = parsed as { requests: unknown };
  return Array.isArray(requests) ? requests : undefined;
}

function refusal(status: number, reason: string, headers: { readonly [name: string]: string } = {}, index?: number): Response {
  return reply(status, { error: index === undefined ? { reason } : { reason, index } }, headers);
}

/** Signed addresses are bearer secrets, so no cache may store the reply. */
function reply(status: number, body: unknown, headers: { readonly [name: string]: string }): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', ...headers },
  });
}
