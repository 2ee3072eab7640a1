/** Several readers of one session: each has its own play head and its own read-ahead. */
import { describe, expect, it } from 'vitest';
import type { VideoFetcher, VideoSession } from '../../src/fetch/types.js';
import { createWorld, failureOf, fetcherOn, KIB, type StoredVideo, same, storeVideo } from './support/world.js';

const SEGMENT = 512 * KIB;
/** Segments in the read-ahead of 4 MiB, the one at the play head included. */
const WINDOW = 9;
const COUNT = 40;
const HALF = 20;

interface Played {
  readonly world: ReturnType<typeof createWorld>;
  readonly fetcher: VideoFetcher;
  readonly session: VideoSession;
  readonly video: StoredVideo;
  /** Indices of the segments whose fetches were aborted. */
  readonly aborted: number[];
}

/** A session over a store in which every get of a segment takes a second, until it is aborted. */
async function play(): Promise<Played> {
  const aborted: number[] = [];
  const world = createWorld({
    wrap: (store, { clock }) => ({
      ...store,
      get: async (key, options) => {
        if (key.includes('/up1/')) {
          await new Promise<void>((resolve, reject) => {
            const cancel = clock.after(1_000, resolve);
            options?.signal?.addEventListener('abort', () => {
              cancel();
              aborted.push(Number(key.split('/').pop()));
              reject(options.signal?.reason);
            });
          });
        }
        return store.get(key, options);
      },
    }),
  });
  const video = await storeVideo(world.bucket, { sizeBytes: COUNT * SEGMENT, segmentBytes: SEGMENT });
  const fetcher = fetcherOn(world.ports, { limits: { memoryBytes: 8 * SEGMENT, concurrency: 4 } });
  const session = await world.ports.clock.runUntil(fetcher.open('clip'));
  return { world, fetcher, session, video, aborted };
}

/** Numbers from `start`, `count` of them. */
function range(start: number, count: number): number[] {
  return Array.from({ length: count }, (_, place) => start + place);
}

function segmentsOf(session: VideoSession): number[] {
  return session.cachedRanges().flatMap(({ start, end }) => range(start / SEGMENT, (end - start) / SEGMENT));
}

describe('two readers of a session', () => {
  it('do not end each other’s read-ahead, however they take turns', async () => {
    const { world, fetcher, session, video, aborted } = await play();
    const { clock } = world.ports;
    const [index, body] = [session.openReader(), session.openReader()];
    const buffer = new Uint8Array(100);
    await clock.runUntil(index.readInto(buffer, 0));
    await clock.runUntil(body.readInto(buffer, HALF * SEGMENT));
    aborted.length = 0;
    for (let round = 1; round <= 6; round += 1) {
      for (const [reader, start] of [
        [index, 0],
        [body, HALF * SEGMENT],
      ] as const) {
        const at = start + round * 100;
        const length = await clock.runUntil(reader.readInto(buffer, at));
        expect(same(buffer.subarray(0, length), video.bytes.subarray(at, at + length))).toBe(true);
        await clock.advance(300);
      }
    }
    expect(aborted).toEqual([]);
    await clock.runUntilIdle();
    expect(segmentsOf(session)).toEqual([...range(0, WINDOW), ...range(HALF, WINDOW)]);
    const keys = world.requests.filter((key) => key.includes('/up1/'));
    expect(keys.filter((key) => key === video.key(1) || key === video.key(HALF + 1))).toHaveLength(2);
    await clock.runUntil(fetcher.cleanup());
    expect(clock.pendingTimers()).toBe(0);
  });

  it('each stop only their own read-ahead when they jump', async () => {
    const { world, fetcher, session, aborted } = await play();
    const { clock } = world.ports;
    const [first, second] = [session.openReader(), session.openReader()];
    const buffer = new Uint8Array(100);
    await clock.runUntil(Promise.all([first.readInto(buffer, 0), second.readInto(new Uint8Array(9), HALF * SEGMENT)]));
    await clock.advance(1_500);
    aborted.length = 0;
    await clock.runUntil(second.readInto(buffer, 30 * SEGMENT));
    expect(aborted.length).toBeGreaterThan(0);
    // Of the first reader's segments at most one makes way for the read itself.
    expect(aborted.filter((one) => one < WINDOW).length).toBeLessThanOrEqual(1);
    await clock.runUntilIdle();
    expect(segmentsOf(session)).toEqual(expect.arrayContaining([...range(0, WINDOW), ...range(30, WINDOW)]));
    await clock.runUntil(fetcher.cleanup());
  });

  it('end their own reads and read-ahead when they are closed, and leave the session open', async () => {
    const { world, fetcher, session, aborted } = await play();
    const { clock } = world.ports;
    const [first, second] = [session.openReader(), session.openReader()];
    const buffer = new Uint8Array(100);
    await clock.runUntil(first.readInto(buffer, 0));
    await clock.runUntil(second.readInto(buffer, HALF * SEGMENT));
    aborted.length = 0;
    const reading = failureOf(second.readInto(new Uint8Array(9), (HALF + 8) * SEGMENT));
    await clock.advance(500);
    await clock.runUntil(second.close());
    await clock.runUntil(second.close());
    expect(await clock.runUntil(reading)).toMatchObject({ code: 'INVALID_STATE', context: { videoId: 'clip' } });
    expect(await clock.runUntil(failureOf(second.readInto(buffer, 0)))).toMatchObject({ code: 'INVALID_STATE' });
    expect(aborted).toContain(HALF + 8);
    expect(aborted.filter((one) => one < HALF).length).toBeLessThanOrEqual(1);
    const cached = segmentsOf(session).filter((one) => one >= HALF);
    await clock.runUntilIdle();
    expect(segmentsOf(session)).toEqual([...range(0, WINDOW), ...cached]);
    expect(await clock.runUntil(first.readInto(buffer, 0))).toBe(100);
    expect(await clock.runUntil(session.readInto(buffer, 0))).toBe(100);
    await clock.runUntil(fetcher.cleanup());
  });

  it('are closed by their session, also when they are opened later', async () => {
    const { world, fetcher, session } = await play();
    const { clock } = world.ports;
    const reader = session.openReader();
    const reading = failureOf(reader.readInto(new Uint8Array(9), 0));
    await clock.advance(100);
    await clock.runUntil(session.close());
    expect(await clock.runUntil(reading)).toMatchObject({ code: 'INVALID_STATE' });
    const late = session.openReader();
    expect(await clock.runUntil(failureOf(late.readInto(new Uint8Array(9), 0)))).toMatchObject({ code: 'INVALID_STATE' });
    await clock.runUntil(late.close());
    await clock.runUntil(fetcher.cleanup());
    expect(clock.pendingTimers()).toBe(0);
  });
});

describe('the default reader of a session', () => {
  it('is one play head: a read elsewhere ends the read-ahead at the old place', async () => {
    const { world, fetcher, session, aborted } = await play();
    const { clock } = world.ports;
    await clock.runUntil(session.readInto(new Uint8Array(9), 0));
    await clock.advance(100);
    await clock.runUntil(session.readInto(new Uint8Array(9), HALF * SEGMENT));
    expect(aborted.length).toBeGreaterThan(0);
    await clock.runUntilIdle();
    expect(segmentsOf(session).filter((one) => one < HALF).length).toBeLessThan(WINDOW);
    await clock.runUntil(fetcher.cleanup());
  });
});
