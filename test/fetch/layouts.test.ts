/** Videos of other shapes: large segments, one object, an init segment, stores without ranges, nothing at all. */
import { describe, expect, it } from 'vitest';
import { createFaultPlan, faultyBlobStore } from '../../src/conformance/index.js';
import { checkVideo, readManifest } from '../../src/fetch/index.js';
import type { BlobStore } from '../../src/ports/index.js';
import { watchFiles } from './support/watched-files.js';
import {
  collect,
  createWorld,
  failureOf,
  fetcherOn,
  KIB,
  MIB,
  PIECE,
  put,
  randomBytes,
  same,
  storeVideo,
  type VideoShape,
  type World,
} from './support/world.js';

const withoutRanges = (store: BlobStore): BlobStore => ({
  ...store,
  rangeRead: false,
  get: (key, options) => (options?.range === undefined ? store.get(key, options) : Promise.reject(new Error('no ranges here'))),
});

const SHAPES: readonly (readonly [string, VideoShape])[] = [
  ['segments of 1.5 MiB', { layout: 'hls', sizeBytes: 6 * MIB + 3, segmentBytes: 3 * PIECE }],
  [
    'an init segment',
    { layout: 'hls', initBytes: 900, sizeBytes: 300 * KIB, segmentBytes: 70 * KIB, opening: [{ start: 0, end: 70 * KIB }] },
  ],
  ['one object', { layout: 'object', sizeBytes: 500 * KIB, segmentBytes: 64 * KIB, opening: [{ start: 499 * KIB, end: 500 * KIB }] }],
  ['one object of large segments', { layout: 'object', sizeBytes: 4 * MIB, segmentBytes: MIB + 7 }],
  ['one byte', { sizeBytes: 1 }],
  ['nothing', { sizeBytes: 0 }],
  ['SHA-256', { sizeBytes: 100 * KIB, segmentBytes: 30 * KIB, algorithm: 'sha256' }],
  ['MD5', { sizeBytes: 100 * KIB, segmentBytes: 30 * KIB, algorithm: 'md5' }],
];

async function everyWay(world: World, shape: VideoShape): Promise<void> {
  const video = await storeVideo(world.bucket, shape);
  const { ports } = world;
  const { clock } = ports;
  const watched = watchFiles(ports.fileSystem, '/cache');
  const fetcher = fetcherOn(ports, { fileSystem: watched.fileSystem, limits: { memoryBytes: 2 * PIECE } });
  // Straight from the store, past the cache.
  await clock.runUntil(fetcher.combineSegments('clip', { outputPath: '/straight' }));
  expect(same(await ports.readFile('/straight'), video.bytes)).toBe(true);
  const session = await clock.runUntil(fetcher.open('clip'));
  await clock.runUntil(session.ready());
  const all = new Uint8Array(video.bytes.length);
  const step = Math.max(1, Math.floor(all.length / 37));
  for (let at = 0; at < all.length; ) at += await clock.runUntil(session.readInto(all.subarray(at, at + step), at));
  expect(same(all, video.bytes)).toBe(true);
  expect(await clock.runUntil(session.readInto(new Uint8Array(4), all.length))).toBe(0);
  await session.close();
  await clock.runUntil(fetcher.startIntelligentLoading(session.manifest));
  await clock.runUntil(fetcher.combineSegments('clip', { outputPath: '/cached' }));
  expect(same(await ports.readFile('/cached'), video.bytes)).toBe(true);
  expect(fetcher.report().peakBufferBytes).toBeLessThanOrEqual(2 * PIECE);
  await clock.runUntil(fetcher.cleanup());
  expect((await ports.fileSystem.list('/')).sort()).toEqual(['cache', 'cached', 'straight']);
  expect(watched.openHandles()).toBe(0);
  expect(clock.pendingTimers()).toBe(0);
}

describe.each(SHAPES)('%s', (_name, shape) => {
  it('goes every way, byte for byte', async () => {
    await everyWay(createWorld(), shape);
  });

  it('also from a store that reads no ranges', async () => {
    await everyWay(createWorld({ wrap: withoutRanges }), shape);
  });

  it('also over a link that breaks in every third piece', async () => {
    const plan = createFaultPlan({ seed: 5, rules: [{ kind: 'fails', operation: 'blob.next', everyNth: 7 }] });
    await everyWay(createWorld({ wrap: (store) => faultyBlobStore(store, plan) }), shape);
  });

  it('is found whole by checkVideo', async () => {
    const world = createWorld();
    const video = await storeVideo(world.bucket, shape);
    const check = await world.ports.clock.runUntil(checkVideo(world.ports.blobStore, video.manifest, { clock: world.ports.clock }));
    expect(check).toMatchObject({ videoId: 'clip', bytes: video.bytes.length, faults: [] });
  });
});

