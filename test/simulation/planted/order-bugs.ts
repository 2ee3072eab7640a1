/** Bugs in who may act and in what order (I14, I15), and in what progress says (I6). */
import type { PlantedBug } from './planted-bug.js';

export const ORDER_BUGS: readonly PlantedBug[] = [
  {
    name: 'sends objects after another process has taken its lock',
    edits: [{ at: 'check-lease-before-put', remove: true }],
    breaks: /I14/,
    withinSeeds: 300,
    focus: { events: { leaseStolen: 5, offline: 3 } },
  },
  {
    name: 'sends the manifest after another process has taken its lock',
    edits: [{ at: 'check-lease-before-manifest', remove: true }],
    breaks: /I14/,
    withinSeeds: 300,
    focus: { rates: { unavailable: 0.3 }, events: { leaseStolen: 5 } },
  },
  {
    name: 'sweeps behind a canceled upload after another process has taken its lock',
    edits: [{ at: 'check-lease-before-sweep', remove: true }],
    breaks: /I14/,
    withinSeeds: 300,
    focus: { rates: { unavailable: 0.1 }, events: { leaseStolen: 5, cancel: 5 } },
  },
  {
    name: 'counts an object before its acknowledgement is durable',
    edits: [{ at: 'acknowledge-segment', unawaited: true }],
    breaks: /I6|I15/,
    withinSeeds: 60,
  },
  {
    name: 'records a video as published before it is',
    edits: [
      { at: 'publish-video', before: '$node@save-published' },
      { at: 'save-published', remove: true },
    ],
    breaks: /I15/,
    withinSeeds: 20,
  },
  {
    name: 'says that an upload is completed before its record is durable',
    edits: [{ at: 'save-completion', unawaited: true }],
    breaks: /I15/,
    withinSeeds: 20,
  },
  {
    name: 'removes what a canceled upload has sent before the cancellation is durable',
    edits: [{ at: 'save-cancellation', unawaited: true }],
    breaks: /I15|contract/,
    withinSeeds: 60,
  },
  {
    name: 'shows nothing of what former lives have sent',
    edits: [{ at: 'restore-bytes', value: '0' }],
    breaks: /I6/,
    withinSeeds: 60,
  },
];
