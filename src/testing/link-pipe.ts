/** The wire of a scripted link: latency, one bandwidth for all requests, and times without connection. */
import { ReelwayError } from '../errors/index.js';
import type { AbortSignalLike, Clock } from '../index.js';
import { type LinkOutage, throwIfAborted } from './link-script.js';

/** The wire. */
export interface LinkPipe {
  /** Milliseconds since the link was made. */
  nowMs(): number;
  online(): boolean;
  /** Calls `listener` when the wire is cut or joined; returns its unsubscribe. */
  subscribe(listener: () => void): () => void;
  setOnline(online: boolean): void;
  setBytesPerSecond(bytesPerSecond: number): void;
  /** Waits; rejects with NETWORK once the wire is cut, with the signal's reason once aborted. */
  wait(delayMs: number, signal?: AbortSignalLike): Promise<void>;
  /** Moves bytes in small slices, in turn with all other requests. */
  move(bytes: number, signal?: AbortSignalLike, onProgress?: (movedBytes: number) => void): Promise<void>;
}

const SLICE_BYTES = 16_384;
/** A late timer of a busy host is made up for within this time, so that real bandwidth comes near the one asked for. */
const CATCH_UP_MS = 250;

/** A connection with limited bandwidth that is cut at the given times. */
export function createLinkPipe(clock: Clock, bytesPerSecond: number, outages: readonly LinkOutage[]): LinkPipe {
  const startMs = clock.monotonicMs();
  const nowMs = (): number => clock.monotonicMs() - startMs;
  const cuts = new Set<() => void>();
  const listeners = new Set<() => void>();
  const state = { switchedOn: true, rate: requireRate(bytesPerSecond), freeAtMs: 0 };
  const online = (): boolean => state.switchedOn && !outages.some((outage) => nowMs() >= outage.fromMs && nowMs() < outage.toMs);
  const nextCutMs = (): number =>
    Math.min(...outages.map((outage) => outage.fromMs).filter((fromMs) => fromMs > nowMs()), Number.POSITIVE_INFINITY);

  const wait = (delayMs: number, signal?: AbortSignalLike): Promise<void> =>
    new Promise((resolve, reject) => {
      throwIfAborted(signal);
      const untilCutMs = nextCutMs() - nowMs();
      const end = (settle: () => void): void => {
        cancel();
        cuts.delete(cut);
        signal?.removeEventListener('abort', abort);
        settle();
      };
      const cut = (): void => end(() => reject(new ReelwayError('NETWORK', { message: 'scripted: the link is cut' })));
      const abort = (): void => end(() => reject(signal?.reason ?? new ReelwayError('ABORTED')));
      const cancel = armed(clock, Math.min(delayMs, untilCutMs), () => (online() ? end(resolve) : cut()));
      cuts.add(cut);
      signal?.addEventListener('abort', abort);
    });

  const move = async (bytes: number, signal?: AbortSignalLike, onProgress?: (movedBytes: number) => void): Promise<void> => {
    let dueMs = nowMs();
    for (let moved = 0; moved < bytes; onProgress?.(moved)) {
      throwIfAborted(signal);
      if (!online()) throw new ReelwayError('NETWORK', { message: 'scripted: the link is cut' });
      const slice = state.rate === Number.POSITIVE_INFINITY ? bytes - moved : Math.min(SLICE_BYTES, bytes - moved);
      dueMs = Math.max(state.freeAtMs, dueMs, nowMs() - CATCH_UP_MS) + (slice / state.rate) * 1_000;
      state.freeAtMs = dueMs;
      if (dueMs > nowMs()) await wait(dueMs - nowMs(), signal);
      moved += slice;
    }
  };

  return {
    nowMs,
    online,
    wait,
    move,
    subscribe: (listener) => subscribe(clock, outages, nowMs, listeners, listener),
    setOnline: (value) => {
      state.switchedOn = value;
      if (!value) for (const cut of [...cuts]) cut();
      for (const listener of [...listeners]) listener();
    },
    setBytesPerSecond: (value) => {
      state.rate = requireRate(value);
    },
  };
}

/** Timers for the outages to come are armed for listeners only: an idle link leaves none behind. */
function subscribe(
  clock: Clock,
  outages: readonly LinkOutage[],
  nowMs: () => number,
  listeners: Set<() => void>,
  listener: () => void,
): () => void {
  const own = (): void => listener();
  listeners.add(own);
  const times = outages.flatMap(({ fromMs, toMs }) => [fromMs, toMs]).filter((ms) => ms > nowMs() && ms !== Number.POSITIVE_INFINITY);
  const cancels = times.map((ms) => clock.after(ms - nowMs(), own));
  return () => {
    listeners.delete(own);
    for (const cancel of cancels) cancel();
  };
}

/** A wait without end arms no timer: only a cut or an abort ends it. */
function armed(clock: Clock, delayMs: number, run: () => void): () => void {
  return delayMs === Number.POSITIVE_INFINITY ? () => undefined : clock.after(delayMs, run);
}

function requireRate(bytesPerSecond: number): number {
  if (!(bytesPerSecond > 0)) throw new TypeError('bytesPerSecond must be a number above 0');
  return bytesPerSecond;
}
