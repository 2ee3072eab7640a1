/**
 * Signatures by the app's own backend: requested in batches, cached until near their end. A few requests run at once, so that a window of
 * uploads does not wait for one round trip after the other. Requests that were signed before are signed again one batch at a time, so that an
 * expired session is renewed once.
 */

import { originOf, throwIfAborted } from '../../src/adapter-kit/index.js';
import { isReelwayError, ReelwayError } from '../../src/errors/index.js';
import type { AbortSignalLike } from '../../src/ports/index.js';
import { createSignTimeout, type SignTimeout } from './sign-timeout.js';
import { createSignatureCache, requestKey, type SignatureState, type SignedRequest, type SignRequest } from './signature-cache.js';

/**
 * Signs requests through the app's backend: one answer for each request, in their order. A rejection counts as AUTH_REQUIRED unless it is a
 * `ReelwayError`. Only its name is passed on, since errors of HTTP clients contain tokens.
 */
export type SignRequests = (requests: readonly SignRequest[]) => Promise<readonly SignedRequest[]>;

/** Gets signatures and caches them. */
export interface Signer {
  /** A signature that does not expire soon. */
  signed(request: SignRequest, signal?: AbortSignalLike): Promise<SignedRequest>;
  /** Waits for a promise that a signing request settles, or until the abort. */
  wait: SignTimeout['wait'];
  /** Marks this signature as refused by the server. */
  drop(refused: SignedRequest): void;
  /**
   * Signs requests that were not signed before, in one call of the backend. Resolves when the answers are cached, with the milliseconds for which
   * all of them can be used.
   */
  askAhead(requests: readonly SignRequest[]): Promise<number>;
  stateOf(request: SignRequest): SignatureState;
}

/** Concurrent signing requests for what was not signed before. */
const MOST_ASKING = 4;

interface PendingSignature {
  readonly request: SignRequest;
  readonly resolve: (answer: SignedRequest) => void;
  readonly reject: (error: unknown) => void;
}

interface RequestBatcher {
  /** Concurrent batches. */
  readonly most: number;
  readonly waiting: PendingSignature[];
  out: number;
  /** Whether the next batch is being gathered. */
  gathers: boolean;
}

function requestBatcher(most: number): RequestBatcher {
  return { most, waiting: [], out: 0, gathers: false };
}

async function sendBatches(
  batcher: RequestBatcher,
  maxBatchSize: number,
  askBatch: (batch: readonly PendingSignature[]) => Promise<void>,
): Promise<void> {
  const { waiting, most } = batcher;
  if (batcher.gathers || batcher.out >= most || waiting.length === 0) return;
  batcher.gathers = true;
  // One microtask later, so that requests of the same moment share a batch.
  await Promise.resolve();
  batcher.gathers = false;
  batcher.out += 1;
  const answered = askBatch(waiting.splice(0, maxBatchSize));
  void sendBatches(batcher, maxBatchSize, askBatch);
  await answered;
  batcher.out -= 1;
  void sendBatches(batcher, maxBatchSize, askBatch);
}

export interface SignerOptions {
  readonly maxBatchSize: number;
  /** Milliseconds, > 0, until a signing request fails. */
  readonly timeoutMs: number;
  /** The time now, milliseconds since 1970. */
  readonly wallMs: () => number;
}

export function createSigner(signUntimed: SignRequests, { maxBatchSize, timeoutMs, wallMs }: SignerOptions): Signer {
  const timeout = createSignTimeout(timeoutMs);
  // Without a limit, a backend that never answers would block every later request.
  const sign: SignRequests = (requests) => timeout.limit(signUntimed(requests));
  const cache = createSignatureCache(wallMs);
  const first = requestBatcher(MOST_ASKING);
  const again = requestBatcher(1);
  const coming = new Map<string, Promise<SignedRequest>>();

  const answerOne = ({ request, resolve, reject }: PendingSignature, answer: SignedRequest | undefined): void => {
    if (!isSigned(answer)) {
      reject(
        new ReelwayError('REQUEST_REFUSED', {
          message: 'Invalid signature: expected { url, headers, expiresMs } with an http: or https: URL',
        }),
      );
      return;
    }
    cache.keep(request, answer);
    resolve(answer);
  };
  const askBatch = async (batch: readonly PendingSignature[]): Promise<void> => {
    try {
      const answers = await answersOf(
        sign,
        batch.map(({ request }) => request),
      );
      batch.forEach((asked, index) => {
        answerOne(asked, answers[index]);
      });
    } catch (error) {
      for (const { reject } of batch) reject(signError(error));
    }
  };
  const ask = (batcher: RequestBatcher): void => void sendBatches(batcher, maxBatchSize, askBatch);

  const askLater = (request: SignRequest): Promise<SignedRequest> => {
    const name = requestKey(request);
    const batcher = cache.stateOf(request) === 'unknown' ? first : again;
    const answer = new Promise<SignedRequest>((resolve, reject) => batcher.waiting.push({ request, resolve, reject })).finally(() =>
      coming.delete(name),
    );
    coming.set(name, answer);
    ask(batcher);
    return answer;
  };

  return {
    stateOf: cache.stateOf,
    drop: cache.drop,
    askAhead: async (requests) => {
      const answers = await answersOf(sign, requests);
      let leastMs = Number.POSITIVE_INFINITY;
      requests.forEach((request, index) => {
        const answer = answers[index];
        if (!isSigned(answer) || cache.stateOf(request) !== 'unknown') return;
        cache.keep(request, answer);
        leastMs = Math.min(leastMs, cache.usableMs(answer));
      });
      return leastMs;
    },
    wait: timeout.wait,
    signed: async (request, signal) => {
      throwIfAborted(signal);
      return cache.find(request) ?? timeout.wait(coming.get(requestKey(request)) ?? askLater(request), signal);
    },
  };
}

async function answersOf(sign: SignRequests, requests: readonly SignRequest[]): Promise<readonly (SignedRequest | undefined)[]> {
  const answers = await sign(requests);
  const count = Array.isArray(answers) ? answers.length : `a value of type ${typeof answers}`;
  if (count === requests.length) return answers;
  throw new ReelwayError('REQUEST_REFUSED', { message: `Wrong number of signatures: expected ${requests.length}, got ${count}` });
}

function isSigned(answer: SignedRequest | undefined): answer is SignedRequest {
  if (typeof answer !== 'object' || answer === null) return false;
  const { url, headers = {}, expiresMs } = answer;
  if (typeof url !== 'string' || originOf(url) === undefined || !Number.isFinite(expiresMs)) return false;
  return typeof headers === 'object' && headers !== null && Object.values(headers).every((value) => typeof value === 'string');
}

function signError(error: unknown): ReelwayError {
  if (isReelwayError(error)) return error;
  const name = error instanceof Error && /^[A-Za-z]{1,40}$/.test(error.name) ? error.name : typeof error;
  return new ReelwayError('AUTH_REQUIRED', { message: `The signer failed: ${name}` });
}
