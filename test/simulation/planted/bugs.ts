/** Bugs that a careful person could write into the engine, and the promise that each breaks. */
import { LISTING_BUGS } from './listing-bugs.js';
import type { Edit } from './mutate.js';
import type { PlantedBug } from './planted-bug.js';

const NO_VERIFY: Edit = {
  file: 'run.ts',
  find: 'const broken = await findBroken(context, session, signal);',
  replace: 'const broken: number[] = [];',
};
const TRUST_ATTESTED: Edit = {
  file: 'segment-worker.ts',
  find: "  throw new ReelwayError('BLOB_CORRUPT', {\n    message: `The store holds other bytes",
  replace: "  if (1 > 0) return true;\n  throw new ReelwayError('BLOB_CORRUPT', {\n    message: `The store holds other bytes",
};

/** Wishes of the store do not outlive the attempt that heard them. */
const NO_PACING: Edit = { file: 'pacing.ts', find: 'notBefore.set(key, clock.monotonicMs() + Math.min(askedMs, MAX_MS));', replace: '' };

export const PLANTED_BUGS: readonly PlantedBug[] = [
  ...LISTING_BUGS,
  {
    name: 'acknowledges a segment before it is put, and checks nothing at the end',
    edits: [
      {
        file: 'segment-worker.ts',
        find: '  const { hash, info } = brought ?? (await ROUTES',
        replace:
          "  void session.upload.journal.acknowledge(index, '00000000', true).catch(() => undefined);\n  const { hash, info } = brought ?? (await ROUTES",
      },
      NO_VERIFY,
    ],
    breaks: /I1|I3|I2b|contract/,
    withinSeeds: 60,
  },
  {
    name: 'writes the manifest while segments are still on their way',
    edits: [
      {
        file: 'run.ts',
        find: 'await fillLane(context, host, session, goal, signal);\n    host.finishing',
        replace: 'void fillLane(context, host, session, goal, signal).catch(() => undefined);\n    host.finishing',
      },
      NO_VERIFY,
    ],
    breaks: /I1|I2|I3|INTERNAL/,
    withinSeeds: 20,
  },
  { name: 'does not ask the store for what it has not attested', edits: [NO_VERIFY], breaks: /I1/, withinSeeds: 400 },
  { name: 'takes any attested hash for the right one', edits: [TRUST_ATTESTED], breaks: /I1/, withinSeeds: 400 },
  {
    name: 'stores every attempt under the same keys',
    edits: [
      {
        file: 'session.ts',
        find: 'return segmentKey(record.videoId, record.id, name);',
        replace: "return segmentKey(record.videoId, 'fixed', name);",
      },
    ],
    breaks: /I1|I2|I8/,
    withinSeeds: 20,
  },
  {
    name: 'writes one record twice at once',
    edits: [
      {
        file: 'journal/serial-writer.ts',
        find: '    if (next !== undefined) return next;',
        replace: '    if (running !== undefined) return write();\n    if (next !== undefined) return next;',
      },
    ],
    breaks: /contract/,
    withinSeeds: 60,
  },
  {
    name: 'counts being offline against the budget',
    edits: [
      {
        file: 'failures.ts',
        find: "if (isUnanswered(error.code) && (context.isOffline() || context.link.state() !== 'up')) return { action: 'wait', reason: 'offline' };",
        replace: '',
      },
      { file: 'failures.ts', find: 'online: !context.isOffline()', replace: 'online: true' },
      { file: 'link.ts', find: 'const MAX_STRIKES = 5;', replace: 'const MAX_STRIKES = 500;' },
      { file: 'link.ts', find: 'Math.min(retry.maxAttempts, MAX_STRIKES)', replace: 'MAX_STRIKES' },
      { file: 'conditions.ts', find: "if (conditions.online === false) return 'offline';", replace: '' },
    ],
    breaks: /I2b/,
    withinSeeds: 400,
  },
  {
    name: 'sweeps behind a canceled upload once only',
    edits: [{ file: 'garbage.ts', find: 'if (leftMs <= 0 && !canLand) {', replace: 'if (leftMs <= Number.MAX_VALUE || canLand) {' }],
    breaks: /I8/,
    withinSeeds: 300,
    focus: { rates: { lateLanding: 0.3, duplicate: 0.3 }, events: { cancel: 3 } },
  },
  {
    name: 'never looks at the source again',
    edits: [
      { file: 'source.ts', find: 'if (info.sizeBytes !== identity.sizeBytes)', replace: 'if (info.sizeBytes < 0)' },
      { file: 'source.ts', find: 'info.modifiedMs !== modifiedMs)', replace: 'info.modifiedMs < 0)' },
      { file: 'source.ts', find: 'if (found !== identity.samples)', replace: "if (found === '')" },
      { file: 'source.ts', find: '!== identity.samples) throw', replace: "=== '') throw" },
      { file: 'verify.ts', find: 'if (found !== acks.hashAt(index))', replace: "if (found === '')" },
    ],
    breaks: /I1|I2|I3|INTERNAL/,
    withinSeeds: 200,
    focus: { rates: { unavailable: 0.4 }, events: { sourceChange: 5, gracefulStop: 2 } },
  },
  {
    name: 'says that a video is in the queue before its record is durable',
    edits: [
      {
        file: 'add.ts',
        find: '  await journal.update((same) => same);',
        replace: '  void journal.update((same) => same).catch(() => undefined);',
      },
    ],
    breaks: /I2|contract/,
    withinSeeds: 100,
  },
  {
    name: 'publishes under a new key at each attempt',
    edits: [
      {
        file: 'publish.ts',
        find: 'idempotencyKey: `reelway-${id}`',
        replace: 'idempotencyKey: `reelway-${id}-${upload.record.retryCount}`',
      },
    ],
    breaks: /I3/,
    withinSeeds: 300,
  },
  {
    name: 'does not read the manifest back',
    edits: [{ file: 'manifest-store.ts', find: '  await seeManifest(place, bytes);', replace: '  void seeManifest;' }],
    breaks: /I1|I3/,
    withinSeeds: 400,
    focus: { rates: { corruptPut: 0.1 } },
  },
  {
    name: 'believes any manifest under its own id',
    edits: [
      {
        file: 'run.ts',
        find: 'found === undefined ? undefined : await believe(context, upload, place, found)',
        replace: '(void believe, found?.manifest)',
      },
    ],
    breaks: /I1|I3/,
    withinSeeds: 100,
    focus: { rates: { forgedManifest: 0.8, crash: 0.02 } },
  },
  {
    name: 'believes a manifest where the journal has lost a hash',
    edits: [
      {
        file: 'manifest-check.ts',
        find: "if (isWhole && (await askFor(context, upload, own, object)) !== 'good')",
        replace: 'if (void [askFor, own, object, context])',
      },
    ],
    breaks: /I1|I3/,
    withinSeeds: 150,
    focus: { rates: { forgedManifest: 0.8, crash: 0.02, rottenPage: 0.5 } },
  },
  {
    name: 'sends again what the operating system still carries',
    edits: [{ file: 'reconcile.ts', find: 'if (!(await carried.over(key, isOurs, signal))) return undefined;', replace: '' }],
    breaks: /I12/,
    withinSeeds: 60,
    focus: { rates: { slowCarry: 0.3, crash: 0.02 }, outlives: true },
  },
  {
    name: 'takes what the operating system carried for stored',
    edits: [
      {
        file: 'reconcile.ts',
        find: '  const info = await context.requests.head(session.keyOf(index), signal);\n  if (info',
        replace:
          '  const info = { key: session.keyOf(index), ...session.pack.describe(index), hashes: {} } as BlobInfo | undefined;\n  if (info',
      },
      NO_VERIFY,
    ],
    breaks: /I1|I3/,
    withinSeeds: 60,
    focus: { rates: { slowCarry: 0.3, carrierDrops: 0.4, crash: 0.02 }, outlives: true },
  },
  {
    name: 'clears staged files at the start that are still carried',
    edits: [{ file: 'staging.ts', find: 'if (carried.size === 0) {', replace: 'if (carried.size >= 0) {' }],
    breaks: /I12/,
    withinSeeds: 60,
    focus: { rates: { slowCarry: 0.3, crash: 0.02 }, outlives: true },
  },
  {
    name: 'removes a staged file although the operating system goes on with it',
    edits: [{ file: 'staging.ts', find: 'isRead ||= await isCarried(context, key);', replace: 'void isCarried;' }],
    breaks: /I12/,
    withinSeeds: 60,
    focus: { rates: { carrierGoesOn: 0.3 }, events: { pause: 3 }, outlives: true },
  },
  {
    name: 'forgets a canceled upload while the operating system carries some of it',
    edits: [{ file: 'garbage.ts', find: 'return wasCarried || grave.wasCarried;', replace: 'return false;' }],
    breaks: /I8/,
    withinSeeds: 300,
    focus: { rates: { slowCarry: 0.6, crash: 0.02 }, events: { cancel: 3 }, outlives: true },
  },
  {
    name: 'does not hear Retry-After',
    edits: [{ file: 'failures.ts', find: 'retryAfterMs: error.context.retryAfterMs, ', replace: '' }, NO_PACING],
    breaks: /I10/,
    withinSeeds: 60,
    focus: { rates: { throttled: 0.3, unavailable: 0.2 } },
  },
  {
    name: 'lends a buffer again that a deaf store still reads',
    edits: [{ file: 'object-body.ts', find: 'if (isForfeited) context.pool.forfeit(buffer);\n    else context', replace: 'context' }],
    breaks: /I1|lending/,
    withinSeeds: 400,
    focus: { rates: { stall: 0.1, deaf: 0.5 } },
  },
  {
    name: 'takes an unreadable store for an empty one',
    edits: [
      {
        file: 'journal/guarded-store.ts',
        find: 'keys: (prefix) => typed(prefix, () => store.keys(prefix)),',
        replace: 'keys: (prefix) => store.keys(prefix).catch(() => []),',
      },
    ],
    breaks: /I2/,
    withinSeeds: 300,
    focus: { rates: { recordStoreUnavailable: 0.05, crash: 0.01 } },
  },
  {
    name: 'waits for ever for a request that stands still',
    edits: [
      { file: 'stall-clock.ts', find: "else source.abort(new ReelwayError('TIMEOUT'", replace: "else void (new ReelwayError('TIMEOUT'" },
    ],
    breaks: /I2/,
    withinSeeds: 40,
    focus: { rates: { stall: 0.05 } },
  },
  {
    name: 'leaves timers behind',
    edits: [{ file: 'stall-clock.ts', find: '    cancelTimer();\n    source.dispose();', replace: '    source.dispose();' }],
    breaks: /I10/,
    withinSeeds: 300,
  },
  {
    name: 'sends as much at once as there is',
    edits: [
      {
        file: 'queue.ts',
        find: 'new PQueue({ concurrency: context.settings.limits.concurrency })',
        replace: 'new PQueue({ concurrency: 99 })',
      },
      { file: 'queue.ts', find: '    this.slots.concurrency = count;', replace: '    void count;' },
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
    edits: [{ file: 'verify.ts', find: '        failure ??= { error };\n        siblings.abort(error);', replace: '        throw error;' }],
    breaks: /I10|INTERNAL/,
    withinSeeds: 600,
  },
  {
    name: 'forgets the copies of what is over',
    edits: [
      {
        file: 'copies.ts',
        find: 'record.copied === true && !needsCopy(context, record)',
        replace: 'record.plan.count < 0',
      },
      { file: 'copies.ts', find: '!needed.has(name) && !unread', replace: 'needed.size > 99 && !unread' },
    ],
    breaks: /I8/,
    withinSeeds: 30,
  },
  {
    name: 'forgets a copy whose process died before its record was written',
    edits: [{ file: 'copies.ts', find: '!needed.has(name) && !unread', replace: 'needed.size > 99 && !unread' }],
    breaks: /I8/,
    withinSeeds: 600,
    focus: { rates: { crash: 0.05 }, copies: true },
  },
  {
    name: 'clears away the copies of uploads that go on',
    edits: [{ file: 'copies.ts', find: '!needed.has(name) && !unread', replace: 'name !== folder && !unread' }],
    breaks: /I2b|I2/,
    withinSeeds: 100,
    focus: { rates: { crash: 0.05 }, copies: true },
  },
  {
    name: 'tells secrets',
    edits: [
      {
        file: 'journal/record.ts',
        find: 'message: isOurs ? error.message.slice(0, 500) : ERROR_TABLE[error.code].userMessage,',
        replace: 'message: `${error.message} ${String((error as { cause?: unknown }).cause)}`.slice(0, 500),',
      },
    ],
    breaks: /I11/,
    withinSeeds: 300,
  },
];

export const PLANTED_FETCH_BUGS: readonly PlantedBug[] = [
  {
    name: 'takes a segment with another hash',
    edits: [
      {
        file: 'download.ts',
        find: 'throw this.corrupt(`does not have its',
        replace: 'if (1 > 0) return;\n    throw this.corrupt(`does not have its',
      },
      { file: 'judge.ts', find: 'hash?.digest() === part.hashes[algorithm]', replace: 'hash !== null' },
    ],
    breaks: /I9/,
    withinSeeds: 30,
    focus: { rates: { corruptGet: 0.2 } },
  },
  {
    name: 'keeps more than its budget',
    edits: [{ file: 'cache/entries.ts', find: 'this.maxBytes = maxBytes;', replace: 'this.maxBytes = maxBytes * 2;' }],
    breaks: /I7/,
    withinSeeds: 30,
    focus: { rates: {} },
  },
];
