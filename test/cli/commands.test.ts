/** The commands inside of this process, over small files; as processes of their own they are tried in test/e2e. */
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { nodeLock } from '../../adapters/node/index.js';
import { testHost } from './host.js';

function given(bytes = 1_200_000) {
  const host = testHost();
  const file = join(host.directory, 'clip.mp4');
  writeFileSync(
    file,
    Uint8Array.from({ length: bytes }, (_, index) => (index * 31 + (index >> 8)) & 255),
  );
  return { ...host, file };
}

describe('upload, inspect, verify, fetch, queue', () => {
  it('carry a file there and back, told in JSON lines', async () => {
    const { run, file, directory } = given();
    const uploaded = await run('upload', file, '--to', 'bucket', '--id', 'clip', '--title', 'A clip', '--priority', 'low', '--json');
    expect(uploaded.code).toBe(0);
    expect(uploaded.last).toEqual({
      type: 'completed',
      videoId: 'clip',
      uploadId: expect.any(String),
      manifestKey: 'clip/manifest.json',
      segments: 3,
      bytes: 1_200_000,
      bytesSent: 1_200_000,
      bytesResent: 0,
      wallMs: expect.any(Number),
      peakBufferBytes: expect.any(Number),
      journalBytes: expect.any(Number),
      retries: 0,
    });
    const { uploadId } = uploaded.last;

    const inspected = await run('inspect', 'bucket', 'clip', '--json');
    expect(inspected.last).toMatchObject({
      type: 'completed',
      uploadId,
      title: 'A clip',
      contentType: 'video/mp4',
      segments: 3,
      sourceBytes: 1_200_000,
    });

    const verified = await run('verify', 'bucket', 'clip', '--json');
    expect(verified.last).toMatchObject({ type: 'completed', uploadId, segments: 3, bytes: 1_200_000, faults: 0 });

    const fetched = await run('fetch', 'bucket', 'clip', '--out', 'back.mp4', '--json');
    expect(fetched.last).toMatchObject({
      type: 'completed',
      uploadId,
      segments: 3,
      bytes: 1_200_000,
      outputPath: join(directory, 'back.mp4'),
    });
    expect(Buffer.compare(readFileSync(join(directory, 'back.mp4')), readFileSync(file))).toBe(0);

    const queued = await run('queue', '--json');
    expect(queued.lines[0]).toMatchObject({
      type: 'upload',
      uploadId,
      videoId: 'clip',
      status: 'completed',
      priority: 'low',
      filePath: file,
    });
    expect(queued.last).toEqual({ type: 'completed', uploads: 1 });
  });

  it('say the same to people', async () => {
    const { run, file } = given();
    expect((await run('upload', file, '--to', 'bucket', '--id', 'clip')).out).toMatch(
      /^Uploaded 1\.2 MB in 3 segments as clip to .*bucket in /,
    );
    expect((await run('inspect', 'bucket', 'clip')).out).toMatch(/^video {5}clip\nupload {4}\w+\n/);
    expect((await run('verify', 'bucket', 'clip')).out).toMatch(/^All 3 segments of clip \(1\.2 MB\) are intact/);
    expect((await run('fetch', 'bucket', 'clip', '--out', 'back.mp4')).out).toMatch(/^Fetched 1\.2 MB in 3 segments, all of them checked/);
    expect((await run('queue')).out).toMatch(/completed, 1\.2 MB, priority normal\n.*\n.*as clip\n1 upload in /);
  });

  it('fetch through a cache that is too small for the video', async () => {
    const { run, file, directory } = given(3_000_000);
    await run('upload', file, '--to', 'bucket', '--id', 'clip', '--json');
    const { code, last } = await run('fetch', 'bucket', 'clip', '--out', 'back.mp4', '--cache-bytes', '1048576', '--json');
    expect({ code, last }).toMatchObject({ code: 0, last: { type: 'completed', bytes: 3_000_000 } });
    expect(Buffer.compare(readFileSync(join(directory, 'back.mp4')), readFileSync(file))).toBe(0);
  });
});

