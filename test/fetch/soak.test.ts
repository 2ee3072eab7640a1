/**
 * Many things at once over a bad link, a bad disk and a small cache, by seed: whatever is served is right, the budget holds
 * at every write, everything ends, and nothing is left behind. A failing seed can be run alone.
 */
import { describe, expect, it } from 'vitest';
import { createFaultPlan, type FaultRule, faultyBlobStore, faultyFileSystem, faultyKeyValueStore } from '../../src/conformance/index.js';
import type { VideoFetcher, VideoSession } from '../../src/fetch/index.js';
import { createAbortHandle, sleep } from '../../src/internal/index.js';
import { createSeededRandom } from '../../src/testing/index.js';
import { watchFiles } from './support/watched-files.js';
import {
  createWorld,
  fetcherOn,
  KIB,
  MIB,
  PIECE,
  type StoredVideo,
  same,
  storeVideo,
  type VideoShape,
  type World,
} from './support/world.js';

/** More of them with SOAK_SEEDS; a hundred take about half a minute on a quiet machine. */
const SEEDS = Number(process.env['SOAK_SEEDS'] ?? 20);

const SHAPES: readonly VideoShape[] = [
  { videoId: 'a', seed: 1, sizeBytes: 500 * KIB, segmentBytes: 40 * KIB, opening: [{ start: 0, end: 9 }] },
  { videoId: 'b', seed: 2, sizeBytes: 700 * KIB + 1, segmentBytes: 100 * KIB, opening: [{ start: 700 * KIB, end: 700 * KIB + 1 }] },
  { videoId: 'c', seed: 3, sizeBytes: 3 * PIECE + 7, segmentBytes: PIECE, layout: 'object' },
  { videoId: 'd', seed: 4, sizeBytes: 1_300 * KIB, segmentBytes: 600 * KIB, layout: 'hls', initBytes: 700 },
];

/** Everything that may go wrong with what is meant to go right in the end. */
function rulesOf(random: () => number): FaultRule[] {
  const swarm = (): number => [0, 1, 3][Math.floor(random() * 3)] as number;
  return [
    { kind: 'fails', operation: ['blob.get', 'blob.next'], rate: 0.02 * swarm() },
    { kind: 'fails', operation: 'blob.get', rate: 0.005 * swarm(), code: 'THROTTLED', retryAfterMs: 1_500 },
    // A manifest has nothing above it that could tell.
    { kind: 'flipped', operation: 'blob.next', target: '/up1/', rate: 0.005 * swarm() },
    { kind: 'cut-body', operation: 'blob.next', rate: 0.005 * swarm() },
    { kind: 'hangs', operation: ['blob.get', 'blob.next'], rate: 0.002 * swarm() },
    { kind: 'slow', operation: 'blob.get', rate: 0.3, delayMs: 20 + random() * 300 },
    // Parts above 524,288 bytes are judged once a life, not at every read.
    {
      kind: 'flipped',
      operation: 'fs.readInto',
      rate: 0.005 * swarm(),
      when: ({ target }) => !target.includes('-s') || sizeOf(target) <= PIECE,
    },
    { kind: 'short-read', operation: 'fs.readInto', rate: 0.02 * swarm() },
    { kind: 'torn-write', operation: 'fs.write', rate: 0.002 * swarm() },
    { kind: 'fails', operation: ['fs.open', 'fs.create', 'fs.rename', 'fs.remove'], rate: 0.002 * swarm() },
    { kind: 'fails', operation: ['kv.set', 'kv.remove'], rate: 0.01 * swarm() },
  ];
}

function sizeOf(path: string): number {
  return Number.parseInt(path.slice(path.lastIndexOf('.') + 1), 36);
}

interface Stage {
  readonly world: World;
  readonly fetcher: VideoFetcher;
  readonly videos: readonly StoredVideo[];
  readonly random: () => number;
  readonly failures: string[];
  outputs: number;
}

const EXPECTED =
  /^(NETWORK|TIMEOUT|THROTTLED|UNAVAILABLE|BLOB_CORRUPT|SEGMENT_CORRUPT|STORAGE_FULL|STORAGE_UNAVAILABLE|FILE_UNREADABLE|CACHE_FULL|ENGINE_STOPPED|INVALID_STATE|swiped)$/;

/** One thing that somebody does; a typed failure is a fair end. */
async function act(stage: Stage): Promise<void> {
  const { fetcher, random, world, failures } = stage;
  const { clock } = world.ports;
  const video = stage.videos[Math.floor(random() * stage.videos.length)] as StoredVideo;
  const source = createAbortHandle();
  const cancel = random() < 0.25 ? clock.after(random() * 2_000, () => source.abort('swiped')) : () => undefined;
  const { signal } = source;
  try {
    const choice = random();
    if (choice < 0.3) await fetcher.startIntelligentLoading(await fetcher.prepareVideo(undefined, video.videoId, { signal }), { signal });
    else if (choice < 0.5) await combine(stage, video, signal);
    else await play(stage, video, signal);
  } catch (error) {
    failures.push(typeof error === 'string' ? error : String((error as { code?: string }).code ?? error));
  } finally {
    cancel();
  }
}

