/** The bench of object stores counts right, refuses what is not the whole video, and shows what it has measured. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONTENDERS, planOf, planSeconds, takingPart } from './contenders.mjs';
import { startServer } from './control.mjs';
import { plotOf } from './plot.mjs';
import { FIGURES, PAGE, PICTURE, publishedText, textOf } from './publish.mjs';
import { linesOf, pageOf, summaryOf } from './report.mjs';
import { assertComplete, makeVideo, md5sOf } from './video.mjs';

type Contender = { readonly id: string };
type Row = { readonly [figure in 'wallMs' | 'wallOverFloor' | 'rssOverFloor']: number };

const SIZE = 6_000_000;
const contenderOf = (wanted: string) => CONTENDERS.find(({ id }) => id === wanted)!;

describe('the check of what is stored', () => {
  let folder = '';
  let file = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'reelway-bench-test-'));
    file = join(folder, 'video');
    await makeVideo(file, SIZE);
  });
  afterAll(() => rm(folder, { recursive: true }));

  const check = (id: string, stored: readonly object[]) => assertComplete(stored, { contender: contenderOf(id), file, sizeBytes: SIZE });
  const pieces = async () => {
    const md5s = await md5sOf(file, 524_288);
    return md5s.map((etag, index) => ({ key: `runs/1/${index}`, sizeBytes: Math.min(524_288, SIZE - index * 524_288), etag }));
  };
  const manifest = { key: 'runs/1/v/manifest.json', sizeBytes: 900, etag: 'x' };

  it('passes the whole video, in pieces and as one', async () => {
    await check('floor', await pieces());
    await check('reelway-s3', [...(await pieces()), manifest]);
    await check('stream', [{ key: 'video', sizeBytes: SIZE, etag: (await md5sOf(file, 0))[0] }]);
    await check('tus', [{ key: 'id', sizeBytes: SIZE }]);
  });

  it('refuses a piece too few, one in place of another, other bytes, and a video without its manifest', async () => {
    const whole = await pieces();
    const twice = [...whole.slice(1), { ...whole[1]!, key: 'runs/1/again' }];
    await expect(check('floor', whole.slice(1))).rejects.toThrow('5475712 of 6000000 bytes');
    await expect(check('floor', twice)).rejects.toThrow('other bytes');
    await expect(check('lib-storage', [{ key: 'video', sizeBytes: SIZE, etag: 'x-2' }])).rejects.toThrow('other bytes');
    await expect(check('reelway-s3', whole)).rejects.toThrow('no manifest');
    await expect(check('tus', [{ key: 'id', sizeBytes: SIZE - 1 }])).rejects.toThrow('5999999 of 6000000 bytes');
  });
});

describe('the server that discards', () => {
  let server: Awaited<ReturnType<typeof startServer>>;
  beforeAll(async () => {
    server = await startServer('discard-server.mjs');
  });
  afterAll(() => server.stop());

  const send = async (path: string, method: string, body?: string, headers = {}): Promise<string> => {
    const reply = await fetch(server.endpoint + path, { method, headers, ...(body === undefined ? {} : { body }) });
    return [reply.status, reply.headers.get('etag') ?? '', await reply.text()].join(' ').trim();
  };

  it('counts objects and parts, keeps manifests alone, and forgets when told', async () => {
    await server.ask('reset', { latencyMs: 0, md5s: ['of the first', 'of the second'] });
    expect(await send('/b/0', 'PUT', 'four', { 'content-md5': 'AAAA' })).toBe('200 "000000"');
    expect(await send('/b/1', 'PUT', 'five')).toBe('200 "of the second"');
    expect(await send('/b/1', 'DELETE')).toMatch(/^204/);
    expect(await send('/b/manifest.json', 'PUT', '{}', { 'content-type': 'application/json' })).toMatch(/^200/);
    expect([await send('/b/manifest.json', 'GET'), await send('/b/0', 'GET'), await send('/b/1', 'HEAD')]).toEqual([
      '200  {}',
      '404',
      '404',
    ]);
    const uploadId = /<UploadId>(.*)<\/UploadId>/.exec(await send('/b/video?uploads', 'POST'))?.[1];
    for (const number of [1, 2]) await send(`/b/video?partNumber=${number}&uploadId=${uploadId}`, 'PUT', 'x'.repeat(number));
    const before: unknown = await server.ask('stored');
    expect(before).not.toContainEqual(expect.objectContaining({ path: '/b/video' }));
    await send(`/b/video?uploadId=${uploadId}`, 'POST', '<CompleteMultipartUpload/>');
    expect(await server.ask('stored')).toEqual([
      ...[
        { path: '/b/0', sizeBytes: 4 },
        { path: '/b/manifest.json', sizeBytes: 2 },
      ],
      { path: '/b/video', sizeBytes: 3 },
    ]);
    await server.ask('reset', { latencyMs: 0 });
    expect(await server.ask('stored')).toEqual([]);
  });

  it('stores nothing of a body that was cut', async () => {
    await server.ask('reset', { latencyMs: 0 });
    await new Promise<void>((resolve) => {
      const cut = request(`${server.endpoint}/b/cut`, { method: 'PUT', headers: { 'content-length': 10 } });
      cut.on('error', () => resolve());
      cut.write('half.', () => cut.destroy(new Error('cut')));
    });
    expect(await send('/b/whole', 'PUT', 'x')).toMatch(/^200/);
    expect(await server.ask('stored')).toEqual([{ path: '/b/whole', sizeBytes: 1 }]);
  });
});

describe('the plan', () => {
  const measure = { runs: 5, sizeBytes: 114_381_456 };
  const plan = planOf({ smoke: false });

  it('measures everybody at every latency', () => {
    expect(plan.map(({ latencyMs }) => latencyMs)).toEqual([0, 50, 200]);
    const taking = (server: string) => plan.map((step) => takingPart(server, step).map(({ id }: Contender) => id));
    for (const step of taking('discard')) {
      expect(step).toEqual(expect.arrayContaining(['floor', 'reelway-s3', 'reelway-http', 'lib-storage', 'tus', 'stream']));
    }
    expect(taking('rgw').some((step) => step.includes('tus'))).toBe(false);
  });

  it('is done in three quarters of an hour, each of it five times', () => {
    const seconds = planSeconds(['discard', 'rgw'], plan, measure);
    expect(seconds).toBeGreaterThan(planSeconds(['rgw'], plan, measure));
    expect(seconds).toBeCloseTo(5 * planSeconds(['discard', 'rgw'], plan, { ...measure, runs: 1 }) - 4 * 3 * (10 + 30), 6);
    expect(seconds).toBeLessThan(2_700);
  });

  it('tries every contender in the small run', () => {
    expect(planOf({ smoke: true })[0]?.contenders).toEqual(CONTENDERS);
  });
});

describe('the report', () => {
  const MIB = 1_048_576;
  const contenders = ['floor', 'reelway-s3', 'stream'].map(contenderOf);
  const runOf = (wallMs: number, mebibytes: number) => ({ wallMs, cpuMs: wallMs / 2, peakRssBytes: mebibytes * MIB });
  const samples = new Map([
    ['floor', [runOf(100, 50), runOf(300, 50), runOf(200, 50)]],
    ['reelway-s3', [runOf(500, 75), runOf(400, 75), runOf(900, 75)]],
    ['stream', [runOf(50, 45), runOf(50, 45), runOf(50, 45)]],
  ]);
  const table = summaryOf({ server: 'discard', latencyMs: 0, contenders, samples });
  const about = { node: 'v1', system: 'Test', processor: '2 × Test', busyShare: 0.02, versions: { peer: '1.2.3' } };
  const figures = { about, sizeBytes: 1_000_000, runs: 3, idleRssBytes: 40 * MIB, tables: [table] };

  it('takes medians and compares them with the floor’s', () => {
    expect(table.rows.map((row: Row) => [row.wallMs, row.wallOverFloor, row.rssOverFloor])).toEqual([
      [200, 1, 1],
      [500, 2.5, 1.5],
      [50, 0.25, 0.9],
    ]);
    expect(linesOf(table, 40 * MIB)[4]).toMatch(/Reelway, reelway\/s3 +3 +500 ms +900 ms +2\.50 +250 ms +75 MiB +1\.50 +35 MiB/);
    expect(pageOf(figures)).toContain('| Reelway, reelway/s3 | 500 ms (2.50) | 250 ms | 75 MiB (1.50) |');
    expect(pageOf(figures)).toContain('medians of 3 runs');
    expect(pageOf(figures)).toContain('other programs took 2 % of the processors');
  });

  it('draws bars as long as their values', () => {
    const widths = [...plotOf(figures).matchAll(/<rect x="\d+" y="\d+" width="([\d.]+)"/g)].map(([, width]) => Number(width));
    const [floor = 0, reelway = 0, stream = 0] = widths;
    expect(widths).toHaveLength(6);
    expect([floor / reelway, stream / reelway]).toEqual([expect.closeTo(0.4, 2), expect.closeTo(0.1, 2)]);
  });
});

describe('what is published', () => {
  it('is what the last full run measured: tables and picture are made of its figures', () => {
    const page = readFileSync(PAGE, 'utf8');
    const figures = existsSync(FIGURES) ? JSON.parse(readFileSync(FIGURES, 'utf8')) : undefined;
    expect(publishedText(page)).toBe(figures === undefined ? '\n' : textOf(figures));
    expect(existsSync(PICTURE) ? readFileSync(PICTURE, 'utf8') : undefined).toBe(figures === undefined ? undefined : plotOf(figures));
  });
});
