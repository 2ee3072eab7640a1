/** Sources and names that cannot be uploaded, each with its code; and sources that change under the upload. */
import { appendFileSync, chmodSync, mkdirSync, renameSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type RunOptions, type RunResult, runCli } from './kit/cli.js';
import {
  BIG_BYTES,
  bucketFiles,
  filesBelow,
  flipBit,
  makeRandomFile,
  makeTemp,
  removeTemp,
  sha256Of,
  sha256OfSegments,
} from './kit/files.js';
import { giveAway, must, unprivileged } from './kit/privileges.js';

let directory = '';
let bucket = '';
let good = '';

beforeAll(() => {
  directory = makeTemp('sources');
  bucket = join(directory, 'bucket');
  good = join(directory, 'good');
  makeRandomFile(good, 1_000_000);
});

afterEach(() => {
  removeTemp(bucket);
  removeTemp(join(directory, 'state'));
});

afterAll(() => removeTemp(directory));

function upload(file: string, more: readonly string[] = [], options: RunOptions = {}): Promise<RunResult> {
  return runCli(['upload', file, '--to', bucket, '--state', join(directory, 'state'), '--json', ...more], options);
}

describe('a source that cannot be read', () => {
  it.each([
    ['is missing', 'SOURCE_NOT_FOUND', () => join(directory, 'missing')],
    ['lies below a file', 'SOURCE_NOT_FOUND', () => join(good, 'below')],
    ['is a directory', 'SOURCE_NOT_A_FILE', () => directory],
    ['is a device', 'SOURCE_NOT_A_FILE', () => '/dev/zero'],
    [
      'is a pipe',
      'SOURCE_NOT_A_FILE',
      () => {
        must('mkfifo', join(directory, 'pipe'));
        return join(directory, 'pipe');
      },
    ],
  ])('%s: %s', async (_name, code, make) => {
    const result = await upload(make());
    expect(result.code).toBe(1);
    expect(result.last).toMatchObject({ type: 'failed', code });
    expect(filesBelow(bucket)).toEqual([]);
    const queue = await runCli(['queue', '--state', join(directory, 'state'), '--json']);
    expect(queue.last).toEqual({ type: 'completed', uploads: 0 });
  });

  it('may not be read: SOURCE_UNREADABLE', async () => {
    const place = join(directory, 'nobody');
    mkdirSync(place);
    const file = join(place, 'closed');
    writeFileSync(file, 'x');
    chmodSync(file, 0);
    chmodSync(directory, 0o755);
    giveAway(place, file);
    const args = ['upload', file, '--to', join(place, 'bucket'), '--state', join(place, 'state'), '--json'];
    const { code, last, stderr } = await runCli(args, { wrapper: unprivileged() });
    expect(last, stderr).toMatchObject({ type: 'failed', code: 'SOURCE_UNREADABLE' });
    expect(code).toBe(1);
  });

  it('says it to people in one sentence with its code', async () => {
    const { code, stdout, stderr } = await runCli([
      'upload',
      join(directory, 'missing'),
      '--to',
      bucket,
      '--state',
      join(directory, 'state'),
    ]);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^The video file is not there.*\n {2}SOURCE_NOT_FOUND/);
  });
});

