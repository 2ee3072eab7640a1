/** Disks that are full or cannot be written: a typed failure, nothing lost, and the same command goes on once there is room. */
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunResult, runCli } from './kit/cli.js';
import { bucketFiles, filesBelow, makeRandomFile, makeTemp, removeTemp, sha256Of, sha256OfSegments } from './kit/files.js';
import { giveAway, mountDisk, unprivileged } from './kit/privileges.js';

const PAGE = 4_096;
const SIZE = 8 * 524_288 - 1_000;
const ROOMY = 64 * 1_048_576;

let directory = '';
let source = '';
let digest = '';

beforeAll(() => {
  directory = makeTemp('disks');
  source = join(directory, 'source');
  makeRandomFile(source, SIZE);
  digest = sha256Of(source);
});

afterAll(() => removeTemp(directory));

function upload(bucket: string, state: string): Promise<RunResult> {
  return runCli(['upload', source, '--to', bucket, '--id', 'video', '--state', state, '--json']);
}

/** Runs `attempt` on disks of growing size until one is large enough; each one that was not is made roomy, and then it must work. */
async function onEveryDisk(
  stepBytes: number,
  attempt: (disk: string) => Promise<RunResult>,
  check: (disk: string) => void,
): Promise<number> {
  for (let refusals = 0; ; refusals += 1) {
    const place = join(directory, `disk-${stepBytes}-${refusals}`);
    const disk = mountDisk(place, PAGE + refusals * stepBytes);
    try {
      const { code, last } = await attempt(place);
      if (code === 0) {
        check(place);
        return refusals;
      }
      expect(code).toBe(1);
      expect(['STORAGE_FULL', 'CACHE_FULL']).toContain(last?.['code']);
      disk.resize(ROOMY);
      const again = await attempt(place);
      expect(again.last).toMatchObject({ type: 'completed' });
      check(place);
    } finally {
      disk.unmount();
    }
    expect(refusals).toBeLessThan(200);
  }
}

describe('a disk that fills up', () => {
  it('under the queue, at every page', async () => {
    let round = 0;
    const bucketOf = (): string => join(directory, `bucket-queue-${round}`);
    const refusals = await onEveryDisk(
      PAGE,
      (disk) => upload(bucketOf(), join(disk, 'state')),
      () => {
        expect(sha256OfSegments(bucketOf())).toBe(digest);
        expect(bucketFiles(bucketOf())).toMatchObject({ manifests: [expect.any(String)], others: [] });
        round += 1;
      },
    );
    expect(refusals).toBeGreaterThan(2);
  });

  it('under the bucket, within every segment', async () => {
    let round = 0;
    const refusals = await onEveryDisk(
      524_288 / 2,
      (disk) => upload(join(disk, 'bucket'), join(directory, `state-${round}`)),
      (disk) => {
        expect(sha256OfSegments(join(disk, 'bucket'))).toBe(digest);
        expect(bucketFiles(join(disk, 'bucket'))).toMatchObject({ manifests: [expect.any(String)], others: [] });
        round += 1;
      },
    );
    expect(refusals).toBeGreaterThan(8);
  });

  it('under the output of a fetch: nothing is left there', async () => {
    const bucket = join(directory, 'bucket-fetch');
    expect((await upload(bucket, join(directory, 'state-fetch'))).code).toBe(0);
    const refusals = await onEveryDisk(
      524_288,
      async (disk) => {
        const out = join(disk, 'output');
        const result = await runCli(['fetch', bucket, 'video', '--out', out, '--cache', join(directory, 'cache'), '--json']);
        if (result.code !== 0) expect(filesBelow(disk)).toEqual([]);
        return result;
      },
      (disk) => expect(sha256Of(join(disk, 'output'))).toBe(digest),
    );
    expect(refusals).toBeGreaterThan(4);
  });

  it('under the cache of a fetch', async () => {
    const bucket = join(directory, 'bucket-cache');
    expect((await upload(bucket, join(directory, 'state-cache'))).code).toBe(0);
    const out = join(directory, 'cache.out');
    const refusals = await onEveryDisk(
      524_288,
      (disk) => runCli(['fetch', bucket, 'video', '--out', out, '--cache', join(disk, 'cache'), '--json']),
      () => expect(sha256Of(out)).toBe(digest),
    );
    expect(refusals).toBeGreaterThan(0);
  });
});

describe('a place that cannot be written', () => {
  it('a state directory on a read-only disk: typed, and nothing reaches the bucket', async () => {
    const place = join(directory, 'read-only');
    const disk = mountDisk(place, ROOMY);
    try {
      disk.readOnly();
      const bucket = join(directory, 'bucket-read-only');
      const { code, last } = await upload(bucket, join(place, 'state'));
      expect(last).toMatchObject({ type: 'failed', code: 'STORAGE_UNAVAILABLE' });
      expect(code).toBe(1);
      expect(filesBelow(bucket)).toEqual([]);
      disk.writable();
      expect((await upload(bucket, join(place, 'state'))).code).toBe(0);
      disk.readOnly();
      const queue = await runCli(['queue', '--state', join(place, 'state'), '--json']);
      expect(queue.lines[0]).toMatchObject({ type: 'upload', status: 'completed' });
      expect(queue.code).toBe(0);
    } finally {
      disk.unmount();
    }
  });

  it.each([['state'], ['bucket'], ['cache'], ['output']])('%s in a directory that belongs to others: typed', async (what) => {
    const place = join(directory, `others-${what}`);
    const [open, closed] = [join(place, 'open'), join(place, 'closed')];
    mkdirSync(open, { recursive: true });
    mkdirSync(closed);
    chmodSync(directory, 0o755);
    chmodSync(closed, 0o555);
    giveAway(open, closed);
    const file = join(open, 'file');
    writeFileSync(file, 'bytes of a video');
    chmodSync(file, 0o444);
    const at = (name: string): string => join(what === name ? closed : open, name);
    const wrapper = unprivileged();
    const uploaded = await runCli(['upload', file, '--to', at('bucket'), '--id', 'v', '--state', at('state'), '--json'], { wrapper });
    if (what === 'state' || what === 'bucket') {
      expect(uploaded.last).toMatchObject({ type: 'failed', code: what === 'state' ? 'STORAGE_UNAVAILABLE' : 'FORBIDDEN' });
      expect(uploaded.code).toBe(1);
      return;
    }
    expect(uploaded.code).toBe(0);
    const args = ['fetch', at('bucket'), 'v', '--out', at('output'), '--cache', at('cache'), '--json'];
    const fetched = await runCli(args, { wrapper });
    expect(fetched.code).toBe(1);
    expect(fetched.last).toMatchObject({ type: 'failed', code: expect.stringMatching(/^(STORAGE_UNAVAILABLE|FILE_UNREADABLE)$/) });
    expect(existsSync(at('output'))).toBe(false);
  });
});
