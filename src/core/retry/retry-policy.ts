/**
 * What to do after a failure: try again, wait for something, or give up. Pure, so that a simulation can walk it. Every class
 * of error has a budget of its own: one slip of the disk after a long night offline must not end an upload.
 */
import type { ReelwayErrorCode } from '../../errors/index.js';
import { checkInteger, checkNumber } from '../check-option.js';
import type { WaitingReason } from '../video/video.js';
import { CLASS_BY_CODE, type RetryClass } from './retry-classes.js';

/** The classes that are tried again after a delay; the others wait for something or fail at once. */
type BudgetedClass = 'transient' | 'throttle' | 'corrupt' | 'storage';

/** How {@link createRetryPolicy} decides. */
export interface RetryOptions {
  /** Milliseconds before the first retry at most, doubled each time, 1 to `maxDelayMs`. @default 500 */
  readonly baseMs?: number;
  /** The same for a busy store (THROTTLED), 1 to `maxDelayMs`. @default 1,000 */
  readonly throttleBaseMs?: number;
  /** Milliseconds before any retry at least, 0 to `baseMs`. @default 50 */
  readonly minDelayMs?: number;
  /** Milliseconds before any retry at most, unless the store asks for more, 1 to 86,400,000. @default 30,000 */
  readonly maxDelayMs?: number;
  /** Milliseconds that a store may ask to wait (Retry-After), longer wishes are cut, `maxDelayMs` to 86,400,000. @default 300,000 */
  readonly maxRetryAfterMs?: number;
  /** Retries in a row by class, integers of 0 to 1,000,000. @default transient 10, throttle 20, corrupt 3, storage 5 */
  readonly budgets?: { readonly [Class in BudgetedClass]?: number };
  /** Another class for a code, where the app knows better; `undefined` keeps ours. */
  readonly classify?: (code: ReelwayErrorCode) => RetryClass | undefined;
}

/** One failure. */
interface Failure {
  readonly code: ReelwayErrorCode;
  /** Failures of this class since the last success, this one included, ≥ 1. */
  readonly attemptsInClass: number;
  /** What the store asked for, in milliseconds; junk is ignored. */
  readonly retryAfterMs?: number | undefined;
  /** Whether the device is online; false: a failure of the network waits and never counts. */
  readonly online?: boolean | undefined;
}

/** What to do now. */
type RetryDecision =
  | { readonly action: 'retry'; readonly delayMs: number; readonly retryClass: BudgetedClass }
  | { readonly action: 'wait'; readonly reason: WaitingReason; readonly retryClass: RetryClass }
  | { readonly action: 'fail'; readonly retryClass: RetryClass };

/** Decides about failures; holds no state. */
export interface RetryPolicy {
  /** The class of a code. */
  classOf(code: ReelwayErrorCode): RetryClass;
  /** What to do after a failure; `random` is in [0, 1) and spreads the delay. */
  decide(failure: Failure & { readonly random: number }): RetryDecision;
}

/** Counts the failures of one piece of work and asks the policy. */
export interface RetryTracker {
  /** What to do after this failure. Waits are not counted. */
  fail(failure: Omit<Failure, 'attemptsInClass'>): RetryDecision;
  /** Forgets all failures: budgets and delays start again. */
  succeed(): void;
  /** Failures counted since the last success, ≥ 0. */
  readonly count: number;
}

type Settings = Required<Omit<RetryOptions, 'budgets' | 'classify'>> & { readonly budgets: Record<BudgetedClass, number> };

const DAY_MS = 86_400_000;
const MAX_BUDGET = 1_000_000;

/** A policy. @throws {ReelwayError} INVALID_CONFIG */
export function createRetryPolicy(options: RetryOptions = {}): RetryPolicy {
  const settings = settingsOf(options);
  const classOf = (code: ReelwayErrorCode): RetryClass => options.classify?.(code) ?? CLASS_BY_CODE[code];
  return {
    classOf,
    decide(failure) {
      const retryClass = classOf(failure.code);
      if (retryClass === 'permanent') return { action: 'fail', retryClass };
      if (retryClass === 'auth') return { action: 'wait', reason: 'auth', retryClass };
      if (retryClass === 'full') return { action: 'wait', reason: 'storage', retryClass };
      if (retryClass === 'transient' && failure.online === false) return { action: 'wait', reason: 'offline', retryClass };
      if (failure.attemptsInClass > settings.budgets[retryClass]) return { action: 'fail', retryClass };
      return { action: 'retry', delayMs: delayOf(settings, retryClass, failure), retryClass };
    },
  };
}

/** Counts one piece of work's failures for a policy; `random` gives numbers in [0, 1). */
export function createRetryTracker(policy: RetryPolicy, random: () => number): RetryTracker {
  const counts = new Map<RetryClass, number>();
  return {
    fail(failure) {
      const retryClass = policy.classOf(failure.code);
      const attemptsInClass = (counts.get(retryClass) ?? 0) + 1;
      const decision = policy.decide({ ...failure, attemptsInClass, random: random() });
      if (decision.action !== 'wait') counts.set(retryClass, attemptsInClass);
      return decision;
    },
    succeed() {
      counts.clear();
    },
    get count() {
      let sum = 0;
      for (const count of counts.values()) sum += count;
      return sum;
    },
  };
}

/** Full jitter: anywhere up to the doubled base, so that a crowd that failed together does not come back together. */
function delayOf(settings: Settings, retryClass: BudgetedClass, failure: Failure & { readonly random: number }): number {
  const base = retryClass === 'throttle' ? settings.throttleBaseMs : settings.baseMs;
  const most = Math.max(settings.minDelayMs, Math.min(settings.maxDelayMs, base * 2 ** (failure.attemptsInClass - 1)));
  const own = settings.minDelayMs + failure.random * (most - settings.minDelayMs);
  const asked = failure.retryAfterMs;
  if (asked === undefined || !Number.isFinite(asked) || asked <= own) return own;
  return Math.min(asked, settings.maxRetryAfterMs);
}

function settingsOf(options: RetryOptions): Settings {
  const maxDelayMs = checkNumber('retry.maxDelayMs', options.maxDelayMs ?? 30_000, 1, DAY_MS);
  const baseMs = checkNumber('retry.baseMs', options.baseMs ?? Math.min(500, maxDelayMs), 1, maxDelayMs);
  const given = options.budgets;
  return {
    maxDelayMs,
    baseMs,
    throttleBaseMs: checkNumber('retry.throttleBaseMs', options.throttleBaseMs ?? Math.min(1_000, maxDelayMs), 1, maxDelayMs),
    minDelayMs: checkNumber('retry.minDelayMs', options.minDelayMs ?? Math.min(50, baseMs), 0, baseMs),
    maxRetryAfterMs: checkNumber('retry.maxRetryAfterMs', options.maxRetryAfterMs ?? Math.max(300_000, maxDelayMs), maxDelayMs, DAY_MS),
    budgets: {
      transient: budget('transient', given?.transient ?? 10),
      throttle: budget('throttle', given?.throttle ?? 20),
      corrupt: budget('corrupt', given?.corrupt ?? 3),
      storage: budget('storage', given?.storage ?? 5),
    },
  };
}

function budget(name: BudgetedClass, value: number): number {
  return checkInteger(`retry.budgets.${name}`, value, 0, MAX_BUDGET);
}
