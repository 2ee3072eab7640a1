import { describe, expect, it } from 'vitest';
import { collect, createWorld, fetcherOn, PIECE, same, storeVideo } from './support/world.js';

describe('the whole way', () => {
  it('prepares, loads, reads and combines a video, byte for byte', async () => {
    const { ports, bucket } = createWorld();
    const video = await storeVideo(bucket, { sizeBytes: 10 * PIECE + 77 });
    const fetcher = fetcherOn(ports);
    const segments = collect(fetcher, 'segment');
    const progress = collect(fetcher, 'progress');
    const manifest = await ports.clock.runUntil(fetcher.prepareVideo(undefined, 'clip'));
    expect(manifest.videoId).toBe('clip');
    await ports.clock.runUntil(fetcher.startIntelligentLoading(manifest));
    expect(segments.filter((event) => event.state === 'cached')).toHaveLength(11);
    expect(progress[progress.length - 1]).toMatchObject({ fraction: 1, cachedBytes: video.bytes.length });
    const session = await ports.clock.runUntil(fetcher.open('clip'));
    await ports.clock.runUntil(session.ready());
    const buffer = new Uint8Array(100_000);
    const read = await ports.clock.runUntil(session.readInto(buffer, 3 * PIECE - 10));
    expect(read).toBe(10);
    expect(same(buffer.subarray(0, read), video.bytes.subarray(3 * PIECE - 10, 3 * PIECE))).toBe(true);
    await session.close();
    const path = await ports.clock.runUntil(fetcher.combineSegments('clip', { outputPath: '/out.mp4' }));
    expect(path).toBe('/out.mp4');
    expect(same(await ports.readFile('/out.mp4'), video.bytes)).toBe(true);
    expect(await ports.fileSystem.list('/')).toEqual(expect.arrayContaining(['cache', 'out.mp4']));
    await ports.clock.runUntil(fetcher.cleanup());
    expect(ports.clock.pendingTimers()).toBe(0);
    expect(ports.conditions.listeners()).toBe(0);
  });
});
