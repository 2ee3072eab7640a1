/** What comes first: the planner by itself, and what the store sees of it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isWanted, plan } from '../../../src/fetch/plan/planner.js';
import type { PlannedJob, PlannedLoad, PlannedVideo, PlannerState, StartAction } from '../../../src/fetch/plan/planner-state.js';
import { loadOrder } from '../../../src/fetch/video/load-order.js';
import { VideoSegments } from '../../../src/fetch/video/video-segments.js';
import { collect, createWorld, fetcherOn, KIB, storeVideo } from '../support/world.js';

const SEGMENT = 16 * KIB;
const COUNT = 20;
const ALL = Array.from({ length: COUNT }, (_, index) => index);

function video(sketch: Partial<PlannedVideo>): PlannedVideo {
  return { videoId: 'v', opening: [], waiting: [], sessions: [], loads: [], missing: ALL, ...sketch };
}

function stateOf(videos: readonly PlannedVideo[], rest: Partial<PlannerState> = {}): PlannerState {
  return { videos, jobs: [], limit: COUNT, urgentOnly: false, stopsUnwanted: false, bufferQuota: 3, ...rest };
}

function jobOf(index: number, rest: Partial<PlannedJob> = {}): PlannedJob {
  return { videoId: 'v', index, isUrgent: false, usesBuffer: true, isResting: false, isStopping: false, ...rest };
}

function load(number = 1, priority: 'high' | 'normal' | 'low' = 'normal', missing: readonly number[] = ALL): PlannedLoad {
  return { number, priority, missing };
}

/** A session with one reader. */
function session(number: number, head: number, until: number): PlannedVideo['sessions'][number] {
  return { number, readers: [{ head, until }] };
}

function startsOf(state: PlannerState): StartAction[] {
  return plan(state).filter((action) => action.kind === 'start');
}

/** The state once a segment is being fetched. */
function without(state: PlannerState, { videoId, index }: StartAction): PlannerState {
  const rest = (indices: readonly number[]): number[] => indices.filter((other) => other !== index);
  const videos = state.videos.map((one) =>
    one.videoId === videoId
      ? { ...one, missing: rest(one.missing), loads: one.loads.map((other) => ({ ...other, missing: rest(other.missing) })) }
      : one,
  );
  return { ...state, videos };
}

/** The same work, described by ids. */
function told(actions: readonly StartAction[]): string[] {
  return actions.map(({ videoId, index, reason }) => `${reason} ${videoId} ${index}`);
}

