/**
 * Whether requests get any response. After consecutive requests without one, the network counts as down: all uploads wait, and one
 * request at a time probes, at growing intervals. So a night without a network uses up no retry budget, also without a `Conditions` port.
 */
import type { ReelwayErrorCode } from '../errors/index.js';
import type { Clock } from '../ports/index.js';
import type { RetryOptions } from './types.js';

/** `probing`: one upload may try. */
export type NetworkState = 'up' | 'down' | 'probing';

/** The state of the network, from the outcomes of requests. */
export interface NetworkHealth {
  state(): NetworkState;
  /** A request got a response; a refusal is one. */
  recordResponse(): void;
  /** A request got no response. */
  recordNoResponse(): void;
  /** The device reports that it is online: the next probe may begin at once. */
  probeNow(): void;
}

/** Consecutive requests without a response after which the network counts as down, at most. */
const MAX_FAILURES = 5;

/** Whether an error means that there was no response. */
export function isNoResponse(code: ReelwayErrorCode): boolean {
  return code === 'NETWORK' || code === 'TIMEOUT';
}

/** @param onChange called after each change of state */
export function createNetworkHealth(clock: Clock, retry: Required<RetryOptions>, onChange: () => void): NetworkHealth {
  // mutation-point: limit-unanswered-requests
  const maxFailures = Math.min(retry.maxAttempts, MAX_FAILURES);
  let state: NetworkState = 'up';
  let failed = 0;
  let probes = 0;
  let cancelProbe = (): void => undefined;
  const change = (next: NetworkState): void => {
    state = next;
    cancelProbe();
    cancelProbe = (): void => undefined;
    onChange();
  };
  const goDown = (): void => {
    probes += 1;
    const mostMs = Math.min(retry.maxDelayMs, retry.baseDelayMs * 2 ** probes);
    // At least half of it: with full jitter, some probes would follow at once.
    const delayMs = mostMs * (0.5 + clock.random() / 2);
    change('down');
    cancelProbe = clock.after(delayMs, () => change('probing'));
  };
  return {
    state: () => state,
    recordResponse: () => {
      failed = 0;
      probes = 0;
      if (state !== 'up') change('up');
    },
    recordNoResponse: () => {
      failed += 1;
      if (state === 'probing' || (state === 'up' && failed >= maxFailures)) goDown();
    },
    probeNow: () => {
      failed = 0;
      if (state === 'down') change('probing');
    },
  };
}
