/** The policy of one user, and the check of one request against it. */
import { isBlobKey } from '../../src/adapter-kit/index.js';

/** The methods that can be signed. */
export type SignableMethod = 'GET' | 'HEAD' | 'PUT' | 'DELETE';

/** Requests that are signed for one user. */
export interface SignPolicy {
  /** Every key begins with it: names of `[A-Za-z0-9._-]` joined by `/`, with a `/` at its end, such as `users/42/`. */
  readonly prefix: string;
  /** Prefix for GET and HEAD, such as `users/` for a feed with the videos of all users. @default `prefix` */
  readonly readPrefix?: string;
  /** @default GET, HEAD and PUT */
  readonly methods?: readonly SignableMethod[];
  /** Bytes of one object at most, ≥ 1. @default 8,388,608 */
  readonly maxBytes?: number;
  /** Content types of a PUT, whole (`video/mp4`) or by their first half (`video/*`). @default video/*, application/json, application/octet-stream */
  readonly contentTypes?: readonly string[];
  /** Validity of a signature in seconds, 1 to 604,800. @default 900 */
  readonly expiresSeconds?: number;
  /** Refuses a PUT without a Content-MD5, so that nothing unchecked is stored. @default false */
  readonly requireMd5?: boolean;
}

/** A request that the policy allows, as the presigner receives it. */
export interface PresignRequest {
  readonly method: SignableMethod;
  /** Below the policy's prefix. */
  readonly key: string;
  readonly expiresSeconds: number;
  /** Of a PUT: sign it, so that nothing of another type is stored. */
  readonly contentType?: string;
  /** Bytes of a PUT: sign it, so that nothing larger is stored. */
  readonly contentLength?: number;
  /** Base64 of the MD5 of a PUT: sign it, so that nothing else is stored. */
  readonly contentMd5?: string;
}

/** Why a request is not signed. */
export interface Refusal {
  /** 400: not understood; 403: not allowed; 413: too large. */
  readonly status: 400 | 403 | 413;
  readonly reason: string;
}

/** A policy with its defaults. @throws {TypeError} for an invalid policy */
export function completePolicy(policy: SignPolicy): Required<SignPolicy> {
  const complete = {
    methods: ['GET', 'HEAD', 'PUT'] as const,
    maxBytes: 8_388_608,
    contentTypes: ['video/*', 'application/json', 'application/octet-stream'],
    expiresSeconds: 900,
    requireMd5: false,
    readPrefix: policy.prefix,
    ...policy,
  };
  for (const prefix of [complete.prefix, complete.readPrefix]) {
    if (!prefix.endsWith('/') || !isBlobKey(prefix.slice(0, -1))) {
      throw new TypeError(
        `A policy's prefix must be names of [A-Za-z0-9._-] joined by '/', with a '/' at its end: ${JSON.stringify(prefix)}`,
      );
    }
  }
  if (!Number.isSafeInteger(complete.maxBytes) || complete.maxBytes < 1)
    throw new TypeError(`A policy's maxBytes must be an integer of at least 1: ${complete.maxBytes}`);
  const { expiresSeconds } = complete;
  if (!Number.isInteger(expiresSeconds) || expiresSeconds < 1 || expiresSeconds > 604_800) {
    throw new TypeError(`A policy's expiresSeconds must be an integer from 1 to 604,800: ${expiresSeconds}`);
  }
  return complete;
}

