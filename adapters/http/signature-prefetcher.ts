/**
 * Signatures for puts that are still to come: a backend is asked for many of them in one question, and no put waits for a round trip of its own.
 * No more are asked for than the puts of late will use before they end.
 */
import type { AnnouncedPut } from '../../src/ports/index.js';
import { requestKey, type SignRequest } from './signature-cache.js';
import type { Signer } from './signing.js';

/** After a question that failed; the puts ask for themselves meanwhile, as if nothing had been asked ahead. */
const PAUSE_MS = 60_000;
/** How much one interval between two puts counts for their average. */
const INTERVAL_WEIGHT = 0.1;

/** Asks for what is announced. */
export interface SignaturePrefetcher {
  announce(puts: readonly AnnouncedPut[]): void;
  /** Whether the signer knows this put because it was announced; waits for a question that is out. Never rejects. */
  isSigned(put: SignRequest): Promise<boolean>;
  /** From now on nothing is asked ahead: the puts turn out to be others than were announced. */
  end(): void;
}

/** @param most signatures in one question, ≥ 0; 0 asks for none ahead */
export function createSignaturePrefetcher(signer: Signer, most: number, wallMs: () => number): SignaturePrefetcher {
  let usableMs = Number.POSITIVE_INFINITY;
  let lastUseMs: number | undefined;
  let intervalMs = 0;
  let pausedUntilMs = most === 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  const asking = new Map<string, Promise<boolean>>();

  /** What is known is not asked for again, even where it has ended: the put itself refreshes it, in its turn. */
  const isKnown = (put: SignRequest): boolean => asking.has(requestKey(put)) || signer.stateOf(put) !== 'unknown';
  const countUse = (): void => {
    const nowMs = wallMs();
    const sinceMs = Math.min(Math.max(0, nowMs - (lastUseMs ?? nowMs)), Math.max(usableMs, 0));
    lastUseMs = nowMs;
    intervalMs += (sinceMs - intervalMs) * INTERVAL_WEIGHT;
  };
  /** What is asked for last is used when twice as many have gone; that must be well before it ends. */
  const depth = (): number => Math.min(most, Math.max(1, Math.floor(usableMs / (3 * intervalMs)) || 0));
  const ask = (puts: readonly SignRequest[]): void => {
    const names = puts.map(requestKey);
    const answered = signer.askAhead(puts).then(
      (leastMs) => {
        usableMs = leastMs;
        return true;
      },
      () => {
        // Whatever it was, each put will meet it and tell.
        pausedUntilMs = wallMs() + PAUSE_MS;
        return false;
      },
    );
    const known = answered.finally(() => {
      for (const name of names) asking.delete(name);
    });
    for (const name of names) asking.set(name, known);
  };

  return {
    announce: (announced) => {
      if (wallMs() < pausedUntilMs) return;
      const puts = announced.map(requestOf);
      const firstUnknown = puts.findIndex((put) => !isKnown(put));
      const count = Math.min(depth(), Math.ceil(puts.length / 2));
      // As many again are in hand while they are asked for, so that a fast line does not outrun the question.
      if (firstUnknown < 0 || firstUnknown > count) return;
      ask(puts.slice(firstUnknown, firstUnknown + count).filter((put) => !isKnown(put)));
    },
    isSigned: async (put) => {
      const name = requestKey(put);
      if ((await asking.get(name)) === false) return false;
      if (signer.stateOf(put) === 'unknown') return false;
      countUse();
      return true;
    },
    end: () => {
      pausedUntilMs = Number.POSITIVE_INFINITY;
    },
  };
}

function requestOf({ key, contentType, sizeBytes }: AnnouncedPut): SignRequest {
  return { method: 'PUT', key, contentType, contentLength: sizeBytes };
}