describe('failures', () => {
  it('have exit code 1, their code, and a sentence', async () => {
    const { run } = given();
    const missing = await run('upload', 'missing.mp4', '--to', 'bucket', '--json');
    expect(missing).toMatchObject({
      code: 1,
      last: { type: 'failed', code: 'SOURCE_NOT_FOUND', userMessage: expect.stringMatching(/\.$/) },
    });
    const absent = await run('fetch', 'bucket', 'absent', '--out', 'x');
    expect(absent).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/\n {2}MANIFEST_NOT_FOUND/) });
  });

  it('of verify name each segment, and fail', async () => {
    const { run, file, directory } = given();
    const { last } = await run('upload', file, '--to', 'bucket', '--id', 'clip', '--json');
    const victim = join(directory, 'bucket', 'clip', String(last['uploadId']), '1=');
    expect(existsSync(victim)).toBe(true);
    writeFileSync(victim, new Uint8Array(524_288));
    const { code, lines, last: end } = await run('verify', 'bucket', 'clip', '--json');
    expect(code).toBe(1);
    expect(lines.filter(({ type }) => type === 'fault')).toEqual([
      { type: 'fault', segmentIndex: 1, key: `clip/${String(last['uploadId'])}/1`, fault: 'corrupt', start: 524_288, end: 1_048_576 },
    ]);
    expect(end).toMatchObject({ type: 'failed', code: 'SEGMENT_CORRUPT' });
    expect((await run('verify', 'bucket', 'clip')).out).toContain('Segment 1 is damaged');
    const fetched = await run('fetch', 'bucket', 'clip', '--out', 'back.mp4', '--json');
    expect(fetched).toMatchObject({ code: 1, last: { type: 'failed', code: 'SEGMENT_CORRUPT' } });
    expect(existsSync(join(directory, 'back.mp4'))).toBe(false);
  });

  it('of cancel: what is not there, and what is done', async () => {
    const { run, file } = given();
    expect(await run('cancel', 'nobody', '--json')).toMatchObject({ code: 1, last: { code: 'UPLOAD_NOT_FOUND' } });
    const { last } = await run('upload', file, '--to', 'bucket', '--json');
    expect(await run('cancel', String(last['uploadId']), '--json')).toMatchObject({ code: 1, last: { code: 'INVALID_STATE' } });
  });
});

describe('an upload under a name that is taken', () => {
  it('by this very file is done already, from any state directory', async () => {
    const { run, file } = given();
    const first = await run('upload', file, '--to', 'bucket', '--id', 'clip', '--title', 'A clip', '--json');
    const done = { code: 0, last: { type: 'completed', already: true, uploadId: first.last['uploadId'], segments: 3, bytesSent: 0 } };
    expect(await run('upload', file, '--to', 'bucket', '--id', 'clip', '--json')).toMatchObject(done);
    expect(await run('upload', file, '--to', 'bucket', '--id', 'clip', '--title', 'A clip', '--state', 'new', '--json')).toMatchObject(
      done,
    );
    expect((await run('upload', file, '--to', 'bucket', '--id', 'clip')).out).toMatch(
      /^This very file \(1\.2 MB in 3 segments\) is in .*bucket as clip already/,
    );
    expect((await run('verify', 'bucket', 'clip')).code).toBe(0);
  });

  it('by a file with one other byte, of another length, or with another title is refused', async () => {
    const { run, file, directory } = given();
    await run('upload', file, '--to', 'bucket', '--id', 'clip', '--json');
    const bytes = readFileSync(file);
    const refused = async (...more: string[]) => {
      const { code, last } = await run('upload', file, '--to', 'bucket', '--id', 'clip', '--state', 'new', '--json', ...more);
      expect({ code, last }).toMatchObject({ code: 1, last: { type: 'failed', code: 'VIDEO_EXISTS' } });
    };
    await refused('--title', 'Another');
    bytes.writeUInt8(bytes.readUInt8(1_199_999) ^ 1, 1_199_999);
    writeFileSync(file, bytes);
    await refused();
    writeFileSync(file, bytes.subarray(0, 1_199_999));
    await refused();
    expect((await run('verify', 'bucket', 'clip')).code).toBe(0);
    expect(existsSync(join(directory, 'bucket', 'clip'))).toBe(true);
  });
});

