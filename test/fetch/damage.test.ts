/** Bytes that are not what the manifest says: in the store, on the way, in the cache. */
import { describe, expect, it } from 'vitest';
import { createFaultPlan, faultyBlobStore, faultyFileSystem } from '../../src/conformance/index.js';
import type { BlobReader, BlobStore } from '../../src/ports/index.js';
import { collect, createWorld, failureOf, fetcherOn, KIB, PIECE, put, randomBytes, same, storeVideo, type World } from './support/world.js';

async function replaceSegment(world: World, key: string, bytes: Uint8Array): Promise<void> {
  await world.bucket.remove([key]);
  await put(world.bucket, key, bytes);
}

const DAMAGES = [
  ['a flipped byte', (bytes: Uint8Array) => bytes.map((byte, at) => (at === 1_000 ? byte ^ 1 : byte))],
  ['one byte less', (bytes: Uint8Array) => bytes.slice(0, -1)],
  ['one byte more', (bytes: Uint8Array) => new Uint8Array([...bytes, 7])],
  ['nothing at all', () => new Uint8Array(0)],
  ['other bytes of the same size', (bytes: Uint8Array) => randomBytes(bytes.length, 99)],
] as const;

describe('a damaged segment in the store', () => {
  it.each(DAMAGES)('%s: tried three times, then SEGMENT_CORRUPT, and nothing of it is kept', async (_name, damage) => {
    const world = createWorld();
    const { ports } = world;
    const video = await storeVideo(world.bucket, { sizeBytes: 4 * 10_000, segmentBytes: 10_000 });
    await replaceSegment(world, video.key(2), damage(video.bytes.subarray(20_000, 30_000)));
    const fetcher = fetcherOn(ports);
    const corrupt = collect(fetcher, 'corrupt');
    const manifest = await ports.clock.runUntil(fetcher.prepareVideo(undefined, 'clip'));
    const error = await ports.clock.runUntil(failureOf(fetcher.startIntelligentLoading(manifest)));
    expect(error).toMatchObject({ code: 'SEGMENT_CORRUPT', context: { segmentIndex: 2, videoId: 'clip' } });
    expect(corrupt).toEqual([1, 2, 3].map(() => ({ videoId: 'clip', index: 2, where: 'store' })));
    expect(world.requests.filter((key) => key === video.key(2))).toHaveLength(3);
    const combined = await ports.clock.runUntil(failureOf(fetcher.combineSegments('clip', { outputPath: '/out' })));
    expect(combined).toMatchObject({ code: 'SEGMENT_CORRUPT', context: { segmentIndex: 2 } });
    expect(await ports.fileSystem.list('/')).toEqual(['cache']);
    const session = await ports.clock.runUntil(fetcher.open('clip'));
    const read = await ports.clock.runUntil(failureOf(session.readInto(new Uint8Array(10), 25_000)));
    expect(read).toMatchObject({ code: 'SEGMENT_CORRUPT', context: { segmentIndex: 2 } });
    expect(session.cachedRanges().some((range) => range.start <= 20_000 && range.end > 20_000)).toBe(false);
    await ports.clock.runUntil(fetcher.cleanup());
    expect(await ports.fileSystem.list('/')).toEqual(['cache']);
  });

  it('is fetched again and kept once the store is mended', async () => {
    const world = createWorld();
    const { ports } = world;
    const video = await storeVideo(world.bucket, { sizeBytes: 30_000, segmentBytes: 10_000 });
    await replaceSegment(world, video.key(1), randomBytes(10_000, 5));
    const fetcher = fetcherOn(ports);
    fetcher.on('corrupt', () => void replaceSegment(world, video.key(1), video.bytes.slice(10_000, 20_000)));
    const manifest = await ports.clock.runUntil(fetcher.prepareVideo(undefined, 'clip'));
    await ports.clock.runUntil(fetcher.startIntelligentLoading(manifest));
    await ports.clock.runUntil(fetcher.combineSegments('clip', { outputPath: '/out' }));
    expect(same(await ports.readFile('/out'), video.bytes)).toBe(true);
  });

  it('that is not there: SEGMENT_MISSING, asked for once', async () => {
    const world = createWorld();
    const { ports } = world;
    const video = await storeVideo(world.bucket, { sizeBytes: 30_000, segmentBytes: 10_000 });
    await world.bucket.remove([video.key(1)]);
    const fetcher = fetcherOn(ports);
    const manifest = await ports.clock.runUntil(fetcher.prepareVideo(undefined, 'clip'));
    const error = await ports.clock.runUntil(failureOf(fetcher.startIntelligentLoading(manifest)));
    expect(error).toMatchObject({ code: 'SEGMENT_MISSING', context: { segmentIndex: 1, key: video.key(1) } });
    expect(world.requests.filter((key) => key === video.key(1))).toHaveLength(1);
  });

  it('a store that sends for ever is stopped at the first byte too many', async () => {
    let pieces = 0;
    let closed = 0;
    const endless = (store: BlobStore): BlobStore => ({
      ...store,
      get: async (key, options): Promise<BlobReader> => {
        if (!key.endsWith('/1')) return store.get(key, options);
        const piece = new Uint8Array(1_000);
        return {
          next: async () => {
            pieces += 1;
            return piece;
          },
          close: async () => {
            closed += 1;
          },
        };
      },
    });
    const world = createWorld({ wrap: endless });
    await storeVideo(world.bucket, { sizeBytes: 30_000, segmentBytes: 10_000 });
    const fetcher = fetcherOn(world.ports);
    const manifest = await world.ports.clock.runUntil(fetcher.prepareVideo(undefined, 'clip'));
    const error = await world.ports.clock.runUntil(failureOf(fetcher.startIntelligentLoading(manifest)));
    expect(error.code).toBe('SEGMENT_CORRUPT');
    expect(pieces).toBe(3 * 11);
    expect(closed).toBe(3);
  });

  it.each(['flipped', 'cut-body'] as const)('%s on the way, now and then: the bytes are right in the end', async (kind) => {
    const plan = createFaultPlan({ seed: 3, rules: [{ kind, operation: 'blob.next', target: 'up1/', rate: 0.1 }] });
    const world = createWorld({ wrap: (store) => faultyBlobStore(store, plan) });
    const video = await storeVideo(world.bucket, { sizeBytes: 40 * 10_000 + 3, segmentBytes: 10_000 });
    const fetcher = fetcherOn(world.ports);
    const manifest = await world.ports.clock.runUntil(fetcher.prepareVideo(undefined, 'clip'));
    await world.ports.clock.runUntil(fetcher.startIntelligentLoading(manifest));
    await world.ports.clock.runUntil(fetcher.combineSegments('clip', { outputPath: '/out' }));
    expect(same(await world.ports.readFile('/out'), video.bytes)).toBe(true);
    expect(plan.struck()[kind]).toBeGreaterThan(0);
  });
});

