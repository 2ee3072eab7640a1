/** Bugs that a careful person could write into the engine, and the promise that each breaks. */
import type { Edit } from './edit.js';
import { FETCH_BUGS } from './fetch-bugs.js';
import { JOURNAL_BUGS } from './journal-bugs.js';
import { LISTING_BUGS } from './listing-bugs.js';
import { ORDER_BUGS } from './order-bugs.js';
import type { PlantedBug } from './planted-bug.js';
import { SOURCE_BUGS } from './source-bugs.js';

const NO_VERIFY: Edit = { at: 'verify-segments', value: '[]' };
const TRUST_ATTESTED: Edit = { at: 'reject-stored-hash', replace: 'return true;' };

/** Wishes of the store do not outlive the attempt that heard them. */
const NO_PACING: Edit = { at: 'remember-retry-after', remove: true };

export const PLANTED_BUGS: readonly PlantedBug[] = [
  ...LISTING_BUGS,
  ...SOURCE_BUGS,
  ...JOURNAL_BUGS,
  ...ORDER_BUGS,
  {
    name: 'acknowledges a segment before it is put, and checks nothing at the end',
    edits: [
      {
        at: 'send-segment',
        before: "void $callee@acknowledge-segment($args[0]@acknowledge-segment, '00000000', true).catch(() => undefined);",
      },
      NO_VERIFY,
    ],
    breaks: /I1|I3|I2b|contract/,
    withinSeeds: 60,
  },
  {
    name: 'writes the manifest while segments are still on their way',
    edits: [{ at: 'send-missing-segments', unawaited: true }, NO_VERIFY],
    breaks: /I1|I2|I3|INTERNAL/,
    withinSeeds: 20,
  },
  { name: 'does not ask the store for what it has not attested', edits: [NO_VERIFY], breaks: /I1/, withinSeeds: 400 },
  { name: 'takes any attested hash for the right one', edits: [TRUST_ATTESTED], breaks: /I1/, withinSeeds: 400 },
  {
    name: 'uses a hash that the store does not attest',
    edits: [{ at: 'attested-hashes', wrap: '(original, hashes) => hashes' }],
    breaks: /I1/,
    withinSeeds: 300,
    focus: { rates: { corruptPut: 0.1 } },
  },
  {
    name: 'stores every attempt under the same keys',
    edits: [{ at: 'name-segment-key', value: "$callee($args[0], 'fixed', $args[2])" }],
    breaks: /I1|I2|I8/,
    withinSeeds: 20,
  },
  {
    name: 'writes one record twice at once',
    edits: [{ at: 'start-write-when-idle', condition: 'true' }],
    breaks: /contract/,
    withinSeeds: 60,
  },
  {
    name: 'counts being offline against the budget',
    edits: [
      { at: 'wait-while-offline', remove: true },
      { at: 'read-online', value: 'true' },
      { at: 'limit-unanswered-requests', value: '500' },
      { at: 'require-online', remove: true },
    ],
    breaks: /I2b/,
    withinSeeds: 400,
  },
  {
    name: 'sweeps behind a canceled upload once only',
    edits: [{ at: 'end-cleanup', condition: 'true' }],
    breaks: /I8/,
    withinSeeds: 300,
    focus: { rates: { lateLanding: 0.3, duplicate: 0.3 }, events: { cancel: 3 } },
  },
  {
    name: 'never looks at the source again',
    edits: [
      { at: 'compare-source-size', remove: true },
      { at: 'compare-source-time', remove: true },
      { at: 'compare-samples-on-open', remove: true },
      { at: 'compare-samples-on-recheck', remove: true },
      { at: 'compare-source-hash', remove: true },
    ],
    breaks: /I1|I2|I3|INTERNAL/,
    withinSeeds: 200,
    focus: { rates: { unavailable: 0.4 }, events: { sourceChange: 5, gracefulStop: 2 } },
  },
  {
    name: 'says that a video is in the queue before its record is durable',
    edits: [{ at: 'save-new-record', unawaited: true }],
    breaks: /I2|I15|contract/,
    withinSeeds: 100,
  },
  {
    name: 'publishes under a new key at each attempt',
    edits: [{ at: 'set-idempotency-key', value: '`${$value}-${(globalThis.attempts = (globalThis.attempts ?? 0) + 1)}`' }],
    breaks: /I3/,
    withinSeeds: 300,
  },
  {
    name: 'does not read the manifest back',
    edits: [{ at: 'read-back-manifest', remove: true }],
    breaks: /I1|I3/,
    withinSeeds: 400,
    focus: { rates: { corruptPut: 0.1 } },
  },
  {
    name: 'believes any manifest under its own id',
    edits: [{ at: 'compare-stored-manifest', condition: 'true' }],
    breaks: /I1|I3/,
    withinSeeds: 100,
    focus: { rates: { forgedManifest: 0.8, crash: 0.02 } },
  },
  {
    name: 'believes a manifest where the journal has lost a hash',
    edits: [{ at: 'verify-unjournaled-segment', remove: true }],
    breaks: /I1|I3/,
    withinSeeds: 150,
    focus: { rates: { forgedManifest: 0.8, crash: 0.02, rottenPage: 0.5 } },
  },
  {
    name: 'sends again what the operating system still carries',
    edits: [{ at: 'wait-for-background-put', remove: true }],
    breaks: /I12/,
    withinSeeds: 60,
    focus: { rates: { slowCarry: 0.3, crash: 0.02 }, outlives: true },
  },
  {
    name: 'takes what the operating system carried for stored',
    edits: [{ at: 'look-for-sent-segment', value: '{ hashes: {} }' }, { at: 'compare-sent-size', remove: true }, NO_VERIFY],
    breaks: /I1|I3/,
    withinSeeds: 60,
    focus: { rates: { slowCarry: 0.3, carrierDrops: 0.4, crash: 0.02 }, outlives: true },
  },
  {
    name: 'clears staged files at the start that are still carried',
    edits: [{ at: 'clear-staging-folder', condition: 'true' }],
    breaks: /I12/,
    withinSeeds: 60,
    focus: { rates: { slowCarry: 0.3, crash: 0.02 }, outlives: true },
  },
  {
    name: 'removes a staged file although the operating system goes on with it',
    edits: [{ at: 'keep-staged-file-in-use', remove: true }],
    breaks: /I12/,
    withinSeeds: 60,
    focus: { rates: { carrierGoesOn: 0.3 }, events: { pause: 3 }, outlives: true },
  },
  {
    name: 'forgets a canceled upload while the operating system carries some of it',
    edits: [{ at: 'detect-background-put', value: 'false' }],
    breaks: /I8/,
    withinSeeds: 300,
    focus: { rates: { slowCarry: 0.6, crash: 0.02 }, events: { cancel: 3 }, outlives: true },
  },
  {
    name: 'does not hear Retry-After',
    edits: [{ at: 'read-retry-after', value: '{}' }, NO_PACING],
    breaks: /I10/,
    withinSeeds: 60,
    focus: { rates: { throttled: 0.3, unavailable: 0.2 } },
  },
  {
    name: 'lends a buffer again that a deaf store still reads',
    edits: [{ at: 'discard-or-reuse-buffer', condition: 'false' }],
    breaks: /I1|lending/,
    withinSeeds: 400,
    focus: { rates: { stall: 0.1, deaf: 0.5 } },
  },
  {
    name: 'takes an unreadable store for an empty one',
    edits: [
      {
        at: 'guard-record-store',
        wrap: '(original, ...args) => { const store = original(...args); return { ...store, keys: (prefix) => store.keys(prefix).catch(() => []) }; }',
      },
    ],
    breaks: /I2/,
    withinSeeds: 300,
    focus: { rates: { recordStoreUnavailable: 0.05, crash: 0.01 } },
  },
  {
    name: 'waits for ever for a request that stands still',
    edits: [{ at: 'abort-stalled-request', replace: 'if ($test) $then' }],
    breaks: /I2/,
    withinSeeds: 40,
    focus: { rates: { stall: 0.05 } },
  },
  {
    name: 'leaves timers behind',
    edits: [
      { at: 'cancel-stall-timer', remove: true },
      { at: 'end-clock', remove: true },
    ],
    breaks: /I10/,
    withinSeeds: 300,
  },
  {
    name: 'sends as much at once as there is',
    edits: [
      { at: 'create-request-slots', value: 'new $callee($args[0], 99, $args[2])' },
      { at: 'change-request-slots', remove: true },
    ],
    breaks: /I10|I4/,
    withinSeeds: 60,
  },
  {
    name: 'forgets Retry-After when a run ends before it',
    edits: [NO_PACING],
    breaks: /I10/,
    withinSeeds: 300,
    focus: { rates: { throttled: 0.3, refused: 0.4 } },
  },
  {
    name: 'leaves readers of a failed check at work',
    edits: [{ at: 'stop-after-first-failure', replace: '$body' }],
    breaks: /I10|INTERNAL/,
    withinSeeds: 600,
  },
  {
    name: 'forgets the copies of what is over',
    edits: [
      { at: 'release-source-copy', remove: true },
      { at: 'list-needed-copies', value: '{ has: () => true }' },
    ],
    breaks: /I8/,
    withinSeeds: 30,
  },
  {
    name: 'forgets a copy whose process died before its record was written',
    edits: [{ at: 'list-needed-copies', value: '{ has: () => true }' }],
    breaks: /I8/,
    withinSeeds: 600,
    focus: { rates: { crash: 0.05 }, copies: true },
  },
  {
    name: 'clears away the copies of uploads that go on',
    edits: [{ at: 'list-needed-copies', value: 'new Set()' }],
    breaks: /I2b|I2/,
    withinSeeds: 100,
    focus: { rates: { crash: 0.05 }, copies: true },
  },
  {
    name: 'tells secrets',
    edits: [
      {
        at: 'redact-stored-error',
        wrap: '(original, error) => ({ ...original(error), message: `${error.message} ${String(error.cause)}`.slice(0, 500) })',
      },
    ],
    breaks: /I11/,
    withinSeeds: 300,
  },
  {
    name: 'writes records after another process has taken its lock',
    edits: [
      { at: 'check-lease-before-write', remove: true },
      { at: 'check-lease', condition: 'true' },
    ],
    breaks: /I14/,
    withinSeeds: 40,
    focus: { suspensions: 3 },
  },
];

export const PLANTED_FETCH_BUGS: readonly PlantedBug[] = [
  ...FETCH_BUGS,
  {
    name: 'takes a segment with another hash',
    edits: [{ at: 'compare-segment-hash', value: 'true' }],
    breaks: /I9/,
    withinSeeds: 30,
    focus: { rates: { corruptGet: 0.2 } },
  },
  {
    name: 'keeps more than its budget',
    edits: [{ at: 'set-cache-budget', value: '$value * 2' }],
    breaks: /I7/,
    withinSeeds: 30,
    focus: { rates: {} },
  },
  {
    name: 'ends the read-ahead of the other readers when one of them reads',
    edits: [{ at: 'list-reader-windows', value: '$value.slice(-1)' }],
    breaks: /I16/,
    withinSeeds: 10,
    focus: { rates: {} },
  },
];
