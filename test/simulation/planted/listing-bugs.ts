/** Bugs in the handling of listings that are wrong. */
import type { PlantedBug } from './planted-bug.js';

export const LISTING_BUGS: readonly PlantedBug[] = [
  {
    name: 'removes every key that a listing names',
    edits: [
      {
        file: 'blob-pages.ts',
        find: 'const own = page.blobs.filter(({ key }) => key.startsWith(prefix));',
        replace: 'const own = page.blobs;',
      },
    ],
    breaks: /I13/,
    withinSeeds: 300,
    focus: { events: { cancel: 3 } },
  },
  {
    name: 'removes every key that the second page of a listing names',
    edits: [
      {
        file: 'blob-pages.ts',
        find: 'const own = page.blobs.filter(({ key }) => key.startsWith(prefix));',
        replace: 'const own = page.blobs.filter(({ key }) => cursor !== undefined || key.startsWith(prefix));',
      },
    ],
    breaks: /I13/,
    withinSeeds: 300,
    focus: { events: { cancel: 3 } },
  },
  {
    name: 'removes only what a listing shows',
    edits: [
      {
        file: 'garbage.ts',
        find: '  await removeKnown(context, record, signal);',
        replace: '  if (!context.requests.lists) await removeKnown(context, record, signal);',
      },
    ],
    breaks: /I8/,
    withinSeeds: 300,
    focus: { rates: { unavailable: 0.3 }, events: { cancel: 3 }, listing: { pageSize: 1, fault: 'listTruncated' } },
  },
  {
    name: 'follows a listing that repeats itself for ever',
    edits: [
      { file: 'blob-pages.ts', find: 'if (this.cursors.has(cursor)) throw', replace: 'if (this.keys < 0) throw' },
      { file: 'blob-pages.ts', find: 'first === undefined || this.firstKeys.has(first) ?', replace: 'first === undefined ?' },
    ],
    breaks: /I10/,
    withinSeeds: 300,
    focus: { events: { cancel: 3 } },
  },
  {
    name: 'follows empty pages for ever',
    edits: [{ file: 'blob-pages.ts', find: 'if (this.emptyPages >= MAX_EMPTY_PAGES) throw', replace: 'if (this.emptyPages < 0) throw' }],
    breaks: /I10/,
    withinSeeds: 300,
    focus: { events: { cancel: 3 } },
  },
];
