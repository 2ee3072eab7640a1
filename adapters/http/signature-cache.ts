/** Signatures that were given, kept until near their end. */

/** One request that the backend may sign. */
export interface SignRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'DELETE';
  /** The blob's key, behind the store's prefix. */
  readonly key: string;
  /** Of a PUT. */
  readonly contentType?: string;
  /** Bytes, ≥ 0, of a PUT. */
  readonly contentLength?: number;
  /** Base64 of the MD5 of a PUT, where it is known. */
  readonly contentMd5?: string;
}

/** What the backend answers for one request. */
export interface SignedRequest {
  readonly url: string;
  /** Sent along exactly. @default none */
  readonly headers?: { readonly [name: string]: string };
  /** Milliseconds since 1970: when the signature ends. */
  readonly expiresMs: number;
}

const MOST_KEPT = 512;
const MARGIN_MS = 30_000;
const MARGIN_SHARE = 0.2;

/** Whether a signature is remembered, and good for some while yet. */
export type SignatureState = 'unknown' | 'good' | 'ended';

/** What is remembered. */
export interface SignatureCache {
  stateOf(request: SignRequest): SignatureState;
  /** One that is good for some while yet. */
  find(request: SignRequest): SignedRequest | undefined;
  keep(request: SignRequest, answer: SignedRequest): void;
  /** Milliseconds for which this is good from now on; none are left where it is ≤ 0. */
  usableMs(answer: SignedRequest): number;
  /** Remembers this very signature as one that is good no more. */
  drop(refused: SignedRequest): void;
}

interface CachedSignature {
  readonly answer: SignedRequest;
  readonly useUntilMs: number;
}

/** Tells requests apart. */
export function requestKey({ method, key, contentType, contentLength, contentMd5 }: SignRequest): string {
  return JSON.stringify([method, key, contentType, contentLength, contentMd5]);
}

/** @param wallMs the time now, milliseconds since 1970 */
export function createSignatureCache(wallMs: () => number): SignatureCache {
  const kept = new Map<string, CachedSignature>();
  const usableMs = ({ expiresMs }: SignedRequest): number => {
    const lifeMs = expiresMs - wallMs();
    return lifeMs - Math.min(MARGIN_MS, lifeMs * MARGIN_SHARE);
  };
  const isGood = (known: CachedSignature): boolean => wallMs() < known.useUntilMs;
  return {
    usableMs,
    stateOf: (request) => {
      const known = kept.get(requestKey(request));
      if (known === undefined) return 'unknown';
      return isGood(known) ? 'good' : 'ended';
    },
    find: (request) => {
      const known = kept.get(requestKey(request));
      return known !== undefined && isGood(known) ? known.answer : undefined;
    },
    keep: (request, answer) => {
      const name = requestKey(request);
      kept.delete(name);
      kept.set(name, { answer, useUntilMs: wallMs() + usableMs(answer) });
      const oldest = kept.keys().next().value;
      if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
    },
    drop: (refused) => {
      for (const [name, { answer }] of kept) {
        if (answer !== refused) continue;
        kept.set(name, { answer, useUntilMs: Number.NEGATIVE_INFINITY });
      }
    },
  };
}
