/** The queue between runs and between processes: interrupts, damaged records, locks, cancel, several videos and buckets. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type JsonLine, type RunOptions, type RunResult, runCli } from './kit/cli.js';
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
import { giveAway, unprivileged } from './kit/privileges.js';

let shared = '';
let big = '';
let small = '';
let directory = '';
let bucket = '';
let state = '';

beforeAll(() => {
  shared = makeTemp('queue-sources');
  chmodSync(shared, 0o755);
  big = join(shared, 'big');
  small = join(shared, 'small');
  makeRandomFile(big, BIG_BYTES);
  makeRandomFile(small, 1_500_000, 2);
  return () => removeTemp(shared);
});

beforeEach(() => {
  directory = makeTemp('queue');
  bucket = join(directory, 'bucket');
  state = join(directory, 'state');
});

afterEach(() => removeTemp(directory));

function upload(file: string, id: string, more: readonly string[] = [], options: RunOptions = {}): Promise<RunResult> {
  return runCli(['upload', file, '--to', bucket, '--id', id, '--state', state, '--json', ...more], options);
}

/** Runs an upload of the big file, and sends it a signal once some of it is there. */
function half(id: string, signal: NodeJS.Signals, options: RunOptions = {}): Promise<RunResult> {
  let sent = false;
  return upload(big, id, [], {
    ...options,
    onLine: ({ type, bytes }, child) => {
      if (sent || type !== 'progress' || Number(bytes) < 5_000_000) return;
      sent = child.kill(signal);
    },
  });
}

async function queue(): Promise<readonly JsonLine[]> {
  const { code, lines } = await runCli(['queue', '--state', state, '--json']);
  expect(code).toBe(0);
  return lines;
}

/** The files of the upload records, without the command line's own. */
function records(kind: 'item' | 'page'): string[] {
  const folder = join(state, 'queue');
  return readdirSync(folder)
    .filter((name) => name.includes(`=${kind}=`))
    .map((name) => join(folder, name));
}

/** A bucket's files of one video, which lie below its name. */
function videoIn(id: string) {
  return join(bucket, id);
}

describe('an interrupt', () => {
  it.each([['SIGINT'], ['SIGTERM']] as const)('%s ends gracefully, and the same command goes on', async (signal) => {
    const stopped = await half('video', signal);
    expect(stopped).toMatchObject({ code: 1, signal: null });
    expect(stopped.last).toMatchObject({ type: 'failed', code: 'ABORTED', userMessage: expect.stringContaining('same command') });
    const again = await upload(big, 'video');
    const resumed = again.lines.find(({ type }) => type === 'resumed');
    expect(Number(resumed?.['acknowledgedBytes'])).toBeGreaterThanOrEqual(5_000_000);
    expect(again.last).toMatchObject({ type: 'completed', bytes: BIG_BYTES });
    expect(Number(again.last?.['bytesSent'])).toBeLessThan(BIG_BYTES);
    expect(sha256OfSegments(bucket)).toBe(sha256Of(big));
  });
});

