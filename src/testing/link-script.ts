/** Outages and faults of a scripted link by schedule. */
import { ReelwayError } from '../errors/index.js';
import type { AbortSignalLike, Clock } from '../index.js';

/** What a request does. */
export type LinkOperation = 'put' | 'get' | 'head' | 'remove' | 'list';

/**
 * What goes wrong. `refused`: no connection; `reset`: cut in the middle of the body; `lost-response`: done, but the answer is
 * lost; `unavailable`: 503; `throttled`: 429; `auth`: 401; `forbidden`: 403; `stall`: no byte moves until it is given up.
 */
export type LinkFaultKind = 'refused' | 'reset' | 'lost-response' | 'unavailable' | 'throttled' | 'auth' | 'forbidden' | 'stall';

/** A fault and its conditions: all given conditions must hold. Each fault counts requests separately. */
export interface LinkFault {
  readonly kind: LinkFaultKind;
  /** @default any */
  readonly operation?: LinkOperation;
  /** Milliseconds since the link was made, ≥ 0, inclusive. @default 0 */
  readonly fromMs?: number;
  /** Milliseconds since the link was made, exclusive. @default for ever */
  readonly toMs?: number;
  /** Only the n-th of these requests, from 1. @default any */
  readonly request?: number;
  /** Only each n-th of these requests, ≥ 1. @default each */
  readonly everyNth?: number;
  /** Share of these requests, 0 to 1, drawn from the clock's `random()`. @default 1 */
  readonly chance?: number;
  /** Maximum number of injections, ≥ 1. @default unlimited */
  readonly times?: number;
  /** Retry-After of `unavailable` and `throttled`, in milliseconds, ≥ 0. @default none */
  readonly retryAfterMs?: number;
}

/** A time without any connection. */
export interface LinkOutage {
  /** Milliseconds since the link was made, ≥ 0, inclusive. */
  readonly fromMs: number;
  /** Milliseconds since the link was made, exclusive. */
  readonly toMs: number;
}

export interface LinkScript {
  /** The fault of this request, if any; each call counts as a request. */
  draw(operation: LinkOperation, nowMs: number): LinkFault | undefined;
  /** Number of injected faults by kind. */
  struck(): { readonly [Kind in LinkFaultKind]?: number };
}

/** A script over a list of faults: the first one whose conditions hold applies. */
export function createLinkScript(faults: readonly LinkFault[], clock: Pick<Clock, 'random'>): LinkScript {
  const counters = faults.map((fault) => ({ fault, seen: 0, struck: 0 }));
  return {
    draw: (operation, nowMs) => {
      let drawn: LinkFault | undefined;
      for (const counter of counters) {
        if (!fits(counter.fault, operation, nowMs)) continue;
        counter.seen += 1;
        if (drawn !== undefined || !applies(counter, clock)) continue;
        counter.struck += 1;
        drawn = counter.fault;
      }
      return drawn;
    },
    struck: () => {
      const sums: { [Kind in LinkFaultKind]?: number } = {};
      for (const { fault, struck } of counters) if (struck > 0) sums[fault.kind] = (sums[fault.kind] ?? 0) + struck;
      return sums;
    },
  };
}

function fits(fault: LinkFault, operation: LinkOperation, nowMs: number): boolean {
  if (fault.operation !== undefined && fault.operation !== operation) return false;
  return nowMs >= (fault.fromMs ?? 0) && nowMs < (fault.toMs ?? Number.POSITIVE_INFINITY);
}

function applies({ fault, seen, struck }: { fault: LinkFault; seen: number; struck: number }, clock: Pick<Clock, 'random'>): boolean {
  if (struck >= (fault.times ?? Number.POSITIVE_INFINITY)) return false;
  if (fault.request !== undefined && fault.request !== seen) return false;
  if (seen % (fault.everyNth ?? 1) !== 0) return false;
  return fault.chance === undefined || clock.random() < fault.chance;
}

export function errorOf(fault: LinkFault, operation: LinkOperation, key: string): ReelwayError {
  const { code, status } = ERRORS[fault.kind];
  const { retryAfterMs } = fault;
  return new ReelwayError(code, {
    message: `scripted: ${fault.kind} at ${operation} ${key}`,
    context: { key, ...(status === undefined ? {} : { status }), ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
  });
}

const ERRORS = {
  refused: { code: 'NETWORK', status: undefined },
  reset: { code: 'NETWORK', status: undefined },
  'lost-response': { code: 'NETWORK', status: undefined },
  stall: { code: 'TIMEOUT', status: undefined },
  unavailable: { code: 'UNAVAILABLE', status: 503 },
  throttled: { code: 'THROTTLED', status: 429 },
  auth: { code: 'AUTH_REQUIRED', status: 401 },
  forbidden: { code: 'FORBIDDEN', status: 403 },
} as const;

/** @throws the signal's reason, if it is aborted */
export function throwIfAborted(signal: AbortSignalLike | undefined): void {
  if (signal?.aborted) throw signal.reason ?? new ReelwayError('ABORTED');
}
