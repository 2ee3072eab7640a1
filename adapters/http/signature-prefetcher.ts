/**
 * Prefetches signatures for announced puts, many in one request to the backend, so that a put does not wait for a round trip.
 * Prefetches only as many signatures as recent throughput will use before they expire.
 */
import type { AnnouncedPut } from '../../src/ports/index.js';
import { requestKey, type SignRequest } from './signature-cache.js';
import type { Signer } from './signing.js';

/** Pause after a failed prefetch; meanwhile each put requests its own signature. */
const PAUSE_MS = 60_000;
/** Weight of the newest interval between two puts in their moving average. */
const INTERVAL_WEIGHT = 0.1;

export interface SignaturePrefetcher {
  announce(puts: readonly AnnouncedPut[]): void;
  /** Whether the signature of this put was prefetched; waits for a prefetch under way. Never rejects. */
  isSigned(put: SignRequest): Promise<boolean>;
  /** Stops prefetching: the puts differ from the announced ones, for example by a Content-MD5. */
  end(): void;
}

/** @param most signatures in one request, ≥ 0; 0 disables prefetching */
export function createSignaturePrefetcher(signer: Signer, most: number, wallMs: () => number): SignaturePrefetcher {
  let usableMs = Number.POSITIVE_INFINITY;
  let lastUseMs: number | undefined;
  let intervalMs = 0;
  let pausedUntilMs = most === 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  const asking = new Map<string, Promise<boolean>>();

  /** A known signature is not prefetched again, even if it has expired: the put itself refreshes it. */
  const isKnown = (put: SignRequest): boolean => asking.has(requestKey(put)) || signer.stateOf(put) !== 'unknown';
  const countUse = (): void => {
    const nowMs = wallMs();
    const sinceMs = Math.min(Math.max(0, nowMs - (lastUseMs ?? nowMs)), Math.max(usableMs, 0));
    lastUseMs = nowMs;
    intervalMs += (sinceMs - intervalMs) * INTERVAL_WEIGHT;
  };
  /** The last prefetched signature is used after twice as many puts; that must be well before it expires. */
  const depth = (): number => Math.min(most, Math.max(1, Math.floor(usableMs / (3 * intervalMs)) || 0));
  const ask = (puts: readonly SignRequest[]): void => {
    const names = puts.map(requestKey);
    const answered = signer.askAhead(puts).then(
      (leastMs) => {
        usableMs = leastMs;
        return true;
      },
      () => {
        // Not reported here: each put meets the same error and reports it.
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
      // Begins when as many signatures are left as one request brings, so that fast puts do not outrun it.
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
