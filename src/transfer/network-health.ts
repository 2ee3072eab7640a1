/**
 * Whether anything gets through at all. When requests fail in a row and none succeeds, the network is taken for dead: all
 * uploads wait, and one at a time probes, ever more rarely. So a night without a network costs nobody's budget, also where no
 * `Conditions` port tells of it.
 */
import type { ReelwayErrorCode } from '../errors/index.js';
import type { Clock } from '../ports/index.js';
import type { RetryOptions } from './types.js';

/** `probing`: one upload may try. */
export type NetworkState = 'up' | 'down' | 'probing';

/** What is known of the network. */
export interface NetworkHealth {
  state(): NetworkState;
  /** A request got an answer, be it a refusal. */
  recordResponse(): void;
  /** A request got none. */
  recordNoResponse(): void;
  /** The device says that it is online again: no need to wait for the next probe. */
  probeNow(): void;
}

const MAX_STRIKES = 5;

/** Whether an error means that nothing came back. */
export function isNoResponse(code: ReelwayErrorCode): boolean {
  return code === 'NETWORK' || code === 'TIMEOUT';
}

/** @param onChange called after each change of state */
export function createNetworkHealth(clock: Clock, retry: Required<RetryOptions>, onChange: () => void): NetworkHealth {
  // mutation-point: limit-unanswered-requests
  const patience = Math.min(retry.maxAttempts, MAX_STRIKES);
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
    // Half of it at least: full jitter would let a dead network be asked again at once now and then.
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
      if (state === 'probing' || (state === 'up' && failed >= patience)) goDown();
    },
    probeNow: () => {
      failed = 0;
      if (state === 'down') change('probing');
    },
  };
}
