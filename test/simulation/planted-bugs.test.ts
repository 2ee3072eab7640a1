/** The simulation itself is tested: bugs are planted in the engine, and each must be found within a bounded number of seeds. */
import { describe, expect, it } from 'vitest';
import { PLANTED_BUGS } from './planted/bugs.js';
import { loadMutant } from './planted/mutate.js';
import { simulateUpload } from './upload/simulate.js';

describe('a bug in the engine', () => {
  it.each(PLANTED_BUGS)('that $name is found', { timeout: 600_000 }, async ({ edits, breaks, withinSeeds }) => {
    const engine = await loadMutant(edits);
    let found: string | undefined;
    let seed = 0;
    while (found === undefined && seed < withinSeeds) {
      seed += 1;
      const result = await simulateUpload(engine, { seed });
      found = result.violations[0];
    }
    expect(found, `not found in ${withinSeeds} seeds`).toMatch(breaks);
  });

  it('is not found where there is none', async () => {
    const engine = await loadMutant([]);
    for (let seed = 1; seed <= 10; seed += 1) {
      const result = await simulateUpload(engine, { seed });
      expect(result.violations).toEqual([]);
    }
  });
});
