/** Bugs in the second hashing of the source, which decides only where the samples do not cover every byte. */
import type { PlantedBug } from './planted-bug.js';

export const SOURCE_BUGS: readonly PlantedBug[] = [
  {
    name: 'believes what a former life has sent of a large source',
    edits: [{ at: 'compare-source-hash', remove: true }],
    breaks: /I1|I3/,
    withinSeeds: 300,
    focus: { rates: { sourceEditedBetweenLives: 0.5, crash: 0.02, unavailable: 0.1 }, large: true },
  },
  {
    name: 'hashes only every other object of the source again',
    edits: [
      {
        at: 'compare-source-hash',
        condition: '$test && (globalThis.comparedObjects = (globalThis.comparedObjects ?? 0) + 1) % 2 === 0',
      },
    ],
    breaks: /I1|I3/,
    withinSeeds: 300,
    focus: { rates: { sourceEditedBetweenLives: 0.5, crash: 0.02, unavailable: 0.1 }, large: true },
  },
];