describe('plan', () => {
  it('starts waits before openings, openings before read-ahead, read-ahead before loads', () => {
    const one = video({
      opening: [0, 19],
      waiting: [7],
      sessions: [session(1, 4, 6)],
      loads: [load(2, 'normal', [15, 16])],
      missing: [0, 4, 5, 7, 19],
    });
    const expected = ['waiting v 7', 'opening v 0', 'opening v 19', 'ahead v 4', 'ahead v 5', 'load v 15', 'load v 16'];
    expect(told(startsOf(stateOf([one])))).toEqual(expected);
    expect(told(startsOf(stateOf([one], { limit: 2 })))).toEqual(expected.slice(0, 2));
  });

  it('starts the latest session first, and the segment nearest to a play head first', () => {
    const a = video({ videoId: 'a', opening: [0], sessions: [session(1, 0, 9)] });
    const b = video({ videoId: 'b', opening: [0], sessions: [session(2, 0, 9)] });
    expect(told(startsOf(stateOf([a, b], { limit: 3 })))).toEqual(['opening b 0', 'opening a 0', 'ahead b 1']);
    const a2 = video({ videoId: 'a', sessions: [session(1, 3, 9)], missing: [4, 8] });
    const b2 = video({ videoId: 'b', sessions: [session(2, 5, 9)], missing: [7, 8] });
    expect(told(startsOf(stateOf([a2, b2])))).toEqual(['ahead a 4', 'ahead b 7', 'ahead b 8', 'ahead a 8']);
  });

  it('reads ahead for all readers of a session, nearest first', () => {
    const one = video({
      sessions: [
        {
          number: 1,
          readers: [
            { head: 2, until: 5 },
            { head: 10, until: 12 },
          ],
        },
      ],
      missing: [2, 3, 4, 10, 11, 15],
    });
    expect(told(startsOf(stateOf([one])))).toEqual(['ahead v 2', 'ahead v 10', 'ahead v 3', 'ahead v 11', 'ahead v 4']);
    expect([2, 4, 5, 9, 10, 11, 12].filter((index) => isWanted(one, index))).toEqual([2, 4, 10, 11]);
  });

  it('starts loads by priority, then in the order in which they began', () => {
    const low = video({ videoId: 'low', loads: [load(1, 'low')] });
    const late = video({ videoId: 'late', loads: [load(3)] });
    const early = video({ videoId: 'early', loads: [load(2)] });
    const high = video({ videoId: 'high', loads: [load(4, 'high', [1])] });
    const order = startsOf(stateOf([low, late, early, high], { limit: COUNT * 4 })).map(({ videoId }) => videoId);
    expect([...new Set(order)]).toEqual(['high', 'early', 'late', 'low']);
  });

  it('leaves loads and read-ahead out with urgentOnly', () => {
    const one = video({ sessions: [session(1, 0, 3)], loads: [load()] });
    expect(plan(stateOf([one], { urgentOnly: true }))).toEqual([]);
    expect(startsOf(stateOf([one]))[0]).toMatchObject({ reason: 'ahead' });
  });

  it('stops jobs that are not wanted any more, and only when it is asked to', () => {
    const one = video({ opening: [0], waiting: [9], sessions: [session(1, 4, 6)], missing: [] });
    const jobs = [0, 3, 4, 5, 6, 9].map((index) => jobOf(index, { usesBuffer: false }));
    const other = jobOf(4, { videoId: 'closed', usesBuffer: false });
    expect(plan(stateOf([one], { jobs }))).toEqual([]);
    expect(plan(stateOf([one], { jobs: [...jobs, other], stopsUnwanted: true }))).toEqual([
      { kind: 'stop', videoId: 'v', index: 3 },
      { kind: 'stop', videoId: 'v', index: 6 },
      { kind: 'stop', videoId: 'closed', index: 4 },
    ]);
  });

  it('stops jobs that use more buffers than they may: one that rests, else the latest, and none that is urgent', () => {
    const one = video({ loads: [load(1, 'normal', [])] });
    const jobs = [jobOf(0), jobOf(1, { isResting: true }), jobOf(2), jobOf(3, { isUrgent: true }), jobOf(4, { isStopping: true })];
    const stopped = (bufferQuota: number): number[] => plan(stateOf([one], { jobs, bufferQuota })).map(({ index }) => index);
    expect(stopped(4)).toEqual([]);
    expect(stopped(3)).toEqual([1]);
    expect(stopped(2)).toEqual([1, 2]);
    expect(stopped(1)).toEqual([1, 2, 0]);
  });

  it('names a job to stop for an urgent segment, one at a time', () => {
    const one = video({ waiting: [7], loads: [load(1, 'normal', [8])], missing: [7] });
    const running = [jobOf(0), jobOf(1)];
    const starts = startsOf(stateOf([one], { jobs: running }));
    expect(starts[0]).toEqual({ kind: 'start', videoId: 'v', index: 7, reason: 'waiting', insteadOf: { videoId: 'v', index: 1 } });
    expect(starts[1]).toEqual({ kind: 'start', videoId: 'v', index: 8, reason: 'load' });
    const stopping = [...running, jobOf(2, { isStopping: true })];
    expect(startsOf(stateOf([one], { jobs: stopping }))[0]).not.toHaveProperty('insteadOf');
  });

  it('is a pure function of plain data: it starts wanted, missing segments only, each once', () => {
    fc.assert(
      fc.property(states(), (state) => {
        const before = JSON.stringify(state);
        const actions = plan(state);
        expect(JSON.stringify(state)).toBe(before);
        expect(JSON.parse(before)).toEqual(state);
        expect(JSON.parse(JSON.stringify(actions))).toEqual(actions);
        expect(plan(JSON.parse(before) as PlannerState)).toEqual(actions);
        const starts = startsOf(state);
        expect(new Set(starts.map(({ videoId, index }) => `${videoId} ${index}`)).size).toBe(starts.length);
        const unmet = state.videos.flatMap((one) => ALL.filter((index) => isMissing(one, index) && isWanted(one, index)));
        expect(starts.length > 0).toBe(unmet.length > 0);
        for (const { videoId, index } of starts) {
          const own = state.videos.find((one) => one.videoId === videoId) as PlannedVideo;
          expect(isMissing(own, index) && isWanted(own, index)).toBe(true);
        }
      }),
      { seed: 7, numRuns: 2_000 },
    );
  });

  it('starts many segments in the order in which it starts them one by one', () => {
    fc.assert(
      fc.property(states(), (state) => {
        const single: StartAction[] = [];
        for (let rest = state; single.length < state.limit; ) {
          const [next] = startsOf({ ...rest, limit: 1 });
          if (next === undefined) break;
          single.push(next);
          rest = without(rest, next);
        }
        expect(told(startsOf(state))).toEqual(told(single));
      }),
      { seed: 11, numRuns: 1_000 },
    );
  });
});

function isMissing({ missing, loads }: PlannedVideo, index: number): boolean {
  return missing.includes(index) || loads.some((one) => one.missing.includes(index));
}

function states(): fc.Arbitrary<PlannerState> {
  const index = fc.nat({ max: COUNT - 1 });
  const reader = fc.record({ head: index, ahead: fc.nat(8) }).map(({ head, ahead }) => ({ head, until: head + ahead }));
  const sketch = fc
    .record({
      opening: fc.uniqueArray(index, { maxLength: 3 }),
      waiting: fc.uniqueArray(index, { maxLength: 3 }),
      sessions: fc.array(fc.record({ number: fc.nat(9), readers: fc.array(reader, { maxLength: 3 }) }), { maxLength: 2 }),
      loads: fc.array(fc.record({ number: fc.nat(9), priority: fc.constantFrom('high' as const, 'normal' as const, 'low' as const) }), {
        maxLength: 2,
      }),
      here: fc.uniqueArray(index, { maxLength: COUNT }),
    })
    .map(({ here, loads, ...rest }) => {
      const missing = ALL.filter((one) => !here.includes(one));
      return { ...rest, missing, loads: loads.map((one) => ({ ...one, missing })) };
    });
  return fc.record({ sketches: fc.array(sketch, { maxLength: 3 }), limit: fc.integer({ min: 1, max: 6 }) }).map(({ sketches, limit }) =>
    stateOf(
      sketches.map((one, number) => ({ ...one, videoId: `v${number}` })),
      { limit },
    ),
  );
}

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
