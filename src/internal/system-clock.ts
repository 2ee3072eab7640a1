/** The time and the random numbers of the host. Nothing else reads them. */
import type { Clock } from '../ports/index.js';

/** A {@link Clock} over `Date`, timers and `Math.random`, which every host has. */
export function systemClock(): Clock {
  const startMs = Date.now();
  let lastMs = startMs;
  let offsetMs = 0;
  return {
    wallMs: () => Date.now(),
    // React Native does not have `performance` everywhere. After a backward jump of the wall clock, this clock stands still.
    monotonicMs: () => {
      const nowMs = Date.now();
      if (nowMs < lastMs) offsetMs += lastMs - nowMs;
      lastMs = nowMs;
      return nowMs + offsetMs - startMs;
    },
    after: (delayMs, run) => scheduleLong(delayMs, run),
    random: () => Math.random(),
  };
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Hosts fire timers above 2^31 - 1 ms at once, so long ones are chained. */
function scheduleLong(delayMs: number, run: () => void): () => void {
  let handle: unknown;
  const arm = (leftMs: number): void => {
    const stepMs = Math.min(leftMs, LONGEST_TIMER_MS);
    handle = setTimeout(() => (leftMs > stepMs ? arm(leftMs - stepMs) : run()), stepMs);
  };
  arm(Math.max(0, delayMs));
  return () => clearTimeout(handle);
}