describe('sources and names that can', () => {
  it('an empty file: a manifest of no segments, and an empty file back', async () => {
    const empty = join(directory, 'empty');
    writeFileSync(empty, '');
    const { code, last } = await upload(empty, ['--id', 'empty']);
    expect(code).toBe(0);
    expect(last).toMatchObject({ segments: 0, bytes: 0, bytesSent: 0 });
    expect((await runCli(['verify', bucket, 'empty', '--json'])).code).toBe(0);
    const out = join(directory, 'empty.out');
    const fetched = await runCli(['fetch', bucket, 'empty', '--out', out, '--cache', join(directory, 'cache'), '--json']);
    expect(fetched.code).toBe(0);
    expect(statSync(out).size).toBe(0);
  });

  it.each([
    ['with blanks and ümläute 日本.mp4'],
    ['100%20.mp4'],
    ['quote\'s "and" $HOME.mp4'],
    ['new\nline.mp4'],
    ['-dash.mp4'],
    ['#?&.mp4'],
  ])('a file named %j, by path and by URL', async (name) => {
    const file = join(directory, name);
    makeRandomFile(file, 700_000, name.length);
    for (const [id, form] of [
      ['path', file],
      ['url', pathToFileURL(file).href],
      ['relative', `./${name}`],
    ] as const) {
      const { code, last } = await upload(form, ['--id', id], { cwd: directory });
      expect(last).toMatchObject({ type: 'completed', segments: 2, bytes: 700_000 });
      expect(code).toBe(0);
    }
    const out = join(directory, `${name}.out`);
    expect((await runCli(['fetch', bucket, 'url', '--out', out, '--cache', join(directory, 'cache'), '--json'])).code).toBe(0);
    expect(sha256Of(out)).toBe(sha256Of(file));
  });

  it('a video named like a property of every object', async () => {
    expect((await upload(good, ['--id', 'constructor'])).code).toBe(0);
    expect((await runCli(['verify', bucket, 'constructor', '--json'])).last).toMatchObject({ type: 'completed', faults: 0 });
  });
});

describe('names that cannot', () => {
  const BAD = [
    '',
    '.',
    '..',
    '../../x',
    'A/a',
    'a\\b',
    'a\n',
    'a b',
    ' a',
    '.hidden',
    'a..b',
    'con',
    'nul.mp4',
    '__proto__',
    'é',
    '%2e%2e',
    'x'.repeat(300),
  ];

  it.each(BAD.map((id) => [id]))('%j: INVALID_VIDEO_ID at upload, fetch, inspect and verify', async (id) => {
    const out = join(directory, 'bad.out');
    const runs = await Promise.all([
      upload(good, ['--id', id]),
      runCli(['fetch', bucket, id, '--out', out, '--cache', join(directory, 'cache'), '--json']),
      runCli(['inspect', bucket, id, '--json']),
      runCli(['verify', bucket, id, '--json']),
    ]);
    for (const { code, last } of runs) {
      expect(last).toMatchObject({ type: 'failed', code: 'INVALID_VIDEO_ID' });
      expect(code).toBe(1);
    }
    expect(filesBelow(bucket)).toEqual([]);
    expect(filesBelow(directory)).not.toContain('bad.out');
  });

  it('a name that is taken: VIDEO_EXISTS, and the other video unharmed', async () => {
    expect((await upload(good, ['--id', 'taken'])).code).toBe(0);
    const other = join(directory, 'other');
    makeRandomFile(other, 600_000, 9);
    const { code, last } = await upload(other, ['--id', 'taken']);
    expect(last).toMatchObject({ type: 'failed', code: 'VIDEO_EXISTS' });
    expect(code).toBe(1);
    expect((await runCli(['verify', bucket, 'taken', '--json'])).last).toMatchObject({ type: 'completed', bytes: 1_000_000 });
  });

  it.each([['fetch'], ['inspect'], ['verify']])('%s of a video that is not there: MANIFEST_NOT_FOUND', async (command) => {
    const out = join(directory, 'absent.out');
    const more = command === 'fetch' ? ['--out', out, '--cache', join(directory, 'cache')] : [];
    const { code, last } = await runCli([command, bucket, 'absent', '--json', ...more]);
    expect(last).toMatchObject({ type: 'failed', code: 'MANIFEST_NOT_FOUND' });
    expect(code).toBe(1);
    expect(filesBelow(directory)).not.toContain('absent.out');
  });
});

