/** 60 SIGKILLs at random moments of an upload of 114 MB, by the command line and by an engine with a publish step. */
import type { ChildProcess } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunOptions, type RunResult, runCli, runNode } from './kit/cli.js';
import {
  BIG_BYTES,
  bucketFiles,
  fingerprints,
  makeRandomFile,
  makeTemp,
  removeTemp,
  rewritten,
  sha256Of,
  sha256OfSegments,
} from './kit/files.js';
import { createRandom } from './kit/random.js';

const SEGMENTS = 219;
const WINDOW = 3;
const UPLOAD = fileURLToPath(new URL('programs/upload.mjs', import.meta.url));

let directory = '';
let file = '';
let digest = '';

beforeAll(() => {
  directory = makeTemp('random-kills');
  file = join(directory, 'source');
  makeRandomFile(file, BIG_BYTES);
  digest = sha256Of(file);
});

afterAll(() => removeTemp(directory));

interface Tally {
  kills: number;
  uploads: number;
  worst: number;
  total: number;
}

interface Uploads {
  /** The type of the line that a life ends with. */
  readonly lastWord: string;
  readonly bucketOf: (round: number) => string;
  readonly life: (round: number, options: RunOptions) => Promise<RunResult>;
  readonly afterRound: (round: number, last: RunResult) => void;
}

/** Uploads again and again until `wanted` processes were killed; each upload is killed about ten times on its way. */
async function killUntil(wanted: number, seed: number, uploads: Uploads): Promise<Tally> {
  const random = createRandom(seed);
  const tally: Tally = { kills: 0, uploads: 0, worst: 0, total: 0 };
  for (let round = 0; tally.kills < wanted; round += 1) {
    const bucket = uploads.bucketOf(round);
    let before = new Map<string, string>();
    for (;;) {
      const ended = await uploads.life(round, tally.kills < wanted ? killSometime(random) : {});
      const now = fingerprints(bucket, bucketFiles(bucket).segments);
      const again = rewritten(before, now);
      tally.worst = Math.max(tally.worst, again);
      tally.total += again;
      expect(again).toBeLessThanOrEqual(WINDOW);
      before = now;
      if (ended.signal === 'SIGKILL') tally.kills += 1;
      if (!isOver(ended, uploads.lastWord)) continue;
      uploads.afterRound(round, ended);
      break;
    }
    const { manifests, segments, others } = bucketFiles(bucket);
    expect({ manifests: manifests.length, segments: segments.length, others }).toEqual({ manifests: 1, segments: SEGMENTS, others: [] });
    expect(sha256OfSegments(bucket)).toBe(digest);
    tally.uploads += 1;
    rmSync(bucket, { recursive: true });
  }
  return tally;
}

/** Whether the upload is done; a kill may hit a process that has said its last word. Any end but by a kill must be a good one. */
function isOver(ended: RunResult, lastWord: string): boolean {
  if (ended.signal === 'SIGKILL') return ended.last?.type === lastWord;
  expect(ended.code, ended.stderr + ended.stdout.slice(-2_000)).toBe(0);
  return true;
}

/**
 * By the clock, so that a kill may hit anything: every other time counted from the start of the process, which may be killed
 * before it has done anything; else from its first word, when bytes are on their way, on slow machines too.
 */
function killSometime(random: () => number): RunOptions {
  const fromStart = random() < 0.5;
  let timer: NodeJS.Timeout | undefined;
  const arm = (child: ChildProcess, delayMs: number): void => {
    timer ??= setTimeout(() => child.kill('SIGKILL'), delayMs);
    child.once('exit', () => clearTimeout(timer));
  };
  return {
    onStart: (child) => {
      if (fromStart) arm(child, 60 + random() * 700);
    },
    onLine: (_line, child) => {
      if (timer === undefined) arm(child, random() * 900);
    },
  };
}

function say(who: string, { kills, uploads, worst, total }: Tally): void {
  console.log(`${who}: ${kills} kills over ${uploads} uploads; segments written again: ${total} in all, ${worst} at most after one kill`);
}

describe('60 random kills of 114 MB', () => {
  it('by the command line: every rerun goes on, no byte differs', async () => {
    const state = join(directory, 'state');
    const tally = await killUntil(60, 20, {
      lastWord: 'completed',
      bucketOf: (round) => join(directory, `bucket-${round}`),
      life: (round, options) =>
        runCli(['upload', file, '--to', join(directory, `bucket-${round}`), '--id', 'big', '--state', state, '--json'], options),
      afterRound: (_round, { last }) =>
        expect(last).toMatchObject({ type: 'completed', videoId: 'big', segments: SEGMENTS, bytes: BIG_BYTES }),
    });
    say('command line', tally);
    expect(tally.kills).toBe(60);
  });

  it('by an engine with a publish step: one idempotency key each', async () => {
    const posts = (round: number): string => join(directory, `posts-${round}`);
    const tally = await killUntil(60, 21, {
      lastWord: 'done',
      bucketOf: (round) => join(directory, `published-${round}`),
      life: (round, options) => {
        const job = {
          file,
          bucket: join(directory, `published-${round}`),
          state: join(directory, `engine-${round}`),
          posts: posts(round),
          durability: 'full',
          acks: true,
        };
        return runNode(UPLOAD, [JSON.stringify(job)], options);
      },
      afterRound: (round, { last }) => {
        expect(last).toMatchObject({ type: 'done', segments: SEGMENTS, warnings: [] });
        const lines = readFileSync(posts(round), 'utf8').trim().split('\n');
        expect(new Set(lines).size).toBe(1);
      },
    });
    say('engine', tally);
    expect(tally.kills).toBe(60);
  });
});
