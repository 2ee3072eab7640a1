/** What comes first: the planner by itself, and what the store sees of it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isWanted, type PlanVideo, planNext } from '../../../src/fetch/plan/planner.js';
import { loadOrder } from '../../../src/fetch/video/load-order.js';
import { VideoSegments } from '../../../src/fetch/video/video-segments.js';
import { collect, createWorld, fetcherOn, KIB, storeVideo } from '../support/world.js';

const SEGMENT = 16 * KIB;

interface Sketch {
  readonly name?: string;
  readonly count?: number;
  readonly opening?: readonly number[];
  readonly waiting?: readonly number[];
  readonly sessions?: PlanVideo['sessions'];
  readonly loads?: PlanVideo['loads'];
  readonly here?: readonly number[];
}

function video(sketch: Sketch): PlanVideo & { readonly name: string } {
  const { name = 'v', count = 20, opening = [], waiting = [], sessions = [], loads = [], here = [] } = sketch;
  return { name, count, opening, waiting, sessions, loads, isMissing: (index) => !here.includes(index) };
}

function inOrder(count: number, number = 1, priority: 'high' | 'normal' | 'low' = 'normal'): PlanVideo['loads'][number] {
  return { number, priority, from: 0, order: Array.from({ length: count }, (_, index) => index) };
}

describe('planNext', () => {
  it('waits before openings, openings before what is played next, that before loads', () => {
    const wanted = {
      opening: [0, 19],
      waiting: [7],
      sessions: [{ number: 1, head: 4, until: 6 }],
      loads: [{ ...inOrder(20), order: [15, 16] }],
    };
    const here: number[] = [];
    const order: string[] = [];
    for (;;) {
      const next = planNext([video({ ...wanted, here })]);
      if (next === undefined) break;
      order.push(`${next.reason} ${next.index}`);
      here.push(next.index);
    }
    expect(order).toEqual(['waiting 7', 'opening 0', 'opening 19', 'ahead 4', 'ahead 5', 'load 15', 'load 16']);
  });

  it('the latest session first, the nearest part first', () => {
    const a = video({ name: 'a', opening: [0], sessions: [{ number: 1, head: 0, until: 9 }], here: [] });
    const b = video({ name: 'b', opening: [0], sessions: [{ number: 2, head: 0, until: 9 }], here: [] });
    expect(planNext([a, b])).toMatchObject({ video: { name: 'b' }, index: 0, reason: 'opening' });
    const a2 = video({ name: 'a', sessions: [{ number: 1, head: 3, until: 9 }], here: [3] });
    const b2 = video({ name: 'b', sessions: [{ number: 2, head: 5, until: 9 }], here: [5, 6] });
    expect(planNext([a2, b2])).toMatchObject({ video: { name: 'a' }, index: 4, reason: 'ahead' });
  });

  it('loads by priority, then first come first', () => {
    const low = video({ name: 'low', loads: [inOrder(5, 1, 'low')] });
    const late = video({ name: 'late', loads: [inOrder(5, 3)] });
    const early = video({ name: 'early', loads: [inOrder(5, 2)] });
    const high = video({ name: 'high', loads: [inOrder(5, 4, 'high')], here: [0] });
    expect(planNext([low, late, early, high])).toMatchObject({ video: { name: 'high' }, index: 1 });
    expect(planNext([low, late, early])).toMatchObject({ video: { name: 'early' } });
    expect(planNext([low])).toMatchObject({ video: { name: 'low' }, reason: 'load' });
  });

  it('with urgentOnly, loads and read-ahead wait', () => {
    const one = video({ sessions: [{ number: 1, head: 0, until: 3 }], loads: [inOrder(20)] });
    expect(planNext([one], true)).toBeUndefined();
    expect(planNext([one])).toMatchObject({ reason: 'ahead' });
  });

  it('a pure function: the same state, the same answer; it never names a part that is not missing, nor one that nobody wants', () => {
    const index = fc.nat({ max: 19 });
    const sketch = fc.record({
      opening: fc.uniqueArray(index, { maxLength: 3 }),
      waiting: fc.uniqueArray(index, { maxLength: 3 }),
      sessions: fc.array(
        fc
          .record({ number: fc.nat(9), head: index, ahead: fc.nat(8) })
          .map(({ number, head, ahead }) => ({ number, head, until: head + ahead })),
        { maxLength: 2 },
      ),
      loads: fc.array(
        fc
          .record({ number: fc.nat(9), priority: fc.constantFrom('high' as const, 'normal' as const, 'low' as const) })
          .map(({ number, priority }) => inOrder(20, number, priority)),
        { maxLength: 2 },
      ),
      here: fc.uniqueArray(index, { maxLength: 20 }),
    });
    fc.assert(
      fc.property(fc.array(sketch, { maxLength: 3 }), (sketches) => {
        const videos = sketches.map((one) => video(one));
        const next = planNext(videos);
        const again = planNext(sketches.map((one) => video(one)));
        expect(again?.index).toBe(next?.index);
        expect(again?.reason).toBe(next?.reason);
        const unmet = videos.flatMap((one) => Array.from({ length: one.count }, (_, part) => one.isMissing(part) && isWanted(one, part)));
        expect(next !== undefined).toBe(unmet.includes(true));
        expect(next === undefined || (next.video.isMissing(next.index) && isWanted(next.video, next.index))).toBe(true);
      }),
      { seed: 7, numRuns: 2_000 },
    );
  });
});

describe('the order of a load', () => {
  it('raw: opening, the first tenth, the last twentieth, the middle', async () => {
    const world = createWorld();
    const { manifest } = await storeVideo(world.bucket, {
      sizeBytes: 40 * SEGMENT,
      segmentBytes: SEGMENT,
      opening: [
        { start: 0, end: 100 },
        { start: 40 * SEGMENT - 100, end: 40 * SEGMENT },
      ],
    });
    const order = [...loadOrder(new VideoSegments(manifest, 'clip/manifest.json'))];
    expect(order).toEqual([0, 39, 1, 2, 3, 38, ...Array.from({ length: 34 }, (_, index) => index + 4)]);
  });

  it('hls: the init segment, the opening, then from the front', async () => {
    const world = createWorld();
    const { manifest } = await storeVideo(world.bucket, {
      layout: 'hls',
      initBytes: 700,
      sizeBytes: 6 * SEGMENT,
      segmentBytes: SEGMENT,
      opening: [{ start: 2 * SEGMENT, end: 2 * SEGMENT + 5 }],
    });
    expect([...loadOrder(new VideoSegments(manifest, 'clip/manifest.json'))]).toEqual([0, 3, 1, 2, 4, 5, 6]);
  });

  it('every part exactly once, whatever the video', async () => {
    const world = createWorld();
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 300 }), fc.nat(299), fc.nat(5), async (count, start, length) => {
        const from = Math.min(start, count - 1);
        const to = Math.min(count, from + length + 1);
        const { manifest } = await storeVideo(world.bucket, { sizeBytes: count, segmentBytes: 1, opening: [{ start: from, end: to }] });
        const order = [...loadOrder(new VideoSegments(manifest, 'clip/manifest.json'))];
        expect(order.slice(0, to - from)).toEqual(Array.from({ length: to - from }, (_, index) => from + index));
        expect(order.sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, index) => index));
      }),
      { seed: 5, numRuns: 20 },
    );
  });
});

describe('what the store sees', () => {
  it('head and tail of the opening at the same time, before anything else', async () => {
    let running = 0;
    const overlaps: number[] = [];
    const world = createWorld({
      wrap: (store, { clock }) => ({
        ...store,
        get: async (key, options) => {
          running += 1;
          if (key.includes('/up1/')) overlaps.push(running);
          await new Promise<void>((resolve) => clock.after(80, resolve));
          running -= 1;
          return store.get(key, options);
        },
      }),
    });
    const video = await storeVideo(world.bucket, {
      sizeBytes: 30 * SEGMENT,
      segmentBytes: SEGMENT,
      opening: [
        { start: 0, end: 100 },
        { start: 30 * SEGMENT - 100, end: 30 * SEGMENT },
      ],
    });
    const { clock } = world.ports;
    const fetcher = fetcherOn(world.ports);
    const session = await clock.runUntil(fetcher.open('clip'));
    const startedMs = clock.monotonicMs();
    await clock.runUntil(session.ready());
    expect(clock.monotonicMs() - startedMs).toBeLessThanOrEqual(80);
    expect(overlaps).toEqual([1, 2]);
    expect(world.requests.slice(1).sort()).toEqual([video.key(0), video.key(29)].sort());
    // Playing at the start brings what comes next, and nothing from elsewhere.
    await clock.runUntil(session.readInto(new Uint8Array(1), 0));
    await clock.runUntilIdle();
    expect(world.requests).toHaveLength(31);
    await clock.runUntil(fetcher.cleanup());
  });

  it('a load in its order, told by events as it goes; a read in the middle goes first', async () => {
    const world = createWorld({
      wrap: (store, { clock }) => ({
        ...store,
        get: async (key, options) => {
          await new Promise<void>((resolve) => clock.after(100, resolve));
          return store.get(key, options);
        },
      }),
    });
    const video = await storeVideo(world.bucket, { sizeBytes: 40 * SEGMENT, segmentBytes: SEGMENT, opening: [{ start: 0, end: 9 }] });
    const { clock } = world.ports;
    const fetcher = fetcherOn(world.ports, { limits: { concurrency: 1 } });
    const started = collect(fetcher, 'segment');
    const manifest = await clock.runUntil(fetcher.prepareVideo(undefined, 'clip'));
    const loading = fetcher.startIntelligentLoading(manifest);
    await clock.advance(350);
    const session = await clock.runUntil(fetcher.open('clip'));
    await clock.runUntil(session.readInto(new Uint8Array(10), 20 * SEGMENT));
    await clock.runUntil(loading);
    const order = started.filter(({ state }) => state === 'started').map(({ index }) => index);
    expect(order.slice(0, 4)).toEqual([0, 1, 2, 3]);
    const at = order.indexOf(20);
    expect(at).toBeLessThanOrEqual(5);
    // From the play head on, then back to the load's own order.
    expect(order.slice(at, at + 10)).toEqual(Array.from({ length: 10 }, (_, index) => 20 + index));
    expect(new Set(order).size).toBe(40);
    const cached = started.filter(({ state }) => state === 'cached');
    expect(cached.map(({ index }) => index).sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, index) => index));
    expect(cached.find(({ index }) => index === 7)?.range).toEqual({ start: 7 * SEGMENT, end: 8 * SEGMENT });
    expect(world.requests.filter((key) => key === video.key(20))).toHaveLength(1);
    await clock.runUntil(fetcher.cleanup());
  });

  it('an urgent read does not wait behind loads that rest between attempts', async () => {
    let isBad = true;
    const { ReelwayError } = await import('../../../src/errors/index.js');
    const world = createWorld({
      wrap: (store) => ({
        ...store,
        get: (key, options) =>
          isBad && key.startsWith('bad/up1/')
            ? Promise.reject(new ReelwayError('THROTTLED', { context: { retryAfterMs: 60_000 } }))
            : store.get(key, options),
      }),
    });
    await storeVideo(world.bucket, { videoId: 'bad', sizeBytes: 9 * SEGMENT, segmentBytes: SEGMENT });
    await storeVideo(world.bucket, { videoId: 'good', sizeBytes: 9 * SEGMENT, segmentBytes: SEGMENT, opening: [{ start: 0, end: 9 }] });
    const { clock } = world.ports;
    const fetcher = fetcherOn(world.ports);
    const manifest = await clock.runUntil(fetcher.prepareVideo(undefined, 'bad'));
    const loading = fetcher.startIntelligentLoading(manifest);
    await clock.advance(100);
    const startedMs = clock.monotonicMs();
    const session = await clock.runUntil(fetcher.open('good'));
    await clock.runUntil(session.ready());
    expect(clock.monotonicMs() - startedMs).toBeLessThan(1_000);
    isBad = false;
    await clock.runUntil(loading);
    await clock.runUntil(fetcher.cleanup());
  });
});
