/** What an app hands in: refused at once, with the field. */
import { describe, expect, it } from 'vitest';
import { createVideoFetcher } from '../../src/fetch/index.js';
import type { VideoFetcherOptions } from '../../src/fetch/types.js';
import { createWorld, failureOf, fetcherOn, KIB, storeVideo } from './support/world.js';

function optionsWith(change: object): VideoFetcherOptions {
  const { ports } = createWorld();
  const { fileSystem, keyValueStore, blobStore } = ports;
  return { fileSystem, keyValueStore, blobStore, scope: 'anna', cache: { directory: '/cache' }, ...change };
}

describe('options', () => {
  it.each([
    ['scope', { scope: '' }],
    ['scope', { scope: 'x'.repeat(257) }],
    ['scope', { scope: undefined }],
    ['fileSystem', { fileSystem: undefined }],
    ['keyValueStore', { keyValueStore: null }],
    ['blobStore', { blobStore: 5 }],
    ['cache.directory', { cache: undefined }],
    ['cache.directory', { cache: { directory: '' } }],
    ...[1_048_575, Number.NaN, Number.POSITIVE_INFINITY, 2_000_000.5, -1].map(
      (maxBytes) => ['cache.maxBytes', { cache: { directory: '/c', maxBytes } }] as const,
    ),
    ...[524_287, Number.NaN, 0, 600_000.5].map((memoryBytes) => ['limits.memoryBytes', { limits: { memoryBytes } }] as const),
    ...[0, 17, 1.5, Number.POSITIVE_INFINITY].map((concurrency) => ['limits.concurrency', { limits: { concurrency } }] as const),
    ['retry.baseDelayMs', { retry: { baseDelayMs: 0 } }],
    ['retry.maxDelayMs', { retry: { baseDelayMs: 500, maxDelayMs: 400 } }],
    ...[0, 1.5, Number.NaN].map((maxAttempts) => ['retry.maxAttempts', { retry: { maxAttempts } }] as const),
    ['retry.stallMs', { retry: { stallMs: 999 } }],
  ] as const)('%s: %j is INVALID_CONFIG', (field, change) => {
    let thrown: unknown;
    try {
      createVideoFetcher(optionsWith(change));
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'INVALID_CONFIG', context: { field } });
  });

  it('no options at all are INVALID_CONFIG', () => {
    expect(() => createVideoFetcher(undefined as unknown as VideoFetcherOptions)).toThrow(
      expect.objectContaining({ code: 'INVALID_CONFIG' }),
    );
  });

  it('the least of everything works', async () => {
    const world = createWorld();
    const { ports } = world;
    const options = optionsWith({
      ...ports,
      cache: { directory: '/cache/', maxBytes: 1_048_576 },
      limits: { memoryBytes: 524_288, concurrency: 1 },
      retry: { baseDelayMs: 1, maxDelayMs: 1, maxAttempts: 1, stallMs: 1_000 },
    });
    await storeVideo(world.bucket, { sizeBytes: 90 * KIB, segmentBytes: 20 * KIB });
    const fetcher = createVideoFetcher(options);
    const manifest = await ports.clock.runUntil(fetcher.prepareVideo(undefined, 'clip'));
    const session = await ports.clock.runUntil(fetcher.open('clip'));
    const loading = fetcher.startIntelligentLoading(manifest);
    const combining = fetcher.combineSegments('clip', { outputPath: '/out' });
    const reading = session.readInto(new Uint8Array(10), 70 * KIB);
    await ports.clock.runUntil(Promise.all([loading, combining, reading]));
    expect(fetcher.report()).toMatchObject({ concurrency: 1, peakBufferBytes: 524_288 });
    await ports.clock.runUntil(fetcher.cleanup());
  });

  it('mistakes of a caller are TypeErrors', async () => {
    const world = createWorld();
    const { manifest } = await storeVideo(world.bucket, { sizeBytes: 10 });
    const fetcher = fetcherOn(world.ports);
    const session = await world.ports.clock.runUntil(fetcher.open('clip'));
    for (const position of [-1, 0.5, Number.NaN, 2 ** 60])
      expect(await failureOf(session.readInto(new Uint8Array(1), position))).toBeInstanceOf(TypeError);
    expect(await failureOf(fetcher.startIntelligentLoading(manifest, { priority: 'urgent' as 'high' }))).toBeInstanceOf(TypeError);
    expect(await session.readInto(new Uint8Array(0), 3)).toBe(0);
    await world.ports.clock.runUntil(fetcher.cleanup());
  });

  it('the app’s own sentences', async () => {
    const world = createWorld();
    const fetcher = fetcherOn(world.ports, { messages: { MANIFEST_NOT_FOUND: 'Das Video {videoId} gibt es nicht.' } });
    expect(await failureOf(fetcher.prepareVideo(undefined, 'clip'))).toMatchObject({ userMessage: 'Das Video clip gibt es nicht.' });
  });

  it('an output that is no file is refused before anything is fetched', async () => {
    const world = createWorld();
    await storeVideo(world.bucket, { sizeBytes: 10 });
    await world.ports.fileSystem.makeDirectory('/out');
    const fetcher = fetcherOn(world.ports);
    await world.ports.clock.runUntil(fetcher.prepareVideo(undefined, 'clip'));
    world.requests.length = 0;
    expect(await failureOf(fetcher.combineSegments('clip', { outputPath: '/out' }))).toMatchObject({ code: 'FILE_UNREADABLE' });
    expect(world.requests).toEqual([]);
  });
});
