/**
 * 60 SIGKILLs while the command line uploads 114 MB to a real gateway, through a proxy that reads every request: what a kill
 * costs is what the wire saw twice, whatever the process believes.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { memoryBlobStore, memoryFileSystem, memoryKeyValueStore } from '../../adapters/memory/index.js';
import { manifestKey } from '../../src/core/index.js';
import { resolveOptions } from '../../src/upload/options.js';
import type { RunResult } from '../e2e/kit/cli.js';
import { BIG_BYTES, makeRandomFile, makeTemp, removeTemp, SEGMENT_BYTES, sha256Of } from '../e2e/kit/files.js';
import { createRandom } from '../e2e/kit/random.js';
import { type FaultProxy, startFaultProxy } from '../servers/fault-proxy.js';
import { createRequestCounter } from '../servers/request-counter.js';
import { clientOf, freshBucket } from './buckets.js';
import { type CommandLine, commandLine, keysOf } from './command-line.js';
import { killSometime } from './programs/kill-sometime.js';

const gateway = inject('gateway');
const client = clientOf(gateway);
const KILLS = 60;
const SEGMENTS = 219;

let folder = '';
let file = '';
let digest = '';
let proxy: FaultProxy;
const counter = createRequestCounter();

beforeAll(async () => {
  folder = makeTemp('s3-kills');
  file = join(folder, 'big.mp4');
  makeRandomFile(file, BIG_BYTES);
  digest = sha256Of(file);
  proxy = await startFaultProxy({ targetPort: gateway.port, observeUp: counter.observe });
});

afterAll(async () => {
  client.destroy();
  await proxy.stop();
  removeTemp(folder);
});

/** The engine's own limits, which nothing on the command line changes: what may be in flight when a kill comes. */
function windowBytes(): number {
  const { limits } = resolveOptions({
    fileSystem: memoryFileSystem(),
    keyValueStore: memoryKeyValueStore(),
    blobStore: memoryBlobStore(),
    scope: 'limits',
  });
  return Math.min(limits.memoryBytes, limits.concurrency * SEGMENT_BYTES);
}

/** What the wire has seen of one upload's segments. */
interface Wire {
  /** Told once a life is over. Bytes of segments that an earlier life had begun to send; whole, also where it was only begun. */
  lifeOver(): { readonly sentBytes: number; readonly againBytes: number };
}

function watchWire(prefix: string): Wire {
  const begun = new Set<string>();
  let seen = counter.requests.length;
  return {
    lifeOver: () => {
      const bodies = counter.requests
        .slice(seen)
        .filter(({ method, path, bodyBytes }) => method === 'PUT' && path.startsWith(prefix) && bodyBytes > 0);
      seen = counter.requests.length;
      const segments = bodies.filter(({ path }) => /\/\d+$/.test(path));
      const againBytes = bytesOf(segments.filter(({ path }) => begun.has(path)));
      for (const { path } of segments) begun.add(path);
      return { sentBytes: bytesOf(segments), againBytes };
    },
  };
}

function bytesOf(requests: readonly { readonly bodyBytes: number }[]): number {
  return requests.reduce((sum, { bodyBytes }) => sum + bodyBytes, 0);
}

interface Tally {
  kills: number;
  /** Kills of a life that had sent something and not all of it. */
  midway: number;
  uploads: number;
  worstBytes: number;
  againBytes: number;
  sentBytes: number;
}

/** One upload, killed again and again until it is there. */
async function uploadThroughKills(cli: CommandLine, bucket: string, random: () => number, tally: Tally): Promise<void> {
  const args = ['upload', file, '--to', `s3://${bucket}`, '--id', 'big', '--endpoint', proxy.endpoint];
  const wire = watchWire(`/${bucket}/`);
  let isAfterKill = false;
  for (;;) {
    const ended = await cli(args, tally.kills < KILLS ? killSometime(random) : {});
    const { sentBytes, againBytes } = wire.lifeOver();
    expect(againBytes).toBeLessThanOrEqual(isAfterKill ? windowBytes() : 0);
    tally.worstBytes = Math.max(tally.worstBytes, againBytes);
    tally.againBytes += againBytes;
    tally.sentBytes += sentBytes;
    isAfterKill = ended.signal === 'SIGKILL';
    if (isAfterKill) tally.kills += 1;
    if (isAfterKill && sentBytes > 0 && ended.last?.type === 'progress') tally.midway += 1;
    if (isOver(ended)) return;
  }
}

/** Whether the upload is done; a kill may hit a process that has said its last word. Any end but by a kill must be a good one. */
function isOver(ended: RunResult): boolean {
  if (ended.signal === 'SIGKILL') return ended.last?.type === 'completed';
  expect(ended.code, ended.stderr + ended.stdout.slice(-2_000)).toBe(0);
  expect(ended.last).toMatchObject({ type: 'completed', videoId: 'big', segments: SEGMENTS, bytes: BIG_BYTES });
  return true;
}

async function objectsIn(bucket: string): Promise<string[]> {
  const { Contents = [], IsTruncated } = await client.listObjectsV2({ Bucket: bucket });
  expect(IsTruncated).toBe(false);
  return Contents.map(({ Key }) => Key ?? '');
}

/** One manifest, every segment of one upload, nothing else; and together they are the file. */
async function checkBucket(bucket: string): Promise<void> {
  const keys = await objectsIn(bucket);
  const segments = keys.filter((key) => /^big\/[a-z0-9]{26}\/\d+$/.test(key)).sort((a, b) => numberOf(a) - numberOf(b));
  expect(keys.filter((key) => !segments.includes(key))).toEqual([manifestKey('big')]);
  expect(segments.map(numberOf)).toEqual(Array.from({ length: SEGMENTS }, (_, index) => index));
  expect(new Set(segments.map((key) => key.split('/')[1])).size).toBe(1);
  expect((await client.listMultipartUploads({ Bucket: bucket })).Uploads ?? []).toEqual([]);
  const hash = createHash('sha256');
  for (const Key of segments) {
    const { Body } = await client.getObject({ Bucket: bucket, Key });
    hash.update((await Body?.transformToByteArray()) ?? new Uint8Array());
  }
  expect(hash.digest('hex')).toBe(digest);
  // The gateway keeps all in memory.
  await client.deleteObjects({ Bucket: bucket, Delete: { Objects: keys.map((Key) => ({ Key })), Quiet: true } });
}

function numberOf(key: string): number {
  return Number(key.slice(key.lastIndexOf('/') + 1));
}

describe(`${KILLS} kills while 114 MB go to S3`, () => {
  test('every rerun goes on, each kill costs one window at most, and nothing is left over', async () => {
    const random = createRandom(22);
    const cli = commandLine(join(folder, 'home'), keysOf(gateway));
    const tally: Tally = { kills: 0, midway: 0, uploads: 0, worstBytes: 0, againBytes: 0, sentBytes: 0 };
    while (tally.kills < KILLS) {
      const bucket = await freshBucket(client);
      await uploadThroughKills(cli, bucket, random, tally);
      await checkBucket(bucket);
      tally.uploads += 1;
    }
    console.log(JSON.stringify({ ...tally, windowBytes: windowBytes() }));
    expect(counter.unreadable).toEqual([]);
    expect(tally.kills).toBe(KILLS);
    expect(tally.sentBytes - tally.againBytes).toBeLessThanOrEqual(tally.uploads * BIG_BYTES);
    expect(tally.midway).toBeGreaterThanOrEqual(KILLS / 3);
    const { lines } = await cli(['queue']);
    expect(lines.filter(({ type, status }) => type === 'upload' && status !== 'completed')).toEqual([]);
  });
});
