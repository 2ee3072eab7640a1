/** A deliberately bad link before a bucket in a directory, the same for both ways. */
import { randomInt } from 'node:crypto';
import { directoryBlobStore } from 'reelway/node';
import { createScriptedLink } from 'reelway/testing';

/** The system's own time, as a port. */
const clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, run) {
    // Node may ring up to a millisecond early, by this clock; a port never does.
    const timer = setTimeout(run, Math.ceil(delayMs) + 1);
    return () => clearTimeout(timer);
  },
  random: () => randomInt(2 ** 32) / 2 ** 32,
};

/** `operation` is what the link mostly carries: `put` or `get`. An outage may be scheduled, in ms from now. */
export function badLink({ bucket, operation, bytesPerSecond, outage }) {
  return createScriptedLink(directoryBlobStore({ directory: bucket }), {
    clock,
    latencyMs: 30,
    bytesPerSecond,
    ...(outage === undefined ? {} : { outages: [outage] }),
    faults: [
      { kind: 'unavailable', operation, everyNth: 13, retryAfterMs: 200 },
      { kind: 'reset', operation, everyNth: 23 },
      ...(operation === 'put' ? [{ kind: 'lost-response', operation, everyNth: 37 }] : []),
    ],
  });
}
