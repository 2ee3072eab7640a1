/** Bugs that a careful person could write into the engine, and the promise that each breaks. */
import type { Edit } from './mutate.js';

/** One planted bug. */
export interface PlantedBug {
  readonly name: string;
  readonly edits: readonly Edit[];
  /** The invariants of docs/reliability.md that may show it first. */
  readonly breaks: RegExp;
  /** It must be found within so many seeds. */
  readonly withinSeeds: number;
}

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

export const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    name: 'acknowledges a segment before it is put, and checks nothing at the end',
    edits: [
      {
        file: 'segment-worker.ts',
        find: '  const { hash, info } = await ROUTES',
        replace:
          "  void session.upload.journal.acknowledge(index, '00000000', true).catch(() => undefined);\n  const { hash, info } = await ROUTES",
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
    edits: [{ file: 'garbage.ts', find: 'if (leftMs <= 0) {', replace: 'if (leftMs <= Number.MAX_VALUE) {' }],
    breaks: /I8/,
    withinSeeds: 600,
  },
  {
    name: 'never looks at the source again',
    edits: [
      { file: 'source.ts', find: 'if (found !== identity.samples)', replace: "if (found === '')" },
      { file: 'verify.ts', find: '  if (found === acks.hashAt(index))', replace: "  if (found !== '')" },
    ],
    breaks: /I1|I3/,
    withinSeeds: 600,
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
    edits: [
      { file: 'manifest-store.ts', find: '  await seeManifest(context, record, key, bytes, signal);', replace: '  void seeManifest;' },
    ],
    breaks: /I1|I3/,
    withinSeeds: 600,
  },
  {
    name: 'does not hear Retry-After',
    edits: [{ file: 'failures.ts', find: 'retryAfterMs: error.context.retryAfterMs, ', replace: '' }],
    breaks: /I10/,
    withinSeeds: 100,
  },
  {
    name: 'lends a buffer again that a deaf store still reads',
    edits: [{ file: 'segment-worker.ts', find: 'if (isForfeited) context.pool.forfeit(buffer);\n    else context', replace: 'context' }],
    breaks: /I1|lending/,
    withinSeeds: 3_000,
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
    withinSeeds: 200,
  },
  {
    name: 'waits for ever for a request that stands still',
    edits: [
      { file: 'stall-clock.ts', find: "else source.abort(new ReelwayError('TIMEOUT'", replace: "else void (new ReelwayError('TIMEOUT'" },
    ],
    breaks: /I2/,
    withinSeeds: 200,
  },
  {
    name: 'counts a segment twice that had to be sent again',
    edits: [{ file: 'lane.ts', find: 'upload.recounted.has(index)', replace: 'false' }],
    breaks: /I6/,
    withinSeeds: 600,
  },
  {
    name: 'leaves timers behind',
    edits: [{ file: 'stall-clock.ts', find: '    cancelTimer();\n    source.dispose();', replace: '    source.dispose();' }],
    breaks: /I10/,
    withinSeeds: 20,
  },
  {
    name: 'sends as much at once as there is',
    edits: [
      {
        file: 'queue.ts',
        find: 'new PQueue({ concurrency: context.settings.limits.concurrency })',
        replace: 'new PQueue({ concurrency: 99 })',
      },
      { file: 'queue.ts', find: '    this.slots.concurrency = count;\n', replace: '    void count;\n' },
    ],
    breaks: /I10|I4/,
    withinSeeds: 20,
  },
  {
    name: 'tells secrets',
    edits: [
      {
        file: 'journal/record.ts',
        find: 'message: error.message.slice(0, 500),',
        replace: 'message: `${error.message} ${String((error as { cause?: unknown }).cause)}`.slice(0, 500),',
      },
    ],
    breaks: /I11/,
    withinSeeds: 300,
  },
];