async function combine(stage: Stage, video: StoredVideo, signal: ReturnType<typeof createAbortHandle>['signal']): Promise<void> {
  stage.outputs += 1;
  const outputPath = `/out/${stage.outputs}`;
  await stage.fetcher.combineSegments(video.videoId, { outputPath, signal });
  expect(same(await stage.world.ports.readFile(outputPath), video.bytes)).toBe(true);
  await stage.world.ports.fileSystem.remove(outputPath);
}

async function play(stage: Stage, video: StoredVideo, signal: ReturnType<typeof createAbortHandle>['signal']): Promise<void> {
  const { fetcher, random, world } = stage;
  const session = await fetcher.open(video.videoId, { signal });
  try {
    if (random() < 0.7) await session.ready({ signal });
    await readAround(session, video, random, signal);
    if (random() < 0.3) await sleep(world.ports.clock, random() * 3_000, signal);
  } finally {
    await session.close();
  }
}

async function readAround(
  session: VideoSession,
  video: StoredVideo,
  random: () => number,
  signal: ReturnType<typeof createAbortHandle>['signal'],
): Promise<void> {
  const buffer = new Uint8Array(1 + Math.floor(random() * 70_000));
  let position = Math.floor(random() * video.bytes.length);
  for (let read = 0; read < 12 && position < video.bytes.length; read += 1) {
    const length = await session.readInto(buffer, position, { signal });
    expect(length).toBeGreaterThan(0);
    expect(same(buffer.subarray(0, length), video.bytes.subarray(position, position + length))).toBe(true);
    position = random() < 0.15 ? Math.floor(random() * video.bytes.length) : position + length;
  }
}

async function run(seed: number): Promise<readonly string[]> {
  const random = createSeededRandom(seed);
  const world = createWorld({ seed });
  const { ports } = world;
  const { clock } = ports;
  const videos = [];
  for (const shape of SHAPES) videos.push(await storeVideo(world.bucket, shape));
  await ports.fileSystem.makeDirectory('/out');
  const plan = createFaultPlan({ seed, clock, rules: rulesOf(random) });
  const watched = watchFiles(ports.fileSystem, '/cache');
  const maxBytes = MIB + Math.floor(random() * 2 * MIB);
  const fetcher = fetcherOn(ports, {
    fileSystem: faultyFileSystem(watched.fileSystem, plan),
    keyValueStore: faultyKeyValueStore(ports.keyValueStore, plan),
    blobStore: faultyBlobStore(ports.blobStore, plan),
    maxBytes,
    limits: { memoryBytes: PIECE * (1 + Math.floor(random() * 4)), concurrency: 1 + Math.floor(random() * 5) },
    retry: { stallMs: 3_000, maxDelayMs: 2_000 },
  });
  const stage: Stage = { world, fetcher, videos, random, failures: [], outputs: 0 };
  const actor = async (): Promise<void> => {
    for (let turn = 0; turn < 6; turn += 1) {
      await sleep(clock, random() * 800);
      await act(stage);
    }
  };
  const flaps = Array.from({ length: 6 }, () =>
    clock.after(random() * 20_000, () => {
      ports.conditions.set({ online: false });
      clock.after(random() * 4_000, () => ports.conditions.set({ online: true }));
    }),
  );
  await clock.runUntil(Promise.all([actor(), actor(), actor(), actor()]));
  for (const cancel of flaps) cancel();
  await clock.runUntil(fetcher.cleanup());
  await clock.runUntilIdle();
  expect(watched.peakBytes()).toBeLessThanOrEqual(maxBytes);
  expect(watched.openHandles()).toBe(0);
  expect(clock.pendingTimers()).toBe(0);
  expect(ports.conditions.listeners()).toBe(0);
  // Whatever was left by a disk that would not remove it, the next start sweeps.
  const next = fetcherOn(ports, { maxBytes });
  for (const video of videos) {
    await clock.runUntil(next.combineSegments(video.videoId, { outputPath: '/out/last' }));
    expect(same(await ports.readFile('/out/last'), video.bytes)).toBe(true);
  }
  await clock.runUntil(next.cleanup());
  expect(await ports.fileSystem.list('/out')).toEqual(['last']);
  return stage.failures;
}

describe('a soak', () => {
  it.each(Array.from({ length: Math.ceil(SEEDS / 10) }, (_, ten) => [ten * 10]))('seeds from %i on', async (from) => {
    for (let seed = from; seed < from + 10; seed += 1) {
      for (const failure of await run(seed)) expect(failure, `seed ${seed}`).toMatch(EXPECTED);
    }
  });
});
