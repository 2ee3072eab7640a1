/** Retries: classes, budgets, jitter, Retry-After, and what never counts. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRetryPolicy, createRetryTracker, type RetryOptions } from '../../../src/core/index.js';
import { ERROR_TABLE, type ReelwayErrorCode } from '../../../src/errors/index.js';
import { codeOf, fieldOf, seededRandom } from '../support.js';

const policy = createRetryPolicy();
const CODES = Object.keys(ERROR_TABLE) as ReelwayErrorCode[];

function delayOf(code: ReelwayErrorCode, attemptsInClass: number, random: number, retryAfterMs?: number): number {
  const decision = policy.decide({ code, attemptsInClass, random, retryAfterMs });
  if (decision.action !== 'retry') throw new Error(`Expected a retry, not ${decision.action}`);
  return decision.delayMs;
}

describe('the retry policy', () => {
  it('tries again exactly what the table of codes calls retryable', () => {
    for (const code of CODES) {
      const { action } = policy.decide({ code, attemptsInClass: 1, random: 0.5 });
      expect(action === 'retry', code).toBe(ERROR_TABLE[code].retryable);
    }
  });

  it('waits for a sign-in and for room, and fails at once on what cannot change', () => {
    expect(policy.decide({ code: 'AUTH_REQUIRED', attemptsInClass: 99, random: 0 })).toEqual({
      action: 'wait',
      reason: 'auth',
      retryClass: 'auth',
    });
    expect(policy.decide({ code: 'STORAGE_FULL', attemptsInClass: 99, random: 0 })).toEqual({
      action: 'wait',
      reason: 'storage',
      retryClass: 'full',
    });
    expect(policy.decide({ code: 'FORBIDDEN', attemptsInClass: 1, random: 0 })).toEqual({ action: 'fail', retryClass: 'permanent' });
  });

  it('gives each class its own budget', () => {
    const budgets = { NETWORK: 10, THROTTLED: 20, SEGMENT_CORRUPT: 3, STORAGE_UNAVAILABLE: 5 } as const;
    for (const [code, budget] of Object.entries(budgets) as [ReelwayErrorCode, number][]) {
      expect(policy.decide({ code, attemptsInClass: budget, random: 0 }).action, code).toBe('retry');
      expect(policy.decide({ code, attemptsInClass: budget + 1, random: 0 }).action, code).toBe('fail');
    }
  });

  it('waits for the network while offline, however often it failed', () => {
    const offline = policy.decide({ code: 'NETWORK', attemptsInClass: 1_000, random: 0, online: false });
    expect(offline).toEqual({ action: 'wait', reason: 'offline', retryClass: 'transient' });
    expect(policy.decide({ code: 'SEGMENT_CORRUPT', attemptsInClass: 1, random: 0, online: false }).action).toBe('retry');
    expect(policy.decide({ code: 'NETWORK', attemptsInClass: 1, random: 0, online: true }).action).toBe('retry');
  });

  it('doubles the most it waits up to the cap, and spreads over all of it', () => {
    expect(delayOf('NETWORK', 1, 0)).toBe(50);
    expect(delayOf('NETWORK', 1, 1)).toBe(500);
    expect(delayOf('NETWORK', 3, 1)).toBe(2_000);
    expect(delayOf('NETWORK', 10, 1)).toBe(30_000);
    expect(delayOf('NETWORK', 10, 0)).toBe(50);
    expect(delayOf('THROTTLED', 1, 1)).toBe(1_000);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, random) => {
        const delay = delayOf('NETWORK', attempt, random);
        expect(delay).toBeGreaterThanOrEqual(50);
        expect(delay).toBeLessThanOrEqual(Math.min(30_000, 500 * 2 ** (attempt - 1)));
      }),
      { seed: 14 },
    );
  });

  it('honours Retry-After from its own delay up to 5 minutes, and ignores junk', () => {
    expect(delayOf('THROTTLED', 1, 0.5, 4_000)).toBe(4_000);
    expect(delayOf('THROTTLED', 1, 1, 10)).toBe(1_000);
    expect(delayOf('UNAVAILABLE', 1, 0.5, 86_400_000)).toBe(300_000);
    for (const junk of [Number.NaN, -1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(delayOf('THROTTLED', 1, 1, junk)).toBe(1_000);
    }
  });

  it('takes other figures and other classes', () => {
    const own = createRetryPolicy({
      baseMs: 10,
      throttleBaseMs: 1,
      minDelayMs: 5,
      maxDelayMs: 40,
      maxRetryAfterMs: 50,
      budgets: { transient: 0, throttle: 1 },
      classify: (code) => (code === 'FORBIDDEN' ? 'auth' : undefined),
    });
    expect(own.decide({ code: 'NETWORK', attemptsInClass: 1, random: 0 }).action).toBe('fail');
    expect(own.decide({ code: 'THROTTLED', attemptsInClass: 1, random: 1 })).toMatchObject({ delayMs: 5 });
    expect(own.decide({ code: 'THROTTLED', attemptsInClass: 1, random: 1, retryAfterMs: 60 })).toMatchObject({ delayMs: 50 });
    expect(own.decide({ code: 'FORBIDDEN', attemptsInClass: 1, random: 0 })).toMatchObject({ action: 'wait', reason: 'auth' });
    expect(own.classOf('BLOB_CORRUPT')).toBe('corrupt');
    expect(createRetryPolicy({ maxDelayMs: 20 }).decide({ code: 'NETWORK', attemptsInClass: 9, random: 1 })).toMatchObject({ delayMs: 20 });
  });

  it.each<[string, RetryOptions]>([
    ['retry.baseMs', { baseMs: 0 }],
    ['retry.baseMs', { baseMs: Number.NaN }],
    ['retry.baseMs', { baseMs: 31_000 }],
    ['retry.throttleBaseMs', { throttleBaseMs: -1 }],
    ['retry.minDelayMs', { minDelayMs: 501 }],
    ['retry.minDelayMs', { minDelayMs: -1 }],
    ['retry.maxDelayMs', { maxDelayMs: 0 }],
    ['retry.maxDelayMs', { maxDelayMs: Number.POSITIVE_INFINITY }],
    ['retry.maxRetryAfterMs', { maxRetryAfterMs: 1 }],
    ['retry.budgets.transient', { budgets: { transient: -1 } }],
    ['retry.budgets.throttle', { budgets: { throttle: 1.5 } }],
    ['retry.budgets.corrupt', { budgets: { corrupt: Number.POSITIVE_INFINITY } }],
    ['retry.budgets.storage', { budgets: { storage: Number.NaN } }],
  ])('refuses a wrong %s', (field, options) => {
    expect(codeOf(() => createRetryPolicy(options))).toBe('INVALID_CONFIG');
    expect(fieldOf(() => createRetryPolicy(options))).toBe(field);
  });
});

describe('the retry tracker', () => {
  it('fails after the budget of one class, while others stay untouched', () => {
    const tracker = createRetryTracker(policy, seededRandom(3));
    for (let attempt = 0; attempt < 10; attempt += 1) expect(tracker.fail({ code: 'NETWORK' }).action).toBe('retry');
    expect(tracker.fail({ code: 'BLOB_CORRUPT' }).action).toBe('retry');
    expect(tracker.count).toBe(11);
    expect(tracker.fail({ code: 'TIMEOUT' }).action).toBe('fail');
  });

  it('never counts what waits: one slip of the disk after a long night offline ends nothing', () => {
    const tracker = createRetryTracker(policy, seededRandom(4));
    for (let attempt = 0; attempt < 500; attempt += 1) {
      expect(tracker.fail({ code: 'NETWORK', online: false }).action).toBe('wait');
      expect(tracker.fail({ code: 'AUTH_REQUIRED' }).action).toBe('wait');
    }
    expect(tracker.count).toBe(0);
    expect(tracker.fail({ code: 'STORAGE_UNAVAILABLE' }).action).toBe('retry');
  });

  it('starts anew after a success, delay included', () => {
    const tracker = createRetryTracker(policy, () => 1);
    for (let attempt = 0; attempt < 10; attempt += 1) tracker.fail({ code: 'NETWORK' });
    tracker.succeed();
    expect(tracker.count).toBe(0);
    expect(tracker.fail({ code: 'NETWORK' })).toEqual({ action: 'retry', delayMs: 500, retryClass: 'transient' });
  });
});