const FIELDS: readonly string[] = ['method', 'key', 'contentType', 'contentLength', 'contentMd5'];
const METHODS: readonly string[] = ['GET', 'HEAD', 'PUT', 'DELETE'];
const CONTENT_TYPE = /^[a-z0-9!#$&^_.+-]{1,64}\/[a-z0-9!#$&^_.+-]{1,64}$/;
const MD5 = /^[A-Za-z0-9+/]{21}[AQgw]==$/;

interface Candidate {
  readonly method?: unknown;
  readonly key?: unknown;
  readonly contentType?: unknown;
  readonly contentLength?: unknown;
  readonly contentMd5?: unknown;
}

/** The request to presign, or the refusal. Only the listed fields are copied from the request. */
export function judge(request: unknown, policy: Required<SignPolicy>): PresignRequest | Refusal {
  if (typeof request !== 'object' || request === null || Array.isArray(request)) return refuse(400, 'A request must be an object');
  const unknown = Object.keys(request).find((name) => !FIELDS.includes(name));
  if (unknown !== undefined) return refuse(400, `Unknown field of a request: ${JSON.stringify(unknown.slice(0, 40))}`);
  const candidate: Candidate = request;
  return refuseMethod(candidate, policy) ?? refuseKey(candidate, policy) ?? judgeBody(candidate, policy);
}

export function isRefusal(judgement: PresignRequest | Refusal): judgement is Refusal {
  return 'reason' in judgement;
}

function refuse(status: Refusal['status'], reason: string): Refusal {
  return { status, reason };
}

function refuseMethod({ method }: Candidate, policy: Required<SignPolicy>): Refusal | undefined {
  if (typeof method !== 'string' || !METHODS.includes(method)) return refuse(400, 'The method must be GET, HEAD, PUT or DELETE');
  return policy.methods.some((allowed) => allowed === method) ? undefined : refuse(403, `The policy does not allow ${method}`);
}

function refuseKey({ method, key }: Candidate, policy: Required<SignPolicy>): Refusal | undefined {
  // Keys contain no percent signs, backslashes, `.` or `..`, so a key that begins with the prefix lies below it.
  if (typeof key !== 'string' || !isBlobKey(key)) return refuse(400, 'The key must be names of [A-Za-z0-9._-] joined by "/"');
  const prefix = method === 'GET' || method === 'HEAD' ? policy.readPrefix : policy.prefix;
  return key.startsWith(prefix) ? undefined : refuse(403, 'The policy does not allow this key');
}

function judgeBody(candidate: Candidate, policy: Required<SignPolicy>): PresignRequest | Refusal {
  const { method, key, contentType, contentLength, contentMd5 } = candidate;
  const base = { method: method as SignableMethod, key: String(key), expiresSeconds: policy.expiresSeconds };
  if (base.method === 'PUT') {
    const refusal = refuseType(contentType, policy) ?? refuseLength(contentLength, policy) ?? refuseMd5(contentMd5, policy);
    if (refusal !== undefined) return refusal;
    const body = { contentType: String(contentType), contentLength: Number(contentLength) };
    return contentMd5 === undefined ? { ...base, ...body } : { ...base, ...body, contentMd5: String(contentMd5) };
  }
  const hasBody = [contentType, contentLength, contentMd5].some((field) => field !== undefined);
  return hasBody ? refuse(400, 'Only a PUT may have contentType, contentLength or contentMd5') : base;
}

function refuseType(contentType: unknown, policy: Required<SignPolicy>): Refusal | undefined {
  if (typeof contentType !== 'string' || !CONTENT_TYPE.test(contentType))
    return refuse(400, 'The contentType must be a media type in lower case');
  if (policy.contentTypes.some((allowed) => matches(contentType, allowed))) return undefined;
  return refuse(403, 'The policy does not allow this contentType');
}

function refuseLength(contentLength: unknown, policy: Required<SignPolicy>): Refusal | undefined {
  if (typeof contentLength !== 'number' || !Number.isSafeInteger(contentLength) || contentLength < 0) {
    return refuse(400, 'The contentLength must be a number of bytes');
  }
  return contentLength > policy.maxBytes ? refuse(413, `The policy allows at most ${policy.maxBytes} bytes: ${contentLength}`) : undefined;
}

function refuseMd5(contentMd5: unknown, policy: Required<SignPolicy>): Refusal | undefined {
  if (contentMd5 === undefined) return policy.requireMd5 ? refuse(403, 'The policy requires contentMd5') : undefined;
  return typeof contentMd5 === 'string' && MD5.test(contentMd5) ? undefined : refuse(400, 'The contentMd5 must be an MD5 in base64');
}

function matches(contentType: string, allowed: string): boolean {
  return allowed.endsWith('/*') ? contentType.startsWith(allowed.slice(0, -1)) : contentType === allowed;
}