describe('large segments', () => {
  const shape: VideoShape = { layout: 'hls', sizeBytes: 4 * MIB, segmentBytes: 2 * MIB };

  it('go on where they broke off, where the store reads ranges', async () => {
    const plan = createFaultPlan({ rules: [{ kind: 'fails', operation: 'blob.next', target: '/up1/0', nth: 11 }] });
    const world = createWorld({ wrap: (store) => faultyBlobStore(store, plan) });
    const video = await storeVideo(world.bucket, shape);
    const { clock } = world.ports;
    const fetcher = fetcherOn(world.ports);
    const manifest = await clock.runUntil(fetcher.prepareVideo(undefined, 'clip'));
    const before = fetcher.report().bytesFetched;
    await clock.runUntil(fetcher.startIntelligentLoading(manifest));
    expect(world.requests).toContain('clip/up1/0#655360-2097152');
    expect(fetcher.report().bytesFetched - before).toBe(video.bytes.length);
    await clock.runUntil(fetcher.cleanup());
  });

  it('are never whole in memory, and a damaged one is refused by all', async () => {
    const world = createWorld();
    const video = await storeVideo(world.bucket, shape);
    await world.bucket.remove([video.key(1)]);
    await put(world.bucket, video.key(1), randomBytes(2 * MIB, 77));
    const { ports } = world;
    const { clock } = ports;
    const watched = watchFiles(ports.fileSystem, '/');
    const fetcher = fetcherOn(ports, { fileSystem: watched.fileSystem });
    const corrupt = collect(fetcher, 'corrupt');
    const manifest = await clock.runUntil(fetcher.prepareVideo(undefined, 'clip'));
    for (const all of [() => fetcher.startIntelligentLoading(manifest), () => fetcher.combineSegments('clip', { outputPath: '/out' })]) {
      expect(await clock.runUntil(failureOf(all()))).toMatchObject({ code: 'SEGMENT_CORRUPT', context: { segmentIndex: 1 } });
    }
    expect(corrupt).toHaveLength(6);
    await clock.runUntil(fetcher.cleanup());
    expect(await ports.fileSystem.list('/')).toEqual(['cache']);
    expect(watched.openHandles()).toBe(0);
    expect(fetcher.report().peakBufferBytes).toBeLessThanOrEqual(3 * PIECE);
  });

  it('changed in the cache between two lives: a miss', async () => {
    const world = createWorld();
    const video = await storeVideo(world.bucket, shape);
    const { ports } = world;
    const first = fetcherOn(ports);
    await ports.clock.runUntil(first.startIntelligentLoading(await ports.clock.runUntil(first.prepareVideo(undefined, 'clip'))));
    const [scope] = await ports.fileSystem.list('/cache');
    for (const name of await ports.fileSystem.list(`/cache/${scope}`)) {
      if (name.includes('-s')) await ports.addFile(`/cache/${scope}/${name}`, randomBytes(2 * MIB, 3));
    }
    const next = ports.restart();
    const fetcher = fetcherOn(next);
    const corrupt = collect(fetcher, 'corrupt');
    const session = await next.clock.runUntil(fetcher.open('clip'));
    const buffer = new Uint8Array(1_000);
    await next.clock.runUntil(session.readInto(buffer, 3 * MIB));
    expect(same(buffer, video.bytes.subarray(3 * MIB, 3 * MIB + 1_000))).toBe(true);
    expect(corrupt).toEqual([{ videoId: 'clip', index: 1, where: 'cache' }]);
    await next.clock.runUntil(fetcher.cleanup());
  });
});

describe('checkVideo and readManifest', () => {
  it('names each fault, and reads past the cache', async () => {
    const world = createWorld();
    const video = await storeVideo(world.bucket, { sizeBytes: 60 * KIB, segmentBytes: 10 * KIB });
    const replace = async (index: number, bytes: Uint8Array): Promise<void> => {
      await world.bucket.remove([video.key(index)]);
      await put(world.bucket, video.key(index), bytes);
    };
    await replace(1, randomBytes(10 * KIB, 4));
    await replace(3, video.bytes.slice(30 * KIB, 39 * KIB));
    await replace(4, video.bytes.slice(40 * KIB, 51 * KIB));
    await world.bucket.remove([video.key(5)]);
    const { blobStore, clock } = world.ports;
    const { manifest, sizeBytes } = await clock.runUntil(readManifest(blobStore, 'clip/manifest.json', { clock }));
    expect(manifest).toEqual(video.manifest);
    expect(sizeBytes).toBe((await world.bucket.head('clip/manifest.json'))?.sizeBytes);
    const seen: number[] = [];
    const check = await clock.runUntil(checkVideo(blobStore, manifest, { clock, onSegment: ({ index }) => seen.push(index) }));
    expect(seen.sort()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(check.segments).toBe(6);
    expect(check.faults.map(({ index, fault, key }) => [index, fault, key])).toEqual([
      [1, 'corrupt', video.key(1)],
      [3, 'size', video.key(3)],
      [4, 'size', video.key(4)],
      [5, 'missing', video.key(5)],
    ]);
    expect(check.faults[0]?.range).toEqual({ start: 10 * KIB, end: 20 * KIB });
  });

  it('a store that cannot be read is an error, no fault of the video; so is an abort', async () => {
    const plan = createFaultPlan({ rules: [{ kind: 'fails', operation: 'blob.get', target: '/up1/', code: 'FORBIDDEN' }] });
    const world = createWorld({ wrap: (store) => faultyBlobStore(store, plan) });
    const video = await storeVideo(world.bucket, { sizeBytes: 60 * KIB, segmentBytes: 10 * KIB });
    const { blobStore, clock } = world.ports;
    expect(await clock.runUntil(failureOf(checkVideo(blobStore, video.manifest, { clock })))).toMatchObject({ code: 'FORBIDDEN' });
    const reason = new Error('enough');
    const signal = { aborted: true, reason, addEventListener: () => undefined, removeEventListener: () => undefined };
    expect(await failureOf(checkVideo(blobStore, video.manifest, { clock, signal }))).toBe(reason);
    expect(await failureOf(checkVideo(blobStore, video.manifest, { clock, concurrency: 0 }))).toMatchObject({ code: 'INVALID_CONFIG' });
    expect(clock.pendingTimers()).toBe(0);
  });

  it('a manifest that is not there', async () => {
    const { blobStore, clock } = createWorld().ports;
    expect(await failureOf(readManifest(blobStore, 'x/manifest.json', { clock }))).toMatchObject({ code: 'MANIFEST_NOT_FOUND' });
  });
});
