/** Both engines over Google's emulator: a process that is killed on the way, a bad network, rules that refuse. */
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { nodePorts } from '../../adapters/node/index.js';
import { manifestKey } from '../../src/core/index.js';
import { createVideoFetcher } from '../../src/fetch/index.js';
import type { BlobStore } from '../../src/ports/index.js';
import { createUploadEngine } from '../../src/upload/index.js';
import { type ConnectionFault, type FaultProxy, startFaultProxy } from '../servers/fault-proxy.js';
import { firebaseWorld } from './buckets.js';

const port = inject('firebasePort');
const SEGMENT_BYTES = 524_288;
const FILE_BYTES = 12 * SEGMENT_BYTES + 4_321;
const SEGMENTS = 13;
/** Segments in flight at first, and what a kill may cost. */
const WINDOW = 3;
const PROGRAM = fileURLToPath(new URL('programs/upload.ts', import.meta.url));

const content = randomBytes(FILE_BYTES);
let folder = '';
const proxies: FaultProxy[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reelway-firebase-engine-'));
  await writeFile(join(folder, 'video.mp4'), content);
});
afterAll(async () => {
  for (const proxy of proxies) await proxy.stop();
  await rm(folder, { recursive: true });
});

async function proxyOf(options: Partial<Parameters<typeof startFaultProxy>[0]>): Promise<FaultProxy> {
  const proxy = await startFaultProxy({ targetPort: port, ...options });
  proxies.push(proxy);
  return proxy;
}

/** The video by the fetch engine, in a folder of its own. */
async function fetched(store: BlobStore, name: string): Promise<Buffer> {
  const fetcher = createVideoFetcher({
    ...nodePorts({ stateDirectory: join(folder, `${name}-fetch`), durability: 'process' }),
    blobStore: store,
    scope: 'firebase',
    cache: { directory: join(folder, `${name}-cache`) },
    retry: { baseDelayMs: 5, maxDelayMs: 60, stallMs: 1_200 },
  });
  await fetcher.startIntelligentLoading(await fetcher.prepareVideo(undefined, 'video'));
  const path = await fetcher.combineSegments('video', { outputPath: join(folder, `${name}.mp4`) });
  await fetcher.cleanup();
  return readFile(path);
}

interface Life {
  readonly segments: readonly number[];
  readonly done: { readonly segments: number; readonly resumed: boolean } | undefined;
  readonly signal: NodeJS.Signals | null;
  readonly complaints: string;
}

/** One life of the program; killed when it has stored so many segments. */
async function live(job: object, killAfter?: number): Promise<Life> {
  const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, JSON.stringify(job)], { stdio: ['ignore', 'pipe', 'pipe'] });
  const segments: number[] = [];
  let done: Life['done'];
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text;
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const said = JSON.parse(line) as { type: string; index: number; segments: number; resumed: boolean };
    if (said.type === 'done') done = said;
    else segments.push(said.index);
    if (segments.length === killAfter) child.kill('SIGKILL');
  });
  const signal = await new Promise<NodeJS.Signals | null>((resolve) => child.once('close', (_code, by) => resolve(by)));
  return { segments, done, signal, complaints };
}

test('an upload whose process is killed goes on where it was, and comes back byte for byte', async () => {
  const slow = await proxyOf({ bytesPerSecond: 3_000_000, latencyMs: 5 });
  const job = { port: slow.port, file: join(folder, 'video.mp4'), state: join(folder, 'killed'), prefix: 'killed/' };
  const first = await live(job, 5);
  expect(first).toMatchObject({ signal: 'SIGKILL', done: undefined });
  const again = await live(job, 4);
  expect(again).toMatchObject({ signal: 'SIGKILL', done: undefined });
  const last = await live(job);
  expect(last).toMatchObject({ signal: null, done: { segments: SEGMENTS, resumed: true }, complaints: '' });
  const told = [...first.segments, ...again.segments, ...last.segments];
  expect(new Set(told).size).toBeGreaterThanOrEqual(SEGMENTS - 2 * WINDOW);
  // What had been told before a kill is not sent again, but for what was in the window.
  expect(told.length).toBeLessThanOrEqual(SEGMENTS + 2 * WINDOW);
  const { store, end } = firebaseWorld(port, { prefix: 'killed/' });
  expect(
    createHash('sha256')
      .update(await fetched(store, 'killed'))
      .digest('hex'),
  ).toBe(createHash('sha256').update(content).digest('hex'));
  const keys = (await store.list?.(''))?.blobs ?? [];
  expect(keys.length).toBeGreaterThan(0);
  await end();
});

