/** Bugs that leave timers, listeners, files or downloads open (I10). */
import type { PlantedBug } from './planted-bug.js';

export const PLANTED_LEAKS: readonly PlantedBug[] = [
  {
    name: 'sets the timer of a sweep after the stop has cleared the timers',
    edits: [
      { at: 'refuse-visit-after-stop', remove: true },
      { at: 'schedule-visit', replace: '(globalThis.visitTimers ??= new Set()).add($callee($args));' },
      { at: 'stop-visits', before: 'for (const cancel of globalThis.visitTimers ?? []) cancel();' },
      { at: 'end-clock', remove: true },
    ],
    breaks: /I10/,
    withinSeeds: 300,
    focus: { events: { disable: 6, cancel: 4 } },
  },
  {
    name: 'does not wait for the calls of the app when it stops',
    edits: [{ at: 'await-calls', remove: true }],
    breaks: /I10/,
    withinSeeds: 300,
  },
  {
    name: 'leaves its listener on the conditions of the device',
    edits: [{ at: 'unsubscribe-conditions', remove: true }],
    breaks: /I10/,
    withinSeeds: 20,
  },
  {
    name: 'leaves a download open that stands still',
    edits: [{ at: 'release-download', replace: 'if (!stall.signal.aborted) $callee($args);' }],
    breaks: /I10/,
    withinSeeds: 100,
    focus: { rates: { stall: 0.1 } },
  },
  {
    name: 'leaves the source open when its objects are sent',
    edits: [{ at: 'close-source', remove: true }],
    breaks: /I10/,
    withinSeeds: 20,
  },
];

export const PLANTED_FETCH_LEAKS: readonly PlantedBug[] = [
  {
    name: 'goes on listening to the device after a backoff',
    edits: [{ at: 'unsubscribe-backoff', remove: true }],
    breaks: /I10/,
    withinSeeds: 20,
    focus: { rates: { unavailable: 0.1 } },
  },
  {
    name: 'leaves a download open that comes after it was given up',
    edits: [{ at: 'release-late-download', replace: '$callee(() => undefined, $args[1]);' }],
    breaks: /I10/,
    withinSeeds: 60,
    focus: { rates: {} },
  },
  {
    name: 'leaves the files of its cache open',
    edits: [{ at: 'close-cache-file', remove: true }],
    breaks: /I10/,
    withinSeeds: 10,
    focus: { rates: {} },
  },
];
