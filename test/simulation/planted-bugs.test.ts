/** The simulation itself is tested: bugs are planted in the engine, and each must be found within a bounded number of seeds. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { simulateFetch } from './fetch/simulate.js';
import { PLANTED_BUGS, PLANTED_FETCH_BUGS } from './planted/bugs.js';
import { PLANTED_FETCH_LEAKS, PLANTED_LEAKS } from './planted/leaks.js';
import { loadMutant } from './planted/mutate.js';
import type { PlantedBug } from './planted/planted-bug.js';
import { type EngineUnderTest, simulateUpload } from './upload/simulate.js';
import { NO_EVENTS, NO_RATES } from './world/faults.js';

/** Broken engines leave rejections behind that nobody handles; here they are a finding, not a failure of the run. */
const unhandled: unknown[] = [];
const collect = (reason: unknown): void => {
  unhandled.push(reason);
};
let others: NodeJS.UnhandledRejectionListener[] = [];

beforeAll(() => {
  others = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', collect);
});

afterAll(() => {
  process.removeAllListeners('unhandledRejection');
  for (const listener of others) process.on('unhandledRejection', listener);
});

/** The first thing that shows the bug. */
async function hunt({ edits, withinSeeds, focus }: PlantedBug): Promise<string | undefined> {
  const engine = await loadMutant<EngineUnderTest>('upload', edits);
  const { outlives = false, suspensions = 0 } = focus ?? {};
  const chosen = {
    ...(focus?.copies === undefined ? {} : { copies: focus.copies }),
    ...(focus?.large === undefined ? {} : { large: focus.large }),
    ...(focus?.listing === undefined ? {} : { listing: focus.listing }),
  };
  const worlds =
    focus === undefined
      ? {}
      : { rates: { ...NO_RATES, ...focus.rates }, events: { ...NO_EVENTS, ...focus.events }, outlives, suspensions, ...chosen };
  for (let seed = 1; seed <= withinSeeds; seed += 1) {
    const { violations } = await simulateUpload(engine, { seed, ...worlds });
    if (violations[0] !== undefined) return `seed ${seed}, ${violations[0]}`;
  }
  return undefined;
}

/** The same for fetching. */
async function huntFetch({ edits, withinSeeds, focus }: PlantedBug): Promise<string | undefined> {
  const { createVideoFetcher } = await loadMutant<Pick<typeof import('../../src/fetch/index.js'), 'createVideoFetcher'>>('fetch', edits);
  const worlds = focus === undefined ? {} : { rates: { ...NO_RATES, ...focus.rates } };
  for (let seed = 1; seed <= withinSeeds; seed += 1) {
    const { violations } = await simulateFetch({ seed, createVideoFetcher, ...worlds });
    if (violations[0] !== undefined) return `seed ${seed}, ${violations[0]}`;
  }
  return undefined;
}

describe('a bug in the upload engine', () => {
  it.each([...PLANTED_BUGS, ...PLANTED_LEAKS])('that $name is found', { timeout: 600_000 }, async (bug) => {
    const found = (await hunt(bug)) ?? `nothing in ${bug.withinSeeds} seeds`;
    expect(found).toMatch(bug.breaks);
  });

  it('is not found where there is none', async () => {
    unhandled.length = 0;
    const found = await hunt({ name: 'none', edits: [], breaks: /^$/, withinSeeds: 20 });
    expect(found).toBeUndefined();
    expect(unhandled).toEqual([]);
  });
});

describe('a bug in the fetch engine', () => {
  it.each([...PLANTED_FETCH_BUGS, ...PLANTED_FETCH_LEAKS])('that $name is found', { timeout: 600_000 }, async (bug) => {
    const found = (await huntFetch(bug)) ?? `nothing in ${bug.withinSeeds} seeds`;
    expect(found).toMatch(bug.breaks);
  });
});
