/** Bugs in reading a journal that was damaged. */
import type { PlantedBug } from './planted-bug.js';

export const JOURNAL_BUGS: readonly PlantedBug[] = [
  {
    name: 'believes a record whose checksum is wrong',
    edits: [{ at: 'compare-record-checksum', value: 'true' }],
    breaks: /I1|I2|I3|I6|I15|INTERNAL/,
    withinSeeds: 300,
    focus: { rates: { flippedDigit: 0.3, crash: 0.02, unavailable: 0.1 } },
  },
];
