/**
 * Signatures by the app's own backend: asked for in batches, kept until near their end. A few questions are out at once, so that a window of
 * uploads does not wait for one round trip after the other; those for what was signed before go one at a time, so that a sign-in that has ended
 * is renewed once.
 */

import { originOf, throwIfAborted } from '../../src/adapter-kit/index.js';
import { isReelwayError, ReelwayError } from '../../src/errors/index.js';
import type { AbortSignalLike } from '../../src/ports/index.js';
import { createSignTimeout, type SignTimeout } from './sign-timeout.js';
import { createSignatureCache, requestKey, type SignatureState, type SignedRequest, type SignRequest } from './signature-cache.js';

/**
 * Asks the app's backend: one answer for each request, in their order. A rejection counts as AUTH_REQUIRED unless it is a `ReelwayError`, and
 * nothing but its name is passed on, since errors of HTTP clients carry tokens.
 */
export type SignRequests = (requests: readonly SignRequest[]) => Promise<readonly SignedRequest[]>;

/** Gets signatures, and remembers them. */
export interface Signer {
  /** A signature that is good for some while yet. */
  signed(request: SignRequest, signal?: AbortSignalLike): Promise<SignedRequest>;
  /** Waits for a promise that a question settles, or until the abort. */
  wait: SignTimeout['wait'];
  /** Forgets this very signature: the server has refused it. */
  drop(refused: SignedRequest): void;
  /**
   * Asks for what has not been signed before, in one question of its own; resolves when the answers are remembered, with the milliseconds for which
   * all of them are good.
   */
  askAhead(requests: readonly SignRequest[]): Promise<number>;
  stateOf(request: SignRequest): SignatureState;
}

/** Questions for what was not signed before that are out at once. */
const MOST_ASKING = 4;

interface PendingSignature {
  readonly request: SignRequest;
  readonly resolve: (answer: SignedRequest) => void;
  readonly reject: (error: unknown) => void;
}

/** Questions of one kind. */
interface RequestBatcher {
  /** How many may be out at once. */
  readonly most: number;
  readonly waiting: PendingSignature[];
  out: number;
  /** Whether the next one is being put together. */
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
  // One turn later, so that requests of the same moment go together.
  await Promise.resolve();
  batcher.gathers = false;
  batcher.out += 1;
  const answered = askBatch(waiting.splice(0, maxBatchSize));
  void sendBatches(batcher, maxBatchSize, askBatch);
  await answered;
  batcher.out -= 1;
  void sendBatches(batcher, maxBatchSize, askBatch);
}

/** How a signer asks. */
export interface SignerOptions {
  readonly maxBatchSize: number;
  /** Milliseconds, > 0, until a question is given up. */
  readonly timeoutMs: number;
  /** The time now, milliseconds since 1970. */
  readonly wallMs: () => number;
}

/** Asks, and remembers. */
export function createSigner(signUntimed: SignRequests, { maxBatchSize, timeoutMs, wallMs }: SignerOptions): Signer {
  const timeout = createSignTimeout(timeoutMs);
  // A backend that never answers must not hold up everything that is asked after it.
  const sign: SignRequests = (requests) => timeout.limit(signUntimed(requests));
  const cache = createSignatureCache(wallMs);
  const first = requestBatcher(MOST_ASKING);
  const again = requestBatcher(1);
  const coming = new Map<string, Promise<SignedRequest>>();

  const answerOne = ({ request, resolve, reject }: PendingSignature, answer: SignedRequest | undefined): void => {
    if (!isSigned(answer)) {
      reject(new ReelwayError('REQUEST_REFUSED', { message: 'The signer gave something that is no signed address.' }));
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
  const count = Array.isArray(answers) ? answers.length : 'no list';
  if (count === requests.length) return answers;
  throw new ReelwayError('REQUEST_REFUSED', { message: `The signer was asked for ${requests.length} signatures, and gave ${count}.` });
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
  return new ReelwayError('AUTH_REQUIRED', { message: `The signer failed (${name}).` });
}
