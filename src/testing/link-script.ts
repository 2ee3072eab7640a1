/** What a scripted link does to which request: outages and faults by schedule. */
import { ReelwayError } from '../errors/index.js';
import type { AbortSignalLike, Clock } from '../index.js';

/** What a request does. */
export type LinkOperation = 'put' | 'get' | 'head' | 'remove' | 'list';

/**
 * What goes wrong. `refused`: no connection; `reset`: cut in the middle of the body; `lost-response`: done, but the answer is
 * lost; `unavailable`: 503; `throttled`: 429; `auth`: 401; `forbidden`: 403; `stall`: no byte moves until it is given up.
 */
export type LinkFaultKind = 'refused' | 'reset' | 'lost-response' | 'unavailable' | 'throttled' | 'auth' | 'forbidden' | 'stall';

/** A fault and when it strikes: all conditions that are named must hold. Requests are counted for each fault by itself. */
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
  /** How often it strikes in all, ≥ 1. @default without end */
  readonly times?: number;
  /** Milliseconds, ≥ 0, told with `unavailable` and `throttled`. @default none told */
  readonly retryAfterMs?: number;
}

/** A time without any connection. */
export interface LinkOutage {
  /** Milliseconds since the link was made, ≥ 0, inclusive. */
  readonly fromMs: number;
  /** Milliseconds since the link was made, exclusive. */
  readonly toMs: number;
}

/** Decides for each request. */
export interface LinkScript {
  /** The fault that strikes this request, if any; each call is a request. */
  draw(operation: LinkOperation, nowMs: number): LinkFault | undefined;
  /** How often each kind struck. */
  struck(): { readonly [Kind in LinkFaultKind]?: number };
}

/** A script over a list of faults: the first that holds strikes. */
export function createLinkScript(faults: readonly LinkFault[], clock: Pick<Clock, 'random'>): LinkScript {
  const counters = faults.map((fault) => ({ fault, seen: 0, struck: 0 }));
  return {
    draw: (operation, nowMs) => {
      let drawn: LinkFault | undefined;
      for (const counter of counters) {
        if (!fits(counter.fault, operation, nowMs)) continue;
        counter.seen += 1;
        if (drawn !== undefined || !strikes(counter, clock)) continue;
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

function strikes({ fault, seen, struck }: { fault: LinkFault; seen: number; struck: number }, clock: Pick<Clock, 'random'>): boolean {
  if (struck >= (fault.times ?? Number.POSITIVE_INFINITY)) return false;
  if (fault.request !== undefined && fault.request !== seen) return false;
  if (seen % (fault.everyNth ?? 1) !== 0) return false;
  return fault.chance === undefined || clock.random() < fault.chance;
}

/** What a request rejects with when this fault strikes it. */
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
