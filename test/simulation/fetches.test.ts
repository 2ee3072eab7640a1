/** Fetching in bad worlds: right bytes only, a budget that holds at every write, and an end to everything. */
import { describe, expect, it } from 'vitest';
import { createVideoFetcher } from '../../src/fetch/index.js';
import { simulateFetch } from './fetch/simulate.js';
import { NO_RATES } from './world/faults.js';

const SEEDS = Math.ceil(Number(process.env['SEEDS'] ?? 300) / 10);

describe('fetches in a bad world', () => {
  it(`serve right bytes only, within the budget, over ${SEEDS} seeds`, { timeout: 3_600_000 }, async () => {
    const fired = new Map<string, number>();
    const broken: string[] = [];
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const result = await simulateFetch({ seed, createVideoFetcher });
      if (result.violations.length > 0) broken.push(`seed ${seed}: ${result.violations.join('; ')}`);
      for (const [kind, count] of result.fired) fired.set(kind, (fired.get(kind) ?? 0) + count);
    }
    expect(broken.join('\n')).toBe('');
    const kinds = [
      'crash',
      'diskFull',
      'readError',
      'refused',
      'reset',
      'corruptGet',
      'truncatedGet',
      'unavailable',
      'throttled',
      'stall',
      'auth',
      'offline',
      'abortIgnored',
      'lingers',
      'readers',
      'reupload',
      'cacheRefused',
    ];
    console.info(kinds.map((kind) => `${kind} ${fired.get(kind) ?? 0}`).join(', '));
    expect(kinds.filter((kind) => (fired.get(kind) ?? 0) < SEEDS / 30)).toEqual([]);
  });

  it('take the same way for the same seed', async () => {
    const one = await simulateFetch({ seed: 3, createVideoFetcher });
    const two = await simulateFetch({ seed: 3, createVideoFetcher });
    expect(two.trace).toBe(one.trace);
    expect(two.operations).toBe(one.operations);
  });

  it('end well when they are killed at any operation, before it or after it', { timeout: 600_000 }, async () => {
    const whole = await simulateFetch({ seed: 1, createVideoFetcher, rates: NO_RATES, crashes: [], chaosMs: 0 });
    expect(whole.violations).toEqual([]);
    expect(whole.operations).toBeGreaterThan(30);
    const broken: string[] = [];
    for (let operation = 1; operation <= whole.operations; operation += 1) {
      for (const when of ['before', 'after'] as const) {
        const crashes = [{ operation, when }];
        const result = await simulateFetch({ seed: 1, createVideoFetcher, rates: NO_RATES, crashes, chaosMs: 0 });
        if (result.violations.length > 0) broken.push(`${operation} ${when}: ${result.violations.join('; ')}`);
      }
    }
    expect(broken.join('\n')).toBe('');
  });
});
