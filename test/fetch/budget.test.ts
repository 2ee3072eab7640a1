/** The cache's budget of bytes, and who has to go for it. */
import { describe, expect, it } from 'vitest';
import { watchFiles } from './support/watched-files.js';
import { collect, createWorld, failureOf, fetcherOn, KIB, MIB, same, storeVideo, type World } from './support/world.js';

const SEGMENT = 128 * KIB;

async function load(world: World, fetcher: ReturnType<typeof fetcherOn>, videoId: string): Promise<void> {
  const manifest = await world.ports.clock.runUntil(fetcher.prepareVideo(undefined, videoId));
  await world.ports.clock.runUntil(fetcher.startIntelligentLoading(manifest));
}

describe('the budget', () => {
  it('holds at every write, manifests and temporary files included, whatever is loaded, played and evicted', async () => {
    const world = createWorld();
    const watched = watchFiles(world.ports.fileSystem, '/cache');
    for (const videoId of ['a', 'b', 'c', 'd', 'e'])
      await storeVideo(world.bucket, { videoId, seed: videoId.charCodeAt(0), sizeBytes: 5 * SEGMENT + 11, segmentBytes: SEGMENT });
    const fetcher = fetcherOn(world.ports, { fileSystem: watched.fileSystem, maxBytes: 12 * SEGMENT });
    for (const videoId of ['a', 'b', 'c', 'a', 'd', 'e', 'b']) {
      await load(world, fetcher, videoId);
      expect(fetcher.report().cacheBytes).toBe(watched.bytes());
    }
    expect(watched.peakBytes()).toBeLessThanOrEqual(12 * SEGMENT);
    expect(watched.peakBytes()).toBeGreaterThan(10 * SEGMENT);
    const loads = ['c', 'd', 'a'].map(async (videoId) => {
      const manifest = await fetcher.prepareVideo(undefined, videoId);
      await fetcher.startIntelligentLoading(manifest);
    });
    await world.ports.clock.runUntil(Promise.allSettled(loads));
    expect(watched.peakBytes()).toBeLessThanOrEqual(12 * SEGMENT);
    await world.ports.clock.runUntil(fetcher.cleanup());
    expect(watched.openHandles()).toBe(0);
  });

  it('evicts what was not used for the longest time, the ends of a video last, and tells', async () => {
    const world = createWorld();
    for (const videoId of ['a', 'b', 'c']) await storeVideo(world.bucket, { videoId, sizeBytes: 5 * SEGMENT, segmentBytes: SEGMENT });
    const fetcher = fetcherOn(world.ports, { maxBytes: 12 * SEGMENT + 8 * KIB });
    const evicted = collect(fetcher, 'evicted');
    await load(world, fetcher, 'a');
    await load(world, fetcher, 'b');
    const session = await world.ports.clock.runUntil(fetcher.open('a'));
    await session.close();
    await load(world, fetcher, 'c');
    expect(evicted.length).toBeGreaterThan(2);
    expect(new Set(evicted.map(({ videoId }) => videoId))).toEqual(new Set(['b']));
    const b = await world.ports.clock.runUntil(fetcher.open('b'));
    // Two of five are left: the first and the last.
    expect(b.cachedRanges()).toEqual([
      { start: 0, end: SEGMENT },
      { start: 4 * SEGMENT, end: 5 * SEGMENT },
    ]);
    await world.ports.clock.runUntil(fetcher.cleanup());
  });

  it('the order of use outlives the process', async () => {
    const world = createWorld();
    for (const videoId of ['a', 'b', 'c']) await storeVideo(world.bucket, { videoId, sizeBytes: 5 * SEGMENT, segmentBytes: SEGMENT });
    const first = fetcherOn(world.ports, { maxBytes: 12 * SEGMENT });
    for (const videoId of ['a', 'b', 'a']) await load(world, first, videoId);
    const ports = world.ports.restart();
    const next = fetcherOn(ports, { maxBytes: 12 * SEGMENT });
    const evicted = collect(next, 'evicted');
    await load({ ...world, ports }, next, 'c');
    expect(new Set(evicted.map(({ videoId }) => videoId))).toEqual(new Set(['b']));
    await ports.clock.runUntil(next.cleanup());
  });

  it('never evicts what an open session has', async () => {
    const world = createWorld();
    for (const videoId of ['a', 'b']) await storeVideo(world.bucket, { videoId, sizeBytes: 7 * SEGMENT, segmentBytes: SEGMENT });
    const { clock } = world.ports;
    const fetcher = fetcherOn(world.ports, { maxBytes: 12 * SEGMENT });
    const evicted = collect(fetcher, 'evicted');
    await load(world, fetcher, 'a');
    const session = await clock.runUntil(fetcher.open('a'));
    const manifest = await clock.runUntil(fetcher.prepareVideo(undefined, 'b'));
    world.requests.length = 0;
    expect(await clock.runUntil(failureOf(fetcher.startIntelligentLoading(manifest)))).toMatchObject({
      code: 'CACHE_FULL',
      context: { videoId: 'b' },
    });
    expect(world.requests).toEqual([]);
    expect(evicted).toEqual([]);
    expect(session.cachedRanges()).toEqual([{ start: 0, end: 7 * SEGMENT }]);
    await session.close();
    await clock.runUntil(fetcher.startIntelligentLoading(manifest));
    expect(evicted.every(({ videoId }) => videoId === 'a')).toBe(true);
    await clock.runUntil(fetcher.cleanup());
  });

  it('a video that cannot fit: CACHE_FULL before a byte is fetched, yet it can be combined', async () => {
    const world = createWorld();
    const watched = watchFiles(world.ports.fileSystem, '/cache');
    const video = await storeVideo(world.bucket, { sizeBytes: 3 * MIB + 5, segmentBytes: SEGMENT });
    const { clock } = world.ports;
    const fetcher = fetcherOn(world.ports, { fileSystem: watched.fileSystem, maxBytes: MIB });
    const manifest = await clock.runUntil(fetcher.prepareVideo(undefined, 'clip'));
    world.requests.length = 0;
    expect(await clock.runUntil(failureOf(fetcher.startIntelligentLoading(manifest)))).toMatchObject({ code: 'CACHE_FULL' });
    expect(world.requests).toEqual([]);
    await clock.runUntil(fetcher.combineSegments('clip', { outputPath: '/out' }));
    expect(same(await world.ports.readFile('/out'), video.bytes)).toBe(true);
    expect(watched.peakBytes()).toBeLessThanOrEqual(MIB);
    await clock.runUntil(fetcher.cleanup());
  });

  it('a video larger than the cache can be played: it makes room in itself, behind the play head', async () => {
    const world = createWorld();
    const watched = watchFiles(world.ports.fileSystem, '/cache');
    const video = await storeVideo(world.bucket, { sizeBytes: 40 * SEGMENT + 9, segmentBytes: SEGMENT, opening: [{ start: 0, end: 100 }] });
    const { clock } = world.ports;
    const fetcher = fetcherOn(world.ports, { fileSystem: watched.fileSystem, maxBytes: MIB });
    const session = await clock.runUntil(fetcher.open('clip'));
    await clock.runUntil(session.ready());
    const all = new Uint8Array(video.bytes.length);
    for (let at = 0; at < all.length; ) at += await clock.runUntil(session.readInto(all.subarray(at, at + 60_000), at));
    expect(same(all, video.bytes)).toBe(true);
    expect(watched.peakBytes()).toBeLessThanOrEqual(MIB);
    expect(session.cachedRanges()[0]).toMatchObject({ start: 0 });
    // Each segment came about once: small reads are served from memory.
    expect(world.requests.filter((key) => key.includes('/up1/')).length).toBeLessThanOrEqual(50);
    await clock.runUntil(fetcher.cleanup());
  });

  it('two sessions that do not fit together both play', async () => {
    const world = createWorld();
    const watched = watchFiles(world.ports.fileSystem, '/cache');
    const a = await storeVideo(world.bucket, { videoId: 'a', sizeBytes: 20 * SEGMENT, segmentBytes: SEGMENT });
    const b = await storeVideo(world.bucket, { videoId: 'b', seed: 2, sizeBytes: 20 * SEGMENT, segmentBytes: SEGMENT });
    const { clock } = world.ports;
    const fetcher = fetcherOn(world.ports, { fileSystem: watched.fileSystem, maxBytes: MIB });
    const first = await clock.runUntil(fetcher.open('a'));
    const second = await clock.runUntil(fetcher.open('b'));
    const buffer = new Uint8Array(SEGMENT);
    for (let index = 0; index < 20; index += 1) {
      for (const [session, video] of [
        [first, a],
        [second, b],
      ] as const) {
        const length = await clock.runUntil(session.readInto(buffer, index * SEGMENT));
        expect(same(buffer.subarray(0, length), video.bytes.subarray(index * SEGMENT, index * SEGMENT + length))).toBe(true);
      }
    }
    expect(watched.peakBytes()).toBeLessThanOrEqual(MIB);
    await clock.runUntil(fetcher.cleanup());
  });

  it('a smaller budget than before: the next start evicts', async () => {
    const world = createWorld();
    await storeVideo(world.bucket, { sizeBytes: 3 * MIB, segmentBytes: SEGMENT });
    const first = fetcherOn(world.ports);
    await load(world, first, 'clip');
    await world.ports.clock.runUntil(first.cleanup());
    expect(first.report().cacheBytes).toBeGreaterThan(3 * MIB);
    const next = fetcherOn(world.ports, { maxBytes: MIB });
    const session = await world.ports.clock.runUntil(next.open('clip'));
    expect(next.report().cacheBytes).toBeLessThanOrEqual(MIB);
    expect(session.cachedRanges()[0]).toMatchObject({ start: 0 });
    await world.ports.clock.runUntil(next.cleanup());
  });
});