describe('several uploads', () => {
  it('a new one with a high priority goes before what was left, which is left unharmed', async () => {
    expect((await half('first', 'SIGKILL')).signal).toBe('SIGKILL');
    const second = await upload(small, 'second', ['--priority', 'high']);
    expect(second.last).toMatchObject({ type: 'completed', videoId: 'second' });
    const items = (await queue()).filter(({ type }) => type === 'upload');
    expect(items.map(({ videoId, status }) => [videoId, status === 'completed'])).toEqual(
      expect.arrayContaining([
        ['first', false],
        ['second', true],
      ]),
    );
    expect((await upload(big, 'first')).last).toMatchObject({ type: 'completed', videoId: 'first' });
    expect(sha256OfSegments(videoIn('first'))).toBe(sha256Of(big));
  });

  it('one whose file has gone does not stop the others', async () => {
    const gone = join(directory, 'gone');
    makeRandomFile(gone, BIG_BYTES, 5);
    let killed = false;
    await upload(gone, 'gone', [], {
      onLine: ({ type, bytes }, child) => {
        if (!killed && type === 'progress' && Number(bytes) > 0) killed = child.kill('SIGKILL');
      },
    });
    removeTemp(gone);
    expect((await upload(small, 'second')).last).toMatchObject({ type: 'completed', videoId: 'second' });
    expect((await runCli(['verify', bucket, 'second', '--json'])).code).toBe(0);
  });

  it('two buckets in one state do not see each other', async () => {
    const other = join(directory, 'other');
    const [one, two] = await Promise.all([
      upload(small, 'same'),
      runCli(['upload', small, '--to', other, '--id', 'same', '--state', state, '--json']),
    ]);
    expect([one.code, two.code]).toEqual([0, 0]);
    expect((await queue()).filter(({ type }) => type === 'upload').map(({ bucket: url }) => url)).toHaveLength(2);
  });

  it('a second run of a command that was told it is done is a new upload', async () => {
    const args = ['upload', small, '--to', bucket, '--state', state, '--json'];
    const first = await runCli(args);
    const second = await runCli(args);
    expect([first.code, second.code]).toEqual([0, 0]);
    expect(second.last?.['videoId']).not.toBe(first.last?.['videoId']);
    expect(bucketFiles(bucket).manifests).toHaveLength(2);
  });

  it('a second run of a command that names its video is told that it is done, and sends nothing', async () => {
    const first = await upload(small, 'named');
    const second = await upload(small, 'named');
    expect(second).toMatchObject({ code: 0, last: { type: 'completed', already: true, bytesSent: 0, uploadId: first.last?.['uploadId'] } });
    const elsewhere = ['upload', small, '--to', bucket, '--id', 'named', '--state', join(directory, 'another-state'), '--json'];
    expect(await runCli(elsewhere)).toMatchObject({ code: 0, last: { already: true, bytesSent: 0 } });
    // Another file, or another wish, is a clash all the same.
    expect((await upload(big, 'named')).last).toMatchObject({ type: 'failed', code: 'VIDEO_EXISTS' });
    expect((await runCli([...elsewhere, '--title', 'Another'])).last).toMatchObject({ type: 'failed', code: 'VIDEO_EXISTS' });
    expect((await runCli(['verify', bucket, 'named', '--json'])).code).toBe(0);
  });
});

describe('two processes on one state', () => {
  it('the second waits, and both videos arrive', async () => {
    const runs = await Promise.all([upload(big, 'one'), upload(small, 'two')]);
    expect(runs.map(({ last }) => last?.type)).toEqual(['completed', 'completed']);
    expect(sha256OfSegments(videoIn('one'))).toBe(sha256Of(big));
    expect(sha256OfSegments(videoIn('two'))).toBe(sha256Of(small));
  });

  it('the queue can be looked at meanwhile', async () => {
    let looked: Promise<RunResult> | undefined;
    const { code } = await upload(big, 'one', [], {
      onLine: ({ type }) => {
        if (type === 'progress') looked ??= runCli(['queue', '--state', state, '--json']);
      },
    });
    expect(code).toBe(0);
    const seen = await looked;
    expect(seen?.code).toBe(0);
    expect(seen?.lines.find(({ type }) => type === 'upload')).toMatchObject({ videoId: 'one', totalBytes: BIG_BYTES });
  });
});

describe('cancel', () => {
  it('removes what was sent, and the next upload begins anew', async () => {
    expect((await half('video', 'SIGKILL')).signal).toBe('SIGKILL');
    expect(bucketFiles(bucket).segments.length).toBeGreaterThan(0);
    const item = (await queue()).find(({ type }) => type === 'upload');
    const canceled = await runCli(['cancel', String(item?.['uploadId']), '--state', state, '--json']);
    expect(canceled).toMatchObject({ code: 0, last: { type: 'completed', uploadId: item?.['uploadId'] } });
    expect(bucketFiles(bucket)).toEqual({ manifests: [], segments: [], others: [] });
    const again = await upload(big, 'video');
    expect(again.lines.some(({ type }) => type === 'resumed')).toBe(false);
    expect(again.last).toMatchObject({ type: 'completed', bytesSent: BIG_BYTES });
    expect(bucketFiles(bucket).segments).toHaveLength(219);
  });

  it('of what is not there: UPLOAD_NOT_FOUND', async () => {
    const { code, last } = await runCli(['cancel', 'nobody', '--state', state, '--json']);
    expect({ code, last }).toMatchObject({ code: 1, last: { type: 'failed', code: 'UPLOAD_NOT_FOUND' } });
    expect(filesBelow(state)).toEqual([]);
  });
});

