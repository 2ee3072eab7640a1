/** The comments in `src` that name mutation points and the edits of the planted bugs fit together; see `test/simulation/planted/mutate.ts`. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PLANTED_BUGS, PLANTED_FETCH_BUGS } from '../simulation/planted/bugs.js';
import { pointsNamedBy } from '../simulation/planted/edit.js';
import { PLANTED_FETCH_LEAKS, PLANTED_LEAKS } from '../simulation/planted/leaks.js';
import { mutatedFiles } from '../simulation/planted/mutate.js';
import { readMarkedFiles } from '../simulation/planted/points.js';
import { ROOT } from './planted-tree.js';

const BUGS = [...PLANTED_BUGS, ...PLANTED_FETCH_BUGS, ...PLANTED_LEAKS, ...PLANTED_FETCH_LEAKS];

describe('the mutation points of src', () => {
  it('have unique names, and each is used by a planted bug', async () => {
    const files = await readMarkedFiles(join(ROOT, 'src'));
    const names = files.flatMap(({ points }) => points.map(({ name }) => name));
    const used = new Set(BUGS.flatMap(({ edits }) => edits.flatMap(pointsNamedBy)));
    expect(names.sort()).toEqual([...used].sort());
  });

  it('mark statements to which the edits of every planted bug apply', async () => {
    const files = await readMarkedFiles(join(ROOT, 'src'));
    const problems: string[] = [];
    for (const { name, edits } of BUGS) {
      const changed = await mutatedFiles(files, edits).catch((error: unknown) => problems.push(`${name}: ${String(error)}`));
      if (typeof changed === 'object') expect(changed.size, name).toBeGreaterThan(0);
    }
    expect(problems).toEqual([]);
  });
});
