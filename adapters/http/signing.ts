/**
 * Signatures by the app's own backend: asked for in batches, kept until near their end. A few questions are out at once, so that a window of
 * uploads does not wait for one round trip after the other; those for what was signed before go one at a time, so that a sign-in that has ended
 * is renewed once.
 */
import { isReelwayError, ReelwayError } from '../../src/errors/index.js';
import { originOf } from '../../src/internal/adapter-kit/index.js';

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

/**
 * Asks the app's backend: one answer for each request, in their order. A rejection counts as AUTH_REQUIRED unless it is a `ReelwayError`, and
 * nothing but its name is passed on, since errors of HTTP clients carry tokens. Must settle: give it a time limit of its own.
 */
export type SignRequests = (requests: readonly SignRequest[]) => Promise<readonly SignedRequest[]>;

/** Signatures, remembered. */
export interface Signer {
  /** A signature that is good for some while yet. */
  signed(request: SignRequest): Promise<SignedRequest>;
  /** Forgets this very signature: the server has refused it. */
  drop(refused: SignedRequest): void;
}

const MOST_KEPT = 512;
/** Questions for what was not signed before that are out at once. */
const MOST_ASKING = 4;
const MARGIN_MS = 30_000;
const MARGIN_SHARE = 0.2;

interface Kept {
  readonly answer: SignedRequest;
  readonly useUntilMs: number;
}

interface Asked {
  readonly request: SignRequest;
  readonly name: string;
  readonly resolve: (answer: SignedRequest) => void;
  readonly reject: (error: unknown) => void;
}

/** Questions of one kind. */
interface Lane {
  /** How many may be out at once. */
  readonly most: number;
  readonly waiting: Asked[];
  out: number;
  /** Whether the next one is being put together. */
  gathers: boolean;
}

function lane(most: number): Lane {
  return { most, waiting: [], out: 0, gathers: false };
}

async function pump(questions: Lane, mostInBatch: number, askBatch: (batch: readonly Asked[]) => Promise<void>): Promise<void> {
  const { waiting, most } = questions;
  if (questions.gathers || questions.out >= most || waiting.length === 0) return;
  questions.gathers = true;
  // One turn later, so that requests of the same moment go together.
  await Promise.resolve();
  questions.gathers = false;
  questions.out += 1;
  const answered = askBatch(waiting.splice(0, mostInBatch));
  void pump(questions, mostInBatch, askBatch);
  await answered;
  questions.out -= 1;
  void pump(questions, mostInBatch, askBatch);
}

/** @param wallMs the time now, milliseconds since 1970 */
export function createSigner(sign: SignRequests, mostInBatch: number, wallMs: () => number): Signer {
  const kept = new Map<string, Kept>();
  const first = lane(MOST_ASKING);
  const again = lane(1);
  const coming = new Map<string, Promise<SignedRequest>>();

  const keep = (name: string, answer: SignedRequest): void => {
    const lifeMs = answer.expiresMs - wallMs();
    kept.delete(name);
    kept.set(name, { answer, useUntilMs: answer.expiresMs - Math.min(MARGIN_MS, lifeMs * MARGIN_SHARE) });
    const oldest = kept.keys().next().value;
    if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
  };
  const answerOne = ({ name, resolve, reject }: Asked, answer: SignedRequest | undefined): void => {
    if (!isSigned(answer)) {
      reject(new ReelwayError('REQUEST_REFUSED', { message: 'The signer gave something that is no signed address.' }));
      return;
    }
    keep(name, answer);
    resolve(answer);
  };
  const askBatch = async (batch: readonly Asked[]): Promise<void> => {
    try {
      const answers = await sign(batch.map(({ request }) => request));
      const count = Array.isArray(answers) ? answers.length : 'no list';
      if (count !== batch.length) {
        throw new ReelwayError('REQUEST_REFUSED', { message: `The signer was asked for ${batch.length} signatures, and gave ${count}.` });
      }
      batch.forEach((asked, index) => {
        answerOne(asked, answers[index]);
      });
    } catch (error) {
      for (const { reject } of batch) reject(signError(error));
    }
  };
  const ask = (questions: Lane): void => void pump(questions, mostInBatch, askBatch);

  return {
    signed: (request) => {
      const name = JSON.stringify([request.method, request.key, request.contentType, request.contentLength, request.contentMd5]);
      const known = kept.get(name);
      if (known !== undefined && wallMs() < known.useUntilMs) return Promise.resolve(known.answer);
      const already = coming.get(name);
      if (already !== undefined) return already;
      const questions = known === undefined ? first : again;
      const answer = new Promise<SignedRequest>((resolve, reject) => questions.waiting.push({ request, name, resolve, reject })).finally(
        () => coming.delete(name),
      );
      coming.set(name, answer);
      ask(questions);
      return answer;
    },
    drop: (refused) => {
      // Remembered as one that was signed, and good no more.
      for (const [name, { answer }] of kept) if (answer === refused) kept.set(name, { answer, useUntilMs: Number.NEGATIVE_INFINITY });
    },
  };
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