async function cachedFiles(world: World): Promise<string[]> {
  const [scope] = await world.ports.fileSystem.list('/cache');
  return (await world.ports.fileSystem.list(`/cache/${scope}`)).map((name) => `/cache/${scope}/${name}`).sort();
}

const SPOILS = [
  ['cut', (bytes: Uint8Array) => bytes.slice(0, 100)],
  ['emptied', () => new Uint8Array(0)],
  ['changed in one bit', (bytes: Uint8Array) => bytes.map((byte, at) => (at === 500 ? byte ^ 128 : byte))],
] as const;

describe('a damaged file in the cache', () => {
  async function loaded(): Promise<{ world: World; video: Awaited<ReturnType<typeof storeVideo>> }> {
    const world = createWorld();
    const video = await storeVideo(world.bucket, { sizeBytes: 3 * 100 * KIB, segmentBytes: 100 * KIB, opening: [{ start: 0, end: 10 }] });
    const fetcher = fetcherOn(world.ports);
    const manifest = await world.ports.clock.runUntil(fetcher.prepareVideo(undefined, 'clip'));
    await world.ports.clock.runUntil(fetcher.startIntelligentLoading(manifest));
    await world.ports.clock.runUntil(fetcher.cleanup());
    return { world, video };
  }

  it.each(SPOILS)('%s: a miss, told, and fetched again', async (_name, spoil) => {
    const { world, video } = await loaded();
    const { ports } = world;
    for (const path of await cachedFiles(world)) {
      const bytes = await ports.readFile(path);
      await ports.addFile(path, spoil(bytes as Uint8Array));
    }
    world.requests.length = 0;
    const fetcher = fetcherOn(ports);
    const corrupt = collect(fetcher, 'corrupt');
    const session = await ports.clock.runUntil(fetcher.open('clip'));
    await ports.clock.runUntil(session.ready());
    const buffer = new Uint8Array(50);
    expect(await ports.clock.runUntil(session.readInto(buffer, 0))).toBe(50);
    expect(same(buffer, video.bytes.subarray(0, 50))).toBe(true);
    expect(corrupt).toContainEqual({ videoId: 'clip', index: 0, where: 'cache' });
    await ports.clock.runUntil(fetcher.combineSegments('clip', { outputPath: '/out' }));
    expect(same(await ports.readFile('/out'), video.bytes)).toBe(true);
    expect(world.requests).toEqual(expect.arrayContaining([0, 1, 2].map((index) => video.key(index))));
    await ports.clock.runUntil(fetcher.cleanup());
  });

  it('swapped with another one: both are misses', async () => {
    const { world, video } = await loaded();
    const { ports } = world;
    const [first, second] = (await cachedFiles(world)).filter((path) => /-s[01]\./.test(path)) as [string, string];
    const swap = await ports.readFile(first);
    await ports.addFile(first, (await ports.readFile(second)) as Uint8Array);
    await ports.addFile(second, swap as Uint8Array);
    const fetcher = fetcherOn(ports);
    const corrupt = collect(fetcher, 'corrupt');
    const session = await ports.clock.runUntil(fetcher.open('clip'));
    const all = new Uint8Array(video.bytes.length);
    for (let at = 0; at < all.length; ) at += await ports.clock.runUntil(session.readInto(all.subarray(at, at + 30_000), at));
    expect(same(all, video.bytes)).toBe(true);
    expect(corrupt.map(({ index, where }) => `${index} ${where}`).sort()).toEqual(['0 cache', '1 cache']);
    await ports.clock.runUntil(fetcher.cleanup());
  });

  it('spoiled while it is being played: the next look at it is a miss', async () => {
    const { world, video } = await loaded();
    const { ports } = world;
    const fetcher = fetcherOn(ports);
    const session = await ports.clock.runUntil(fetcher.open('clip'));
    const buffer = new Uint8Array(1_000);
    await ports.clock.runUntil(session.readInto(buffer, 0));
    await ports.clock.runUntil(session.readInto(buffer, 250 * KIB));
    await ports.clock.runUntil(session.readInto(buffer, 150 * KIB));
    for (const path of await cachedFiles(world)) await ports.addFile(path, new Uint8Array(100 * KIB));
    for (const position of [0, 150 * KIB, 250 * KIB, 5, 299 * KIB]) {
      const length = await ports.clock.runUntil(session.readInto(buffer, position));
      expect(same(buffer.subarray(0, length), video.bytes.subarray(position, position + length))).toBe(true);
    }
    await ports.clock.runUntil(fetcher.cleanup());
  });

  it('gone: a miss', async () => {
    const { world, video } = await loaded();
    const { ports } = world;
    const fetcher = fetcherOn(ports);
    const session = await ports.clock.runUntil(fetcher.open('clip'));
    for (const path of await cachedFiles(world)) await ports.fileSystem.remove(path);
    const buffer = new Uint8Array(10);
    await ports.clock.runUntil(session.readInto(buffer, 120 * KIB));
    expect(same(buffer, video.bytes.subarray(120 * KIB, 120 * KIB + 10))).toBe(true);
    await ports.clock.runUntil(fetcher.cleanup());
  });

  it('a disk that spoils everything ends in a typed error, not in an endless loop', async () => {
    const world = createWorld();
    const { ports } = world;
    await storeVideo(world.bucket, { sizeBytes: 3 * PIECE, opening: [{ start: 0, end: 10 }] });
    const plan = createFaultPlan({ rules: [{ kind: 'flipped', operation: 'fs.readInto' }] });
    const fetcher = fetcherOn(ports, { fileSystem: faultyFileSystem(ports.fileSystem, plan) });
    const session = await ports.clock.runUntil(fetcher.open('clip'));
    const error = await ports.clock.runUntil(failureOf(session.ready()));
    expect(error).toMatchObject({ code: 'STORAGE_UNAVAILABLE', context: { segmentIndex: 0 } });
    await ports.clock.runUntil(fetcher.cleanup());
  });
});
