/** Caches signatures until shortly before they expire. */

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

/** The backend's answer for one request. */
export interface SignedRequest {
  readonly url: string;
  /** Sent unchanged with the request. @default none */
  readonly headers?: { readonly [name: string]: string };
  /** Milliseconds since 1970: when the signature expires. */
  readonly expiresMs: number;
}

const MOST_KEPT = 512;
const MARGIN_MS = 30_000;
const MARGIN_SHARE = 0.2;

/** `good`: cached and not near its end. `ended`: cached, but expired, near its end or refused. */
export type SignatureState = 'unknown' | 'good' | 'ended';

export interface SignatureCache {
  stateOf(request: SignRequest): SignatureState;
  /** A cached signature that does not expire soon. */
  find(request: SignRequest): SignedRequest | undefined;
  keep(request: SignRequest, answer: SignedRequest): void;
  /** Milliseconds until the signature should no longer be used; ≤ 0: not at all. */
  usableMs(answer: SignedRequest): number;
  /** Marks this signature as refused, so that it is not used again. */
  drop(refused: SignedRequest): void;
}

interface CachedSignature {
  readonly answer: SignedRequest;
  readonly useUntilMs: number;
}

/** Equal for requests that can share a signature. */
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