describe('records of the queue', () => {
  /** One upload that is half done, with its record, beside which another one is to go on. */
  async function halfDone(): Promise<string> {
    expect((await half('hurt', 'SIGKILL')).signal).toBe('SIGKILL');
    const [record = ''] = records('item');
    expect(record).not.toBe('');
    return record;
  }

  it('that are damaged are set aside, told, and stop nobody', async () => {
    const record = await halfDone();
    flipBit(record, 200);
    const other = await upload(small, 'other');
    expect(other.lines.filter(({ type }) => type === 'warning')).toMatchObject([{ code: 'QUEUE_RECORD_CORRUPT' }]);
    expect(other.last).toMatchObject({ type: 'completed', videoId: 'other' });
    expect((await upload(big, 'hurt')).last).toMatchObject({ type: 'completed', videoId: 'hurt' });
    expect((await runCli(['verify', bucket, 'hurt', '--json'])).code).toBe(0);
  });

  it.each([
    ['empty', ''],
    ['no record', 'nonsense'],
    ['cut off', undefined],
  ])('that are %s: the same', async (_name, text) => {
    const record = await halfDone();
    writeFileSync(record, text ?? readFileSync(record).subarray(0, 100));
    const other = await upload(small, 'other');
    expect(other.lines.filter(({ type }) => type === 'warning')).toMatchObject([{ code: 'QUEUE_RECORD_CORRUPT' }]);
    expect(other.last).toMatchObject({ type: 'completed', videoId: 'other' });
  });

  it('that a newer version wrote are left as they are', async () => {
    const record = await halfDone();
    const newer = readFileSync(record, 'latin1').replace('reelway/1 ', 'reelway/2 ');
    writeFileSync(record, newer, 'latin1');
    const other = await upload(small, 'other');
    expect(other.lines.filter(({ type }) => type === 'warning')).toMatchObject([{ code: 'QUEUE_RECORD_UNSUPPORTED' }]);
    expect(other.last).toMatchObject({ type: 'completed', videoId: 'other' });
    expect(readFileSync(record, 'latin1')).toBe(newer);
    const looked = await queue();
    expect(looked.filter(({ type }) => type === 'warning')).toMatchObject([{ code: 'QUEUE_RECORD_UNSUPPORTED' }]);
  });

  it('of what was acknowledged, if damaged, cost no more than sending again', async () => {
    await halfDone();
    const [page = ''] = records('page');
    flipBit(page, 100);
    const { last } = await upload(big, 'hurt');
    expect(last).toMatchObject({ type: 'completed', segments: 219 });
    expect(sha256OfSegments(bucket)).toBe(sha256Of(big));
    expect(bucketFiles(bucket).manifests).toHaveLength(1);
  });

  it('of the command line itself, if damaged, are told', async () => {
    await halfDone();
    const [own = ''] = readdirSync(join(state, 'queue')).filter((name) => name.startsWith('k-cli=bucket'));
    writeFileSync(join(state, 'queue', own), '{}');
    expect((await queue()).filter(({ type }) => type === 'warning')).toMatchObject([{ code: 'QUEUE_RECORD_CORRUPT' }]);
    expect((await upload(big, 'hurt')).last).toMatchObject({ type: 'completed' });
  });

  it('that cannot be read are not taken for missing: STORAGE_UNAVAILABLE, and all is there afterwards', async () => {
    chmodSync(directory, 0o755);
    const home = join(directory, 'home');
    mkdirSync(home);
    giveAway(home);
    [bucket, state] = [join(home, 'bucket'), join(home, 'state')];
    chmodSync(big, 0o644);
    expect((await half('hurt', 'SIGKILL', { wrapper: unprivileged() })).signal).toBe('SIGKILL');
    const [record = ''] = records('item');
    chmodSync(record, 0);
    const refused = await upload(big, 'hurt', [], { wrapper: unprivileged() });
    expect(refused).toMatchObject({ code: 1, last: { type: 'failed', code: 'STORAGE_UNAVAILABLE' } });
    chmodSync(record, 0o600);
    const again = await upload(big, 'hurt', [], { wrapper: unprivileged() });
    expect(again.lines.some(({ type }) => type === 'resumed')).toBe(true);
    expect(again.last).toMatchObject({ type: 'completed', segments: 219 });
  });
});
