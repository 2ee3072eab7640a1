/** The cache by itself: its names, its index, its order of use; and what two scopes see of each other. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryFileSystem, memoryKeyValueStore } from '../../../adapters/memory/index.js';
import { createFaultPlan, faultyFileSystem } from '../../../src/conformance/index.js';
import { MANIFEST, nameOf, parseName, temporaryName, videoKeyOf } from '../../../src/fetch/cache/file-names.js';
import { LastUsedStore } from '../../../src/fetch/cache/last-used.js';
import { VideoCache } from '../../../src/fetch/cache/video-cache.js';
import type { FileSystem, KeyValueStore } from '../../../src/ports/index.js';
import { createVirtualClock } from '../../../src/testing/index.js';
import { collect, createWorld, failureOf, fetcherOn, KIB, MIB, same, storeVideo } from '../support/world.js';

const hex = (length: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });

describe('names', () => {
  it('parses the name of a file to the same file, and no other name', () => {
    const file = fc.record({
      video: hex(24),
      build: hex(8),
      rendition: fc.integer({ min: 0, max: 200 }),
      index: fc.integer({ min: -1, max: 70_000 }),
      sizeBytes: fc.integer({ min: 0, max: 2 ** 50 }),
    });
    fc.assert(
      fc.property(file, (one) => {
        expect(parseName(nameOf(one))).toEqual(one.index === MANIFEST ? { ...one, rendition: 0 } : one);
        expect(nameOf(one)).toMatch(/^[a-z0-9._-]{1,64}$/);
      }),
      { seed: 1, numRuns: 1_000 },
    );
    const name = nameOf({ video: videoKeyOf('clip'), build: '0a1b2c3d', rendition: 1, index: 5, sizeBytes: 77 });
    for (const other of [
      `${name}x y`,
      name.toUpperCase(),
      name.replace('-s5', '-s05'),
      name.replace('-r1', '-r01'),
      name.replace('-r1', ''),
      name.replace('.', '.0'),
      `${name}.tmp`,
      '',
      '.DS_Store',
      temporaryName(1, () => 0.5),
    ]) {
      expect(parseName(other)).toBeUndefined();
    }
    expect(parseName(nameOf({ video: videoKeyOf('clip'), build: '0a1b2c3d', rendition: 0, index: MANIFEST, sizeBytes: 7 }))?.index).toBe(
      MANIFEST,
    );
  });
});

interface Opened {
  readonly cache: VideoCache;
  readonly warnings: string[];
  readonly evicted: { readonly videoId: string; readonly bytes: number }[];
}

async function openCache(fileSystem: FileSystem, keyValueStore: KeyValueStore, maxBytes = 64 * MIB): Promise<Opened> {
  const warnings: string[] = [];
  const evicted: { readonly videoId: string; readonly bytes: number }[] = [];
  const warn = (error: { readonly code: string }): void => void warnings.push(error.code);
  const cache = new VideoCache({
    fileSystem,
    clock: createVirtualClock(),
    directory: '/cache',
    maxBytes,
    lastUsedStore: new LastUsedStore(keyValueStore, 'fetch/used/', warn),
    warn,
    onEvicted: (videoId, bytes) => evicted.push({ videoId, bytes }),
  });
  await cache.open();
  return { cache, warnings, evicted };
}

async function write(cache: VideoCache, videoId: string, index: number, sizeBytes: number): Promise<void> {
  const video = await cache.adopt({ videoId, build: '00000001', rendition: 0 });
  expect(await cache.tryReserve(video, sizeBytes)).toBe(true);
  const writer = cache.begin(video, index, sizeBytes);
  await writer.write(new Uint8Array(sizeBytes).fill(index));
  await writer.commit();
  cache.touch(video);
  cache.release(video);
}

describe('the index', () => {
  it('is the directory itself: strays and temporary files are swept, two uploads of one video become one', async () => {
    const fileSystem = memoryFileSystem();
    const keyValueStore = memoryKeyValueStore();
    const first = await openCache(fileSystem, keyValueStore);
    await write(first.cache, 'clip', 0, 100);
    await write(first.cache, 'clip', MANIFEST, 50);
    const video = videoKeyOf('clip');
    for (const name of [
      'stray',
      't-1-abc.tmp',
      nameOf({ video, build: '00000002', rendition: 0, index: 1, sizeBytes: 9 }),
      nameOf({ video, build: '00000001', rendition: 0, index: 0, sizeBytes: 101 }),
    ]) {
      const handle = await fileSystem.create(`/cache/${name}`);
      await handle.close();
    }
    const { cache } = await openCache(fileSystem, keyValueStore);
    expect((await fileSystem.list('/cache')).sort()).toEqual(
      [
        nameOf({ video, build: '00000001', rendition: 0, index: 0, sizeBytes: 100 }),
        nameOf({ video, build: '00000001', rendition: 0, index: MANIFEST, sizeBytes: 50 }),
      ].sort(),
    );
    expect(cache.usedBytes).toBe(150);
  });

  it('removes files with names of an older format, and counts none of their bytes', async () => {
    const fileSystem = memoryFileSystem();
    const keyValueStore = memoryKeyValueStore();
    await write((await openCache(fileSystem, keyValueStore)).cache, 'clip', 0, 100);
    const video = videoKeyOf('clip');
    const kept = await fileSystem.list('/cache');
    for (const name of [`${video}-00000001-s0.2s`, `${video}-00000001-s1.2s`, `${videoKeyOf('other')}-00000001-s0.2s`]) {
      const handle = await fileSystem.create(`/cache/${name}`);
      await handle.write(new Uint8Array(100));
      await handle.close();
    }
    const { cache, warnings } = await openCache(fileSystem, keyValueStore);
    expect(await fileSystem.list('/cache')).toEqual(kept);
    expect(cache.usedBytes).toBe(100);
    expect(cache.find('other')).toBeUndefined();
    expect(warnings).toEqual([]);
  });

  it('holds the segments of one rendition of a video, and its manifest for all of them', async () => {
    const fileSystem = memoryFileSystem();
    const keyValueStore = memoryKeyValueStore();
    const { cache } = await openCache(fileSystem, keyValueStore);
    await write(cache, 'clip', 0, 100);
    await write(cache, 'clip', MANIFEST, 50);
    const build = '00000001';
    cache.release(await cache.adopt({ videoId: 'clip', build }));
    expect(cache.usedBytes).toBe(150);
    const second = await cache.adopt({ videoId: 'clip', build, rendition: 1 });
    expect([...second.sizes.keys()]).toEqual([MANIFEST]);
    await cache.tryReserve(second, 70);
    const writer = cache.begin(second, 0, 70);
    await writer.write(new Uint8Array(70));
    await writer.commit();
    const video = videoKeyOf('clip');
    const names = [
      nameOf({ video, build, rendition: 0, index: MANIFEST, sizeBytes: 50 }),
      nameOf({ video, build, rendition: 1, index: 0, sizeBytes: 70 }),
    ];
    expect((await fileSystem.list('/cache')).sort()).toEqual(names);
    // What a kill leaves between the removals of one rendition and the files of the next one.
    await (await fileSystem.create(`/cache/${nameOf({ video, build, rendition: 2, index: 1, sizeBytes: 0 })}`)).close();
    const reopened = (await openCache(fileSystem, keyValueStore)).cache;
    expect((await fileSystem.list('/cache')).sort()).toEqual(names);
    expect(await reopened.adopt({ videoId: 'clip', build, rendition: 1 })).toMatchObject({ bytes: 120, rendition: 1 });
  });

  it('opens 20,000 parts of 4,000 videos with as many records as for one, and keeps their order of use', async () => {
    const names: string[] = [];
    const removed: string[] = [];
    for (let number = 0; number < 4_000; number += 1) {
      for (let index = 0; index < 5; index += 1)
        names.push(nameOf({ video: videoKeyOf(`v${number}`), build: '00000001', rendition: 0, index, sizeBytes: 1_000 }));
    }
    const memory = memoryFileSystem();
    const fileSystem: FileSystem = {
      ...memory,
      list: async () => names.filter((name) => !removed.includes(name)),
      remove: async (path) => void removed.push(path.slice('/cache/'.length)),
    };
    const keyValueStore = memoryKeyValueStore();
    let records = 0;
    const counted: KeyValueStore = {
      ...keyValueStore,
      get: async (key) => {
        records += 1;
        return keyValueStore.get(key);
      },
    };
    const first = await openCache(fileSystem, counted);
    expect(first.cache.usedBytes).toBe(20_000_000);
    for (let number = 3_999; number >= 0; number -= 1) {
      const video = await first.cache.adopt({ videoId: `v${number}`, build: '00000001', rendition: 0 });
      first.cache.touch(video);
      first.cache.release(video);
    }
    await first.cache.saveLastUsed();
    for (const key of await keyValueStore.keys('')) expect((await keyValueStore.get(key))?.length).toBeLessThanOrEqual(60_000);
    const { evicted, cache } = await openCache(fileSystem, counted, 20_000_000 - 14_500);
    expect(records).toBeLessThanOrEqual(64);
    expect(cache.usedBytes).toBe(20_000_000 - 15_000);
    expect(evicted.map(({ videoId }) => videoId)).toEqual(
      [3_999, 3_998, 3_997].flatMap((number) => Array.from({ length: 5 }, () => `v${number}`)),
    );
  });

  it('records that make no sense are skipped; those that cannot be read are a warning', async () => {
    const fileSystem = memoryFileSystem();
    const keyValueStore = memoryKeyValueStore();
    const first = await openCache(fileSystem, keyValueStore);
    await write(first.cache, 'a', 0, 100);
    await first.cache.saveLastUsed();
    const [key] = (await keyValueStore.keys('fetch/used/')) as [string];
    await keyValueStore.set(key, `garbage\n${await keyValueStore.get(key)}${videoKeyOf('a')} zzzzzzzzzzzzzz\n\n\u0001`);
    expect((await openCache(fileSystem, keyValueStore)).warnings).toEqual([]);
    const broken: KeyValueStore = { ...keyValueStore, get: () => Promise.reject(new Error('torn')) };
    const { cache, warnings } = await openCache(fileSystem, broken);
    expect(warnings).toEqual(['INTERNAL']);
    expect(cache.usedBytes).toBe(100);
  });

  it('a start that fails is tried again', async () => {
    const world = createWorld();
    await storeVideo(world.bucket, { sizeBytes: 10 });
    const plan = createFaultPlan({ rules: [{ kind: 'fails', operation: 'fs.list', nth: 1 }] });
    const fetcher = fetcherOn(world.ports, { fileSystem: faultyFileSystem(world.ports.fileSystem, plan) });
    expect(await failureOf(fetcher.prepareVideo(undefined, 'clip'))).toMatchObject({ code: 'FILE_UNREADABLE' });
    expect((await fetcher.prepareVideo(undefined, 'clip')).videoId).toBe('clip');
  });

  it('a file that cannot be removed still counts, is left alone, and others go in its place', async () => {
    const memory = memoryFileSystem();
    const stuck = nameOf({ video: videoKeyOf('a'), build: '00000001', rendition: 0, index: 0, sizeBytes: 400 * KIB });
    const plan = createFaultPlan({ rules: [{ kind: 'fails', operation: 'fs.remove', target: stuck }] });
    const { cache, warnings, evicted } = await openCache(faultyFileSystem(memory, plan), memoryKeyValueStore(), MIB);
    await write(cache, 'a', 0, 400 * KIB);
    await write(cache, 'b', 0, 400 * KIB);
    await write(cache, 'c', 0, 400 * KIB);
    expect(evicted.map(({ videoId }) => videoId)).toEqual(['b']);
    expect(warnings).toEqual(['FILE_UNREADABLE']);
    expect(cache.usedBytes).toBe(800 * KIB);
    const video = await cache.adopt({ videoId: 'd', build: '00000001', rendition: 0 });
    expect(await cache.tryReserve(video, 700 * KIB)).toBe(false);
  });

  it('a temporary file that cannot be removed counts until the next start', async () => {
    const memory = memoryFileSystem();
    const plan = createFaultPlan({ rules: [{ kind: 'fails', operation: 'fs.remove', target: '.tmp' }] });
    const { cache, warnings } = await openCache(faultyFileSystem(memory, plan), memoryKeyValueStore(), MIB);
    const video = await cache.adopt({ videoId: 'a', build: '00000001', rendition: 0 });
    await cache.tryReserve(video, 300 * KIB);
    const writer = cache.begin(video, 0, 300 * KIB);
    await writer.write(new Uint8Array(300 * KIB));
    await writer.discard();
    await writer.discard();
    expect(warnings).toEqual(['FILE_UNREADABLE']);
    expect(cache.usedBytes).toBe(300 * KIB);
    const next = await openCache(memory, memoryKeyValueStore(), MIB);
    expect(next.cache.usedBytes).toBe(0);
    expect(await memory.list('/cache')).toEqual([]);
  });

  it('room that somebody is writing into is waited for', async () => {
    const { cache } = await openCache(memoryFileSystem(), memoryKeyValueStore(), MIB);
    const a = await cache.adopt({ videoId: 'a', build: '00000001', rendition: 0 });
    const b = await cache.adopt({ videoId: 'b', build: '00000001', rendition: 0 });
    expect(await cache.tryReserve(a, 900 * KIB)).toBe(true);
    const later = cache.tryReserve(b, 900 * KIB);
    const writer = cache.begin(a, 0, 900 * KIB);
    await writer.write(new Uint8Array(900 * KIB));
    await writer.commit();
    expect(await later).toBe(true);
    expect(cache.usedBytes).toBe(0);
  });
});

describe('two scopes on one device', () => {
  it('never see each other’s videos, bytes, records or erasure', async () => {
    const world = createWorld();
    const video = await storeVideo(world.bucket, { sizeBytes: 30 * KIB, segmentBytes: 10 * KIB });
    const { ports } = world;
    const { clock } = ports;
    const anna = fetcherOn(ports, { scope: 'anna' });
    const ben = fetcherOn(ports, { scope: 'ben' });
    await clock.runUntil(anna.startIntelligentLoading(await clock.runUntil(anna.prepareVideo(undefined, 'clip'))));
    ports.conditions.set({ online: false });
    const waiting = ben.open('clip');
    await clock.advance(1_000);
    ports.conditions.set({ online: true });
    const session = await clock.runUntil(waiting);
    expect(session.cachedRanges()).toEqual([]);
    expect(ben.report().cacheBytes).toBeLessThan(10 * KIB);
    await clock.runUntil(session.readInto(new Uint8Array(1), 0));
    await clock.runUntil(ben.erase());
    expect(ben.report().cacheBytes).toBe(0);
    await world.bucket.remove([0, 1, 2].map(video.key));
    await clock.runUntil(anna.combineSegments('clip', { outputPath: '/out' }));
    expect(same(await ports.readFile('/out'), video.bytes)).toBe(true);
    expect(await ports.fileSystem.list('/cache')).toHaveLength(1);
    await clock.runUntil(anna.cleanup());
  });

  it('neither directories nor records name the account or the video', async () => {
    const world = createWorld();
    await storeVideo(world.bucket, { videoId: 'secret-clip', sizeBytes: 10 });
    const { ports } = world;
    const fetcher = fetcherOn(ports, { scope: 'anna@example.org' });
    await ports.clock.runUntil(fetcher.startIntelligentLoading(await ports.clock.runUntil(fetcher.prepareVideo(undefined, 'secret-clip'))));
    await ports.clock.runUntil(fetcher.combineSegments('secret-clip'));
    const names = [...(await ports.fileSystem.list('/cache')), ...(await ports.keyValueStore.keys(''))];
    for (const directory of await ports.fileSystem.list('/cache')) names.push(...(await ports.fileSystem.list(`/cache/${directory}`)));
    expect(names.length).toBeGreaterThan(4);
    for (const name of names) {
      expect(name).not.toMatch(/anna|secret/);
      expect(name).toMatch(/^[a-z0-9._/-]+$/);
    }
    await ports.clock.runUntil(fetcher.cleanup());
  });
});

describe('erase', () => {
  it('forgets every byte and record of the scope, combined files too, and the fetcher can be used again', async () => {
    const world = createWorld();
    const video = await storeVideo(world.bucket, { sizeBytes: 30 * KIB, segmentBytes: 10 * KIB });
    const { ports } = world;
    const { clock } = ports;
    const fetcher = fetcherOn(ports);
    const manifest = await clock.runUntil(fetcher.prepareVideo(undefined, 'clip'));
    await clock.runUntil(fetcher.startIntelligentLoading(manifest));
    const path = await clock.runUntil(fetcher.combineSegments('clip'));
    expect(path).toMatch(/^\/cache\/[0-9a-f]{32}\.videos\/[0-9a-f]{40}\.mp4$/);
    expect(same(await ports.readFile(path), video.bytes)).toBe(true);
    const session = await clock.runUntil(fetcher.open('clip'));
    const loading = failureOf(fetcher.startIntelligentLoading(manifest));
    await clock.runUntil(fetcher.erase());
    await loading.catch(() => undefined);
    expect(await ports.fileSystem.list('/cache')).toEqual([]);
    expect(await ports.keyValueStore.keys('')).toEqual([]);
    expect(await failureOf(session.ready())).toMatchObject({ code: 'ENGINE_STOPPED' });
    await clock.runUntil(fetcher.startIntelligentLoading(manifest));
    expect(fetcher.report().cacheBytes).toBe(30 * KIB);
    await clock.runUntil(fetcher.erase());
    expect(await ports.keyValueStore.keys('')).toEqual([]);
  });
});

describe('progress', () => {
  it('is told at most ten times a second, never falls, and ends at the whole', async () => {
    const world = createWorld({
      wrap: (store, { clock }) => ({
        ...store,
        get: async (key, options) => {
          await new Promise<void>((resolve) => clock.after(7, resolve));
          return store.get(key, options);
        },
      }),
    });
    const video = await storeVideo(world.bucket, { sizeBytes: 600 * KIB, segmentBytes: KIB });
    const { clock } = world.ports;
    const fetcher = fetcherOn(world.ports);
    const progress = collect(fetcher, 'progress');
    const manifest = await clock.runUntil(fetcher.prepareVideo(undefined, 'clip'));
    const startedMs = clock.monotonicMs();
    await clock.runUntil(fetcher.startIntelligentLoading(manifest));
    const seconds = (clock.monotonicMs() - startedMs) / 1_000;
    expect(seconds).toBeGreaterThan(1);
    expect(progress.length).toBeLessThanOrEqual(seconds * 10 + 2);
    expect(progress.length).toBeGreaterThan(seconds * 5);
    const cached = progress.map(({ cachedBytes }) => cachedBytes);
    expect([...cached].sort((a, b) => a - b)).toEqual(cached);
    const last = progress[progress.length - 1];
    expect(last).toMatchObject({
      videoId: 'clip',
      cachedBytes: video.bytes.length,
      totalBytes: video.bytes.length,
      fraction: 1,
      remainingMs: 0,
    });
    expect(last?.bytesPerSecond).toBeGreaterThan(50_000);
    await clock.runUntil(fetcher.cleanup());
  });
});