describe('an interrupt', () => {
  it('ends an upload with ABORTED, and the next run goes on with it', async () => {
    const { run, host, file, interrupt } = given(40 * 524_288);
    const write = host.writeOut;
    Object.assign(host, {
      writeOut: (text: string) => {
        write(text);
        if (text.includes('"progress"') && !text.includes('"bytes":0,')) interrupt();
      },
    });
    const stopped = await run('upload', file, '--to', 'bucket', '--id', 'clip', '--json');
    expect(stopped).toMatchObject({ code: 1, last: { type: 'failed', code: 'ABORTED' } });
    Object.assign(host, { writeOut: write });
    const again = await run('upload', file, '--to', 'bucket', '--id', 'clip', '--json');
    expect(again.lines.find(({ type }) => type === 'resumed')).toMatchObject({ videoId: 'clip' });
    expect(again).toMatchObject({ code: 0, last: { type: 'completed', segments: 40 } });
    expect(Number(again.last['bytesSent'])).toBeLessThan(40 * 524_288);
  });
});

describe('the output of fetch', () => {
  it('replaces the target of a link, and keeps the mode of the replaced file', async () => {
    const { run, file, directory } = given();
    await run('upload', file, '--to', 'bucket', '--id', 'clip');
    mkdirSync(join(directory, 'disk'));
    writeFileSync(join(directory, 'disk/real.mp4'), 'old');
    chmodSync(join(directory, 'disk/real.mp4'), 0o644);
    symlinkSync('disk/real.mp4', join(directory, 'link.mp4'));
    expect((await run('fetch', 'bucket', 'clip', '--out', 'link.mp4')).code).toBe(0);
    expect(lstatSync(join(directory, 'link.mp4')).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(directory, 'disk/real.mp4')).equals(readFileSync(file))).toBe(true);
    expect(statSync(join(directory, 'disk/real.mp4')).mode & 0o777).toBe(0o644);
  });

  it.each([
    ['ASCII', `${'v'.repeat(251)}.mp4`],
    ['UTF-8', `${'é'.repeat(125)}.mp4`],
  ])('may have a name of 255 bytes (%s), and leaves no other file behind', async (_name, name) => {
    const { run, file, directory } = given();
    await run('upload', file, '--to', 'bucket', '--id', 'clip');
    mkdirSync(join(directory, 'out'));
    const { code, err } = await run('fetch', 'bucket', 'clip', '--out', join('out', name));
    expect([code, err]).toEqual([0, expect.not.stringContaining('FILE_UNREADABLE')]);
    expect(readdirSync(join(directory, 'out'))).toEqual([name]);
    expect(readFileSync(join(directory, 'out', name)).equals(readFileSync(file))).toBe(true);
  });

  it.each([
    ['in a missing directory', 'nowhere/clip.mp4', /directory of --out does not exist/],
    ['with a name of 256 bytes', 'v'.repeat(256), /name of --out is too long/],
  ])('is refused before anything is fetched, %s', async (_name, out, message) => {
    const { run, file, directory } = given();
    await run('upload', file, '--to', 'bucket', '--id', 'clip');
    const { code, last } = await run('fetch', 'bucket', 'clip', '--out', out, '--json');
    expect([code, last.type]).toEqual([2, 'failed']);
    expect(last['message']).toMatch(message);
    expect(existsSync(join(directory, 'cache'))).toBe(false);
  });
});

describe('two fetches with one cache', () => {
  it('wait for each other, and both bring the same bytes', async () => {
    const first = given(6_000_000);
    await first.run('upload', first.file, '--to', 'bucket', '--id', 'clip');
    const bucket = join(first.directory, 'bucket');
    const cache = join(first.directory, 'cache');
    const lease = await nodeLock({ directory: join(cache, 'locks') }).acquire('cache');
    const others = [testHost(), testHost()];
    const runs = others.map(({ run }) => run('fetch', bucket, 'clip', '--out', 'back.mp4', '--cache', cache, '--json'));
    await vi.waitFor(() => expect(others.every(({ written }) => written.out.includes('"waiting"'))).toBe(true), { timeout: 20_000 });
    await lease?.release();
    for (const [index, ended] of (await Promise.all(runs)).entries()) {
      expect([ended.code, ended.last.type]).toEqual([0, 'completed']);
      expect(readFileSync(join(others[index]?.directory ?? '', 'back.mp4')).equals(readFileSync(first.file))).toBe(true);
    }
  });
});
