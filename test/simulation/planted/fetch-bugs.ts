/** Bugs in the fetch engine that show only with a second scope in the same cache directory. */
import type { PlantedBug } from './planted-bug.js';

export const FETCH_BUGS: readonly PlantedBug[] = [
  {
    name: 'keeps all scopes in one cache',
    edits: [{ at: 'name-cache-scope', value: "$callee('one')" }],
    breaks: /I7|I9|I10|call/,
    withinSeeds: 30,
  },
];
