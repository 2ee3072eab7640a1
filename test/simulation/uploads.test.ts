/**
 * Thousands of bad worlds, each a function of its seed. `SEEDS=10000` for a long run; a failure prints the command that
 * replays it.
 */
import { describe, expect, it } from 'vitest';
import { createUploadEngine, rawPackaging } from '../../src/upload/index.js';
import { type SimulationResult, simulateUpload } from './upload/simulate.js';
import { BASE_EVENTS, BASE_RATES, FETCH_ONLY, MORE_EVENTS, MORE_RATES, PENDING } from './world/faults.js';
import type { CrashPoint } from './world/world.js';

const SEEDS = Number(process.env['SEEDS'] ?? 300);
const FIRST_SEED = Number(process.env['FIRST_SEED'] ?? 1);
const engine = { createUploadEngine, rawPackaging };

const explain = (result: SimulationResult): string =>
  `seed ${result.seed}: ${result.violations.join('; ')}\n  replay: npx tsx test/simulation/replay.ts ${result.seed}`;

describe('uploads in a bad world', () => {
  it(`keep every promise over ${SEEDS} seeds, and every fault strikes`, { timeout: 3_600_000 }, async () => {
    const fired = new Map<string, number>();
    const broken: string[] = [];
    let lives = 0;
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed += 1) {
      const result = await simulateUpload(engine, { seed });
      if (result.violations.length > 0) broken.push(explain(result));
      for (const [kind, count] of result.fired) fired.set(kind, (fired.get(kind) ?? 0) + count);
      lives += result.lives;
    }
    expect(broken.join('\n')).toBe('');
    const ways = ['cutAndLandsLate', 'landsAfterError', 'landsTwice', 'landsDeaf', 'carriedPastDeath', 'carriedPastAbort'];
    const stops = ['earlyStop', 'abortIgnored', 'lingers'];
    const silences = ['suspension', 'silentHolderFollowed', 'silentHolderGoesOn'];
    const more = [...Object.keys(MORE_RATES), ...Object.keys(MORE_EVENTS)].filter(
      (kind) => ![...PENDING, ...FETCH_ONLY].some((one) => one === kind),
    );
    const kinds = [...Object.keys(BASE_RATES), ...Object.keys(BASE_EVENTS), ...more, ...ways, ...stops, ...silences];
    console.info(kinds.map((kind) => `${kind} ${fired.get(kind) ?? 0}`).join(', '));
    const rare = kinds.filter((kind) => (fired.get(kind) ?? 0) < SEEDS / 100);
    expect(rare).toEqual([]);
    expect(lives).toBeGreaterThan(2 * SEEDS);
  });

  it('takes the same way for the same seed', async () => {
    const traces = async (): Promise<string[]> => {
      const all: string[] = [];
      for (let seed = 1; seed <= 25; seed += 1) {
        const { trace, operations } = await simulateUpload(engine, { seed });
        all.push(`${trace} ${operations}`);
      }
      return all;
    };
    const first = await traces();
    expect(new Set(first).size).toBe(25);
    expect(await traces()).toEqual(first);
  });
});

/** Every operation of an undisturbed upload, each killed before and after it, and once more while it recovers. */
function* everyCrash(operations: number): Generator<readonly CrashPoint[]> {
  for (let operation = 1; operation <= operations; operation += 1) {
    for (const when of ['before', 'after'] as const) {
      yield [{ operation, when }];
      yield [
        { operation, when },
        { operation: operation + 1 + ((operation * 7) % 12), when },
      ];
    }
  }
}

describe('an upload that is killed', () => {
  it.each([
    [1, false],
    [4, false],
    [8, false],
    [1, true],
    [4, true],
  ])('at any operation of %d segments comes to its end, carried on after it: %s', { timeout: 600_000 }, async (segments, outlives) => {
    const whole = await simulateUpload(engine, { seed: segments, segments, outlives });
    expect(whole.violations).toEqual([]);
    expect(whole.operations).toBeGreaterThan(10);
    const broken: string[] = [];
    let killed = 0;
    for (const crashes of everyCrash(whole.operations)) {
      const result = await simulateUpload(engine, { seed: segments, segments, outlives, crashes });
      killed += result.fired.get('crash') ?? 0;
      if (result.violations.length > 0) broken.push(`${JSON.stringify(crashes)}: ${result.violations.join('; ')}`);
    }
    expect(broken.join('\n')).toBe('');
    expect(killed).toBeGreaterThan(whole.operations * 5);
  });
});