describe('on a bad network', () => {
  /** A connection each; the last kinds of fault come round again. */
  const UP: readonly ConnectionFault[] = [
    { resetAfterUpBytes: 300_000 },
    { flipUpAt: 200_000, resetAfterUpBytes: 1_200_000 },
    { stallAfterUpBytes: 100_000 },
    { refuse: true },
    { resetAfterDownBytes: 300 },
    { finAfterDownBytes: 500 },
    {},
    {},
  ];
  const DOWN: readonly ConnectionFault[] = [
    { resetAfterDownBytes: 200_000 },
    { flipDownAt: 100_000, resetAfterDownBytes: 1_300_000 },
    { stallAfterDownBytes: 300_000 },
    { refuse: true },
    { finAfterDownBytes: 250_000 },
    {},
  ];

  test('all of it gets there, and nothing wrong is taken for right', async () => {
    const up = await proxyOf({ faultOf: (connection) => UP[connection % UP.length] ?? {} });
    const sending = firebaseWorld(up.port, { prefix: 'bad/' });
    const engine = createUploadEngine({
      ...nodePorts({ stateDirectory: join(folder, 'bad'), durability: 'process' }),
      ...{ blobStore: sending.store, scope: 'firebase', retry: { baseDelayMs: 5, maxDelayMs: 60, stallMs: 1_200 } },
    });
    const codes: { [code: string]: number } = {};
    engine.on('retry', ({ error }) => {
      codes[error.code] = (codes[error.code] ?? 0) + 1;
    });
    await engine.start();
    await (await engine.add(join(folder, 'video.mp4'), {}, { videoId: 'video' })).completed();
    await engine.stop();
    console.log(`Up: ${JSON.stringify({ ...up.stats, codes })}`);
    expect(codes.UNAVAILABLE).toBeGreaterThan(0);
    expect(codes.BLOB_CORRUPT).toBeGreaterThan(0);

    const down = await proxyOf({ faultOf: (connection) => DOWN[connection % DOWN.length] ?? {} });
    const receiving = firebaseWorld(down.port, { prefix: 'bad/' });
    expect(content.equals(await fetched(receiving.store, 'bad'))).toBe(true);
    console.log(`Down: ${JSON.stringify(down.stats)}`);
    await sending.end();
    await receiving.end();
  });
});

describe('rules that refuse', () => {
  const VIDEO = { contentType: 'video/mp4' };
  const bytes = new Uint8Array(1000);
  const body = { kind: 'bytes', sizeBytes: bytes.length, bytes } as const;
  const refused = { code: 'FORBIDDEN', retryable: false, context: { reason: 'unauthorized', status: 403 } };

  test('are FORBIDDEN in every operation', async () => {
    const { store, end } = firebaseWorld(port, { prefix: 'denied/' });
    const stream = { kind: 'stream', sizeBytes: 1000, open: async () => ({ next: once(bytes), close: async () => undefined }) } as const;
    await expect(store.put('clip', body, VIDEO)).rejects.toMatchObject(refused);
    await expect(store.put('clip', stream, VIDEO)).rejects.toMatchObject(refused);
    await expect(store.head('clip')).rejects.toMatchObject(refused);
    await expect(store.get('clip')).rejects.toMatchObject(refused);
    await expect(store.get('clip', { range: { start: 0, end: 10 } })).rejects.toMatchObject(refused);
    await expect(store.remove(['clip', 'other'])).rejects.toMatchObject(refused);
    await expect(store.list?.('')).rejects.toMatchObject(refused);
    await expect(store.urlFor?.('clip', 1000)).rejects.toMatchObject(refused);
    await end();
  });

  test('that let write and not read refuse the address', async () => {
    const { store, end } = firebaseWorld(port, { prefix: 'write-only/' });
    await expect(store.put('clip', body, VIDEO)).resolves.toMatchObject({ sizeBytes: 1000 });
    await expect(store.get('clip')).rejects.toMatchObject(refused);
    await end();
  });

  test('know who has signed in', async () => {
    const stranger = firebaseWorld(port, { prefix: 'members/' });
    await expect(stranger.store.put('clip', body, VIDEO)).rejects.toMatchObject(refused);
    const member = firebaseWorld(port, { prefix: 'members/' }, 'ada');
    await expect(member.store.put('clip', body, VIDEO)).resolves.toMatchObject({ sizeBytes: 1000 });
    await stranger.end();
    await member.end();
  });

  test('end an upload at once, with the code that the app can act on', async () => {
    const { store, end } = firebaseWorld(port, { prefix: 'denied/' });
    const engine = createUploadEngine({
      ...nodePorts({ stateDirectory: join(folder, 'denied'), durability: 'process' }),
      ...{ blobStore: store, scope: 'firebase' },
    });
    const retries: string[] = [];
    engine.on('retry', ({ error }) => retries.push(error.code));
    await engine.start();
    const upload = await engine.add(join(folder, 'video.mp4'), {}, { videoId: 'video' });
    await expect(upload.completed()).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await engine.stop();
    expect(retries).toEqual([]);
    await end();
  });

  test('are not in the way of a video that was published', async () => {
    const { store, end } = firebaseWorld(port, { prefix: 'killed/' });
    const reader = await store.get(manifestKey('video'));
    expect(await reader.next()).toBeInstanceOf(Uint8Array);
    await reader.close();
    await end();
  });
});

function once(piece: Uint8Array): () => Promise<Uint8Array | undefined> {
  let left: Uint8Array | undefined = piece;
  return async () => {
    const given = left;
    left = undefined;
    return given;
  };
}
