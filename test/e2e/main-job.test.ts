/** The main job on the size that started it all: 114,381,456 random bytes there and back, seen from outside. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeMemoryGroup } from './kit/cgroup.js';
import { type RunResult, runCli } from './kit/cli.js';
import {
  BIG_BYTES,
  bucketFiles,
  filesBelow,
  flipBit,
  makeRandomFile,
  makeTemp,
  removeTemp,
  SEGMENT_BYTES,
  sha256Of,
  sha256OfSegments,
} from './kit/files.js';
import { straceWrapper, transfersIn } from './kit/strace.js';

const MIB = 1_048_576;
const SEGMENTS = 219;

let directory = '';
let source = '';
let digest = '';
let bucket = '';

beforeAll(() => {
  directory = makeTemp('main-job');
  source = join(directory, 'source.bin');
  bucket = join(directory, 'bucket');
  makeRandomFile(source, BIG_BYTES);
  digest = sha256Of(source);
});

afterAll(() => removeTemp(directory));

function upload(to: string, state: string, wrapper: readonly string[] = []): Promise<RunResult> {
  return runCli(['upload', source, '--to', to, '--id', 'big', '--title', 'Big', '--state', join(directory, state), '--json'], { wrapper });
}

function fetch(from: string, name: string, wrapper: readonly string[] = []): Promise<RunResult> {
  const args = ['fetch', from, 'big', '--out', join(directory, `${name}.out`), '--cache', join(directory, `${name}.cache`), '--json'];
  return runCli(args, { wrapper });
}

describe('114,381,456 random bytes', () => {
  it('go up as 219 segments and one manifest', async () => {
    const { code, last, stderr } = await upload(bucket, 'state');
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(last).toMatchObject({
      type: 'completed',
      videoId: 'big',
      segments: SEGMENTS,
      bytes: BIG_BYTES,
      bytesSent: BIG_BYTES,
      bytesResent: 0,
    });
    const { manifests, segments, others } = bucketFiles(bucket);
    expect(manifests).toHaveLength(1);
    expect(segments).toHaveLength(SEGMENTS);
    expect(others).toEqual([]);
    expect(Math.max(...segments.map((file) => statSync(join(bucket, file)).size))).toBe(SEGMENT_BYTES);
    expect(sha256OfSegments(bucket)).toBe(digest);
  });

  it('come back byte for byte', async () => {
    const { code, last } = await fetch(bucket, 'plain');
    expect(code).toBe(0);
    expect(last).toMatchObject({ type: 'completed', videoId: 'big', segments: SEGMENTS, bytes: BIG_BYTES, bytesFromCache: BIG_BYTES });
    // The manifest is fetched too.
    expect(Number(last?.['bytesFetched']) - BIG_BYTES).toBeGreaterThan(0);
    expect(Number(last?.['bytesFetched']) - BIG_BYTES).toBeLessThan(20_000);
    expect(sha256Of(join(directory, 'plain.out'))).toBe(digest);
  });

  it('are fetched from the cache the second time', async () => {
    const { code, last } = await fetch(bucket, 'plain');
    expect(code).toBe(0);
    expect(last).toMatchObject({ bytesFromCache: BIG_BYTES });
    expect(Number(last?.['bytesFetched'])).toBeLessThan(20_000);
    expect(sha256Of(join(directory, 'plain.out'))).toBe(digest);
  });

  it('are verified segment by segment', async () => {
    const { code, last } = await runCli(['verify', bucket, 'big', '--json']);
    expect(code).toBe(0);
    expect(last).toMatchObject({ type: 'completed', segments: SEGMENTS, bytes: BIG_BYTES, faults: 0 });
  });

  it('are described by inspect', async () => {
    const { code, last } = await runCli(['inspect', bucket, 'big', '--json']);
    expect(code).toBe(0);
    expect(last).toMatchObject({
      videoId: 'big',
      title: 'Big',
      segments: SEGMENTS,
      bytes: BIG_BYTES,
      sourceBytes: BIG_BYTES,
      layout: 'raw',
    });
  });

  it('show in the queue as completed, and cannot be canceled any more', async () => {
    const { code, lines } = await runCli(['queue', '--state', join(directory, 'state'), '--json']);
    expect(code).toBe(0);
    const item = lines.find(({ type }) => type === 'upload');
    expect(item).toMatchObject({ videoId: 'big', status: 'completed', filePath: source, totalBytes: BIG_BYTES });
    const canceled = await runCli(['cancel', String(item?.['uploadId']), '--state', join(directory, 'state'), '--json']);
    expect(canceled.code).toBe(1);
    expect(canceled.last).toMatchObject({ type: 'failed', code: 'INVALID_STATE' });
    expect(bucketFiles(bucket).segments).toHaveLength(SEGMENTS);
  });
});

describe('in a memory cgroup of 64 MiB', () => {
  async function inside(name: string, run: (wrapper: readonly string[]) => Promise<RunResult>): Promise<RunResult> {
    const group = makeMemoryGroup(name, 64 * MIB);
    try {
      const result = await run(group.wrapper);
      expect(group.killed()).toBe(false);
      return result;
    } finally {
      group.remove();
    }
  }

  it('the group does kill what reads the file whole', async () => {
    const group = makeMemoryGroup('whole', 64 * MIB);
    try {
      const { spawnSync } = await import('node:child_process');
      const [command = '', ...rest] = group.wrapper;
      const script = `const b = require('fs').readFileSync(${JSON.stringify(source)}); console.log(b.length)`;
      const { status, signal } = spawnSync(command, [...rest, process.execPath, '-e', script]);
      expect(signal === 'SIGKILL' || status === 137).toBe(true);
    } finally {
      group.remove();
    }
  });

  it('upload', async () => {
    const to = join(directory, 'bucket-cgroup');
    const { code, last } = await inside('upload', (wrapper) => upload(to, 'state-cgroup', wrapper));
    expect(code).toBe(0);
    expect(last).toMatchObject({ type: 'completed', segments: SEGMENTS });
    expect(sha256OfSegments(to)).toBe(digest);
    removeTemp(to);
  });

  it('fetch', async () => {
    const { code } = await inside('fetch', (wrapper) => fetch(bucket, 'cgroup', wrapper));
    expect(code).toBe(0);
    expect(sha256Of(join(directory, 'cgroup.out'))).toBe(digest);
    removeTemp(join(directory, 'cgroup.cache'));
    removeTemp(join(directory, 'cgroup.out'));
  });

  it.each([['verify'], ['inspect']])('%s', async (command) => {
    const { code, last } = await inside(command, (wrapper) => runCli([command, bucket, 'big', '--json'], { wrapper }));
    expect(code).toBe(0);
    expect(last).toMatchObject({ type: 'completed', segments: SEGMENTS });
  });

  it('queue', async () => {
    const args = ['queue', '--state', join(directory, 'state'), '--json'];
    const { code, last } = await inside('queue', (wrapper) => runCli(args, { wrapper }));
    expect(code).toBe(0);
    expect(last).toMatchObject({ type: 'completed', uploads: 1 });
  });

  it('cancel', async () => {
    const args = ['cancel', 'nobody', '--state', join(directory, 'state'), '--json'];
    const { code, last } = await inside('cancel', (wrapper) => runCli(args, { wrapper }));
    expect(code).toBe(1);
    expect(last).toMatchObject({ code: 'UPLOAD_NOT_FOUND' });
  });
});

describe('as the kernel sees it, no transfer is larger than 524,288 bytes', () => {
  function check(log: string, parts: readonly string[]): void {
    const transfers = transfersIn(log, (path) => parts.some((part) => path.startsWith(part)));
    const mapped = transfers.filter(({ call }) => call === 'mmap' || call.startsWith('io_uring'));
    expect(mapped).toEqual([]);
    const moved = transfers.reduce((sum, { movedBytes }) => sum + movedBytes, 0);
    // All of the video must have been seen, or the log was not read right.
    expect(moved).toBeGreaterThanOrEqual(BIG_BYTES);
    const large = transfers.filter(({ askedBytes, movedBytes }) => Math.max(askedBytes, movedBytes) > SEGMENT_BYTES);
    expect(large.slice(0, 5)).toEqual([]);
  }

  it('upload: on source and bucket; and the journal is at most 1 % of the video', async () => {
    const to = join(directory, 'bucket-strace');
    const log = join(directory, 'upload.strace');
    const { code, last } = await upload(to, 'state-strace', straceWrapper(log));
    expect(code).toBe(0);
    check(log, [source]);
    check(log, [to]);
    const state = join(directory, 'state-strace');
    const written = transfersIn(log, (path) => path.startsWith(state)).filter(({ call }) => call.includes('write'));
    const journalBytes = written.reduce((sum, { movedBytes }) => sum + movedBytes, 0);
    expect(journalBytes).toBeGreaterThan(0);
    expect(journalBytes).toBeLessThanOrEqual(BIG_BYTES / 100);
    expect(Number(last?.['journalBytes'])).toBeLessThanOrEqual(BIG_BYTES / 100);
    removeTemp(to);
  });

  it('fetch: on bucket, cache and output', async () => {
    const log = join(directory, 'fetch.strace');
    const { code } = await fetch(bucket, 'strace', straceWrapper(log));
    expect(code).toBe(0);
    check(log, [bucket]);
    check(log, [join(directory, 'strace.cache')]);
    check(log, [directory]);
    removeTemp(join(directory, 'strace.cache'));
    removeTemp(join(directory, 'strace.out'));
  });

  it('verify: on the bucket', async () => {
    const log = join(directory, 'verify.strace');
    const { code } = await runCli(['verify', bucket, 'big', '--json'], { wrapper: straceWrapper(log) });
    expect(code).toBe(0);
    check(log, [bucket]);
  });
});

describe('a flipped bit in the bucket', () => {
  const victim = 137;
  let damaged = '';

  beforeAll(() => {
    damaged = join(directory, 'bucket-damaged');
    for (const file of filesBelow(bucket)) {
      mkdirSync(join(damaged, file, '..'), { recursive: true });
      copyFileSync(join(bucket, file), join(damaged, file));
    }
    flipBit(join(damaged, bucketFiles(damaged).segments[victim] ?? ''), 99_999);
  });

  it('is named by verify, which fails', async () => {
    const { code, lines, last } = await runCli(['verify', damaged, 'big', '--json']);
    expect(code).toBe(1);
    expect(lines.filter(({ type }) => type === 'fault')).toMatchObject([{ segmentIndex: victim, fault: 'corrupt' }]);
    expect(last).toMatchObject({ type: 'failed', code: 'SEGMENT_CORRUPT', message: expect.stringContaining(`segment ${victim}`) });
  });

  it('is refused by fetch, which leaves no output', async () => {
    const { code, last } = await fetch(damaged, 'damaged');
    expect(code).toBe(1);
    expect(last).toMatchObject({ type: 'failed', code: 'SEGMENT_CORRUPT' });
    expect(existsSync(join(directory, 'damaged.out'))).toBe(false);
    expect(filesBelow(directory).filter((file) => file.startsWith('damaged.out'))).toEqual([]);
  });

  it('so is a missing segment, and a shorter one', async () => {
    const { rmSync, truncateSync } = await import('node:fs');
    const { segments } = bucketFiles(damaged);
    rmSync(join(damaged, segments[3] ?? ''));
    truncateSync(join(damaged, segments[5] ?? ''), 100_000);
    const { code, lines } = await runCli(['verify', damaged, 'big', '--json']);
    expect(code).toBe(1);
    const faults = lines.filter(({ type }) => type === 'fault').map(({ segmentIndex, fault }) => [segmentIndex, fault]);
    expect(faults.sort((a, b) => Number(a[0]) - Number(b[0]))).toEqual([
      [3, 'missing'],
      [5, 'size'],
      [victim, 'corrupt'],
    ]);
    const fetched = await fetch(damaged, 'damaged');
    expect(fetched.code).toBe(1);
    expect(['SEGMENT_MISSING', 'SEGMENT_CORRUPT']).toContain(fetched.last?.['code']);
    expect(existsSync(join(directory, 'damaged.out'))).toBe(false);
  });

  it('in the manifest is refused too', async () => {
    const path = join(damaged, bucketFiles(damaged).manifests[0] ?? '');
    const text = readFileSync(path, 'utf8');
    flipBit(path, text.indexOf('"big"') + 2);
    const { code, last } = await fetch(damaged, 'manifest');
    expect(code).toBe(1);
    expect(last).toMatchObject({ type: 'failed', code: 'MANIFEST_UNTRUSTED' });
    expect(existsSync(join(directory, 'manifest.out'))).toBe(false);
  });
});