describe('a source that changes', () => {
  let big = '';

  function make(): void {
    big = join(directory, 'big');
    makeRandomFile(big, BIG_BYTES);
    utimesSync(big, 1_700_000_000, 1_700_000_000);
  }

  /** Runs an upload and does something once some of it is there. */
  async function meddle(act: (kill: () => void) => void, afterBytes = 5_000_000): Promise<RunResult> {
    let acted = false;
    return upload(big, ['--id', 'changing'], {
      onLine: ({ type, bytes }, child) => {
        if (acted || type !== 'progress' || Number(bytes) < afterBytes) return;
        acted = true;
        act(() => child.kill('SIGKILL'));
      },
    });
  }

  async function expectRefusalThenNewStart(result: RunResult): Promise<void> {
    expect(result.last).toMatchObject({ type: 'failed', code: 'SOURCE_CHANGED' });
    expect(result.code).toBe(1);
    expect(bucketFiles(bucket).manifests).toEqual([]);
    // The same command again is about the file as it is now, and leaves nothing of the old one.
    const again = await upload(big, ['--id', 'changing']);
    expect(again.last).toMatchObject({ type: 'completed' });
    expect(sha256OfSegments(bucket)).toBe(sha256Of(big));
    expect(bucketFiles(bucket).manifests).toHaveLength(1);
  }

  it('grows under the upload: SOURCE_CHANGED', async () => {
    make();
    await expectRefusalThenNewStart(await meddle(() => appendFileSync(big, 'more')));
  });

  it('shrinks under the upload: SOURCE_CHANGED', async () => {
    make();
    await expectRefusalThenNewStart(await meddle(() => truncateSync(big, 9_000_000)));
  });

  it('is replaced under the upload: SOURCE_CHANGED', async () => {
    make();
    makeRandomFile(`${big}.new`, BIG_BYTES, 2);
    await expectRefusalThenNewStart(await meddle(() => renameSync(`${big}.new`, big)));
  });

  it.each([
    ['at its start', 1_000, 5_000_000],
    ['in its middle, which was sent', 40_000_000, 60_000_000],
    ['at its end', BIG_BYTES - 5, 5_000_000],
  ])('has one bit changed %s between two runs, with the same size and time: SOURCE_CHANGED', async (_where, position, afterBytes) => {
    make();
    const killed = await meddle((kill) => kill(), afterBytes);
    expect(killed.signal).toBe('SIGKILL');
    flipBit(big, position);
    utimesSync(big, 1_700_000_000, 1_700_000_000);
    await expectRefusalThenNewStart(await upload(big, ['--id', 'changing']));
  });

  it('has one bit changed where nothing was sent yet: refused, or stored as it is now, never a mixture', async () => {
    make();
    expect((await meddle((kill) => kill())).signal).toBe('SIGKILL');
    flipBit(big, 90_000_000);
    utimesSync(big, 1_700_000_000, 1_700_000_000);
    const { code, last } = await upload(big, ['--id', 'changing']);
    if (code === 0) expect(sha256OfSegments(bucket)).toBe(sha256Of(big));
    else expect(last).toMatchObject({ code: 'SOURCE_CHANGED' });
  });

  it('goes away between two runs: SOURCE_NOT_FOUND, and what is there is kept for its return', async () => {
    make();
    const killed = await meddle((kill) => kill());
    expect(killed.signal).toBe('SIGKILL');
    const there = bucketFiles(bucket).segments.length;
    renameSync(big, `${big}.away`);
    const gone = await upload(big, ['--id', 'changing']);
    expect(gone.last).toMatchObject({ type: 'failed', code: 'SOURCE_NOT_FOUND' });
    expect(bucketFiles(bucket).segments.length).toBeGreaterThanOrEqual(there);
    renameSync(`${big}.away`, big);
    const again = await upload(big, ['--id', 'changing']);
    expect(again.lines.find(({ type }) => type === 'resumed')).toMatchObject({ videoId: 'changing' });
    expect(again.last).toMatchObject({ type: 'completed' });
    expect(sha256OfSegments(bucket)).toBe(sha256Of(big));
  });
});
