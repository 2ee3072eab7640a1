/** Bugs in the handling of listings that are wrong. */
import type { PlantedBug } from './planted-bug.js';

export const LISTING_BUGS: readonly PlantedBug[] = [
  {
    name: 'removes every key that a listing names',
    edits: [{ at: 'keys-of-prefix', value: '$callee(() => true)' }],
    breaks: /I13/,
    withinSeeds: 300,
    focus: { events: { cancel: 3 } },
  },
  {
    name: 'removes every key that the second page of a listing names',
    edits: [
      {
        at: 'walk-listing',
        wrap: `(original, walk) => {
          let pages = 0;
          const visit = async (blobs) => {
            pages += 1;
            const own = pages > 1 ? blobs : blobs.filter(({ key }) => key.startsWith(walk.prefix));
            if (own.length > 0) await walk.visit(own);
          };
          return original({ ...walk, prefix: '', visit });
        }`,
      },
    ],
    breaks: /I13|I15/,
    withinSeeds: 300,
    focus: { events: { cancel: 3 } },
  },
  {
    name: 'removes only what a listing shows',
    edits: [{ at: 'remove-by-name', remove: true }],
    breaks: /I8/,
    withinSeeds: 300,
    focus: { rates: { unavailable: 0.3 }, events: { cancel: 3 }, listing: { pageSize: 1, fault: 'listTruncated' } },
  },
  {
    name: 'follows a listing that repeats itself for ever',
    edits: [
      { at: 'repeated-cursor', condition: 'false' },
      { at: 'count-empty-pages', value: '0' },
    ],
    breaks: /I10/,
    withinSeeds: 300,
    focus: { events: { cancel: 3 } },
  },
  {
    name: 'follows empty pages for ever',
    edits: [{ at: 'count-empty-pages', value: '0' }],
    breaks: /I10/,
    withinSeeds: 300,
    focus: { events: { cancel: 3 } },
  },
];
