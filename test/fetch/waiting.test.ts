/** Waiting and its ends: aborts, being offline, stalls, cleanup. */
import { describe, expect, it } from 'vitest';
import { createFaultPlan, faultyBlobStore } from '../../src/conformance/index.js';
import { createAbortHandle } from '../../src/internal/index.js';
import type { BlobReader, BlobStore } from '../../src/ports/index.js';
import { watchFiles } from './support/watched-files.js';
import { collect, createWorld, failureOf, fetcherOn, KIB, PIECE, same, storeVideo } from './support/world.js';

const SEGMENT = 64 * KIB;
const shape = { sizeBytes: 12 * SEGMENT, segmentBytes: SEGMENT, opening: [{ start: 0, end: 10 }] };

/** A store in which every get of a segment takes a second. */
function slowStore(store: BlobStore, clock: { after(delayMs: number, run: () => void): () => void }): BlobStore {
  const plan = createFaultPlan({ clock, rules: [{ kind: 'slow', operation: 'blob.get', target: '/up1/', delayMs: 1_000 }] });
  return faultyBlobStore(store, plan);
}

function slowWorld(): ReturnType<typeof createWorld> {
  return createWorld({ wrap: (store, { clock }) => slowStore(store, clock) });
}

describe('aborting', () => {
  it('ends each kind of waiting at once, with the reason itself, and leaves nothing', async () => {
    const world = slowWorld();
    const watched = watchFiles(world.ports.fileSystem, '/cache');
    await storeVideo(world.bucket, shape);
    const { clock } = world.ports;
    const fetcher = fetcherOn(world.ports, { fileSystem: watched.fileSystem });
    const manifest = await clock.runUntil(fetcher.prepareVideo(undefined, 'clip'));
    const session = await clock.runUntil(fetcher.open('clip'));
    const waits = [
      (signal: ReturnType<typeof createAbortHandle>['signal']) => fetcher.startIntelligentLoading(manifest, { signal }),
      (signal: ReturnType<typeof createAbortHandle>['signal']) => fetcher.combineSegments('clip', { outputPath: '/out', signal }),
      (signal: ReturnType<typeof createAbortHandle>['signal']) => session.readInto(new Uint8Array(9), 5 * SEGMENT, { signal }),
      (signal: ReturnType<typeof createAbortHandle>['signal']) => session.ready({ signal }),
    ];
    for (const wait of waits) {
      const source = createAbortHandle();
      const reason = new Error('swiped on');
      const startedMs = clock.monotonicMs();
      const failed = failureOf(wait(source.signal));
      await clock.advance(200);
      source.abort(reason);
      expect(await clock.runUntil(failed)).toBe(reason);
      expect(clock.monotonicMs() - startedMs).toBe(200);
    }
    expect(await clock.runUntil(failureOf(fetcher.prepareVideo(undefined, 'clip', { signal: abortedSignal('too late') })))).toBe(
      'too late',
    );
    expect(await world.ports.fileSystem.list('/')).not.toContain('out');
    await clock.runUntil(session.close());
    await clock.runUntil(fetcher.cleanup());
    expect(clock.pendingTimers()).toBe(0);
    expect(watched.openHandles()).toBe(0);
  });

  it('of one load leaves another load of the same video alone', async () => {
    const world = slowWorld();
    await storeVideo(world.bucket, shape);
    const { clock } = world.ports;
    const fetcher = fetcherOn(world.ports);
    const manifest = await clock.runUntil(fetcher.prepareVideo(undefined, 'clip'));
    const source = createAbortHandle();
    const first = failureOf(fetcher.startIntelligentLoading(manifest, { signal: source.signal }));
    const second = fetcher.startIntelligentLoading(manifest);
    await clock.advance(1_500);
    source.abort('enough');
    expect(await clock.runUntil(first)).toBe('enough');
    await clock.runUntil(second);
    const keys = world.requests.filter((key) => key.includes('/up1/'));
    expect(new Set(keys).size).toBe(keys.length);
    await clock.runUntil(fetcher.cleanup());
  });

  it('a play head that jumps stops what it no longer needs', async () => {
    const world = slowWorld();
    await storeVideo(world.bucket, { sizeBytes: 200 * SEGMENT, segmentBytes: SEGMENT });
    const { clock } = world.ports;
    const fetcher = fetcherOn(world.ports);
    const session = await clock.runUntil(fetcher.open('clip'));
    const source = createAbortHandle();
    const first = failureOf(session.readInto(new Uint8Array(9), 0, { signal: source.signal }));
    await clock.advance(100);
    source.abort('jumped');
    await first;
    const startedMs = clock.monotonicMs();
    await clock.runUntil(session.readInto(new Uint8Array(9), 150 * SEGMENT));
    // Nothing of the old place stood in its way.
    expect(clock.monotonicMs() - startedMs).toBeLessThanOrEqual(1_000);
    expect(world.requests.filter((key) => key.endsWith('/0'))).toHaveLength(0);
    await clock.runUntil(fetcher.cleanup());
  });
});

function abortedSignal(reason: unknown): ReturnType<typeof createAbortHandle>['signal'] {
  const source = createAbortHandle();
  source.abort(reason);
  return source.signal;
}

describe('without a network', () => {
  it('a load waits as long as it takes, counts nothing, and goes on by itself', async () => {
    const world = createWorld();
    const video = await storeVideo(world.bucket, shape);
    const { ports } = world;
    const fetcher = fetcherOn(ports);
    const retries = collect(fetcher, 'retry');
    const manifest = await ports.clock.runUntil(fetcher.prepareVideo(undefined, 'clip'));
    ports.conditions.set({ online: false });
    const loading = fetcher.startIntelligentLoading(manifest);
    const combining = fetcher.combineSegments('clip', { outputPath: '/out' });
    await ports.clock.advance(8 * 3_600_000);
    expect(world.requests).toHaveLength(1);
    ports.conditions.set({ online: true });
    await ports.clock.runUntil(Promise.all([loading, combining]));
    expect(same(await ports.readFile('/out'), video.bytes)).toBe(true);
    expect(retries).toEqual([]);
    expect(fetcher.report().retries).toBe(0);
    await ports.clock.runUntil(fetcher.cleanup());
    expect(ports.conditions.listeners()).toBe(0);
  });

  it('what is in the cache still plays, opens and combines, also while a load waits', async () => {
    const world = createWorld();
    const video = await storeVideo(world.bucket, { ...shape, videoId: 'seen' });
    await storeVideo(world.bucket, { videoId: 'new', sizeBytes: 9 * PIECE });
    const first = fetcherOn(world.ports);
    const seen = await world.ports.clock.runUntil(first.prepareVideo(undefined, 'seen'));
    await world.ports.clock.runUntil(first.startIntelligentLoading(seen));
    const fresh = await world.ports.clock.runUntil(first.prepareVideo(undefined, 'new'));
    await world.ports.clock.runUntil(first.cleanup());
    const ports = world.ports.restart();
    ports.conditions.set({ online: false });
    const fetcher = fetcherOn(ports);
    expect((await ports.clock.runUntil(fetcher.prepareVideo(undefined, 'seen'))).videoId).toBe('seen');
    const waiting = failureOf(fetcher.startIntelligentLoading(fresh));
    const session = await ports.clock.runUntil(fetcher.open('seen'));
    await ports.clock.runUntil(session.ready());
    const buffer = new Uint8Array(1_000);
    for (let at = 0; at < video.bytes.length; at += 100_000) {
      const length = await ports.clock.runUntil(session.readInto(buffer, at));
      expect(same(buffer.subarray(0, length), video.bytes.subarray(at, at + length))).toBe(true);
    }
    await ports.clock.runUntil(fetcher.combineSegments('seen', { outputPath: '/out' }));
    expect(same(await ports.readFile('/out'), video.bytes)).toBe(true);
    await ports.clock.runUntil(fetcher.cleanup());
    expect(await waiting).toMatchObject({ code: 'ENGINE_STOPPED' });
    expect(ports.conditions.listeners()).toBe(0);
  });

  it('the network that goes in the middle of a load, again and again, costs no attempt', async () => {
    const world = createWorld({
      wrap: (store, { clock }) => ({
        ...store,
        get: async (key, options) => {
          await new Promise<void>((resolve) => clock.after(40, resolve));
          if (worldOf().ports.conditions.current().online === false)
            throw new (await import('../../src/errors/index.js')).ReelwayError('NETWORK');
          return store.get(key, options);
        },
      }),
    });
    const worldOf = (): typeof world => world;
    const video = await storeVideo(world.bucket, shape);
    const { ports } = world;
    const fetcher = fetcherOn(ports, { retry: { maxAttempts: 1 } });
    const manifest = await ports.clock.runUntil(fetcher.prepareVideo(undefined, 'clip'));
    const loading = fetcher.startIntelligentLoading(manifest);
    for (let round = 0; round < 20; round += 1) {
      ports.conditions.set({ online: false });
      await ports.clock.advance(1_000);
      ports.conditions.set({ online: true });
      await ports.clock.advance(55);
    }
    await ports.clock.runUntil(loading);
    await ports.clock.runUntil(fetcher.combineSegments('clip', { outputPath: '/out' }));
    expect(same(await ports.readFile('/out'), video.bytes)).toBe(true);
    await ports.clock.runUntil(fetcher.cleanup());
  });

  it('coming back ends a backoff from before', async () => {
    const plan = createFaultPlan({
      rules: [{ kind: 'fails', operation: 'blob.get', target: '/up1/', times: 4, code: 'THROTTLED', retryAfterMs: 60_000 }],
    });
    const world = createWorld({ wrap: (store) => faultyBlobStore(store, plan) });
    await storeVideo(world.bucket, shape);
    const { ports } = world;
    const fetcher = fetcherOn(ports);
    const manifest = await ports.clock.runUntil(fetcher.prepareVideo(undefined, 'clip'));
    const loading = fetcher.startIntelligentLoading(manifest);
    await ports.clock.advance(100);
    ports.conditions.set({ online: false });
    await ports.clock.advance(100);
    ports.conditions.set({ online: true });
    await ports.clock.advance(100);
    expect(plan.struck().fails).toBe(4);
    await ports.clock.runUntil(loading);
    await ports.clock.runUntil(fetcher.cleanup());
  });
});

describe('a store that does not answer', () => {
  it.each(['blob.get', 'blob.next'] as const)('%s that hangs, deaf to its signal, is given up after the stall time', async (operation) => {
    let isFirst = true;
    const hang = (): Promise<never> => new Promise(() => undefined);
    const world = createWorld({
      wrap: (store) => ({
        ...store,
        get: async (key, options): Promise<BlobReader> => {
          if (!key.includes('/up1/3') || !isFirst) return store.get(key, options);
          isFirst = false;
          if (operation === 'blob.get') return hang();
          return { next: hang, close: hang };
        },
      }),
    });
    const video = await storeVideo(world.bucket, shape);
    const { ports } = world;
    const fetcher = fetcherOn(ports, { retry: { stallMs: 5_000 } });
    const retries = collect(fetcher, 'retry');
    const manifest = await ports.clock.runUntil(fetcher.prepareVideo(undefined, 'clip'));
    const startedMs = ports.clock.monotonicMs();
    await ports.clock.runUntil(fetcher.startIntelligentLoading(manifest));
    expect(retries).toMatchObject([{ index: 3, error: { code: 'TIMEOUT' } }]);
    expect(ports.clock.monotonicMs() - startedMs).toBeGreaterThanOrEqual(5_000);
    expect(ports.clock.monotonicMs() - startedMs).toBeLessThan(6_000);
    await ports.clock.runUntil(fetcher.combineSegments('clip', { outputPath: '/out' }));
    expect(same(await ports.readFile('/out'), video.bytes)).toBe(true);
    await ports.clock.runUntil(fetcher.cleanup());
    expect(ports.clock.pendingTimers()).toBe(0);
  });

  it('Retry-After is honoured', async () => {
    const plan = createFaultPlan({
      rules: [{ kind: 'fails', operation: 'blob.get', target: '/up1/', nth: 1, code: 'THROTTLED', retryAfterMs: 20_000 }],
    });
    const world = createWorld({ wrap: (store) => faultyBlobStore(store, plan) });
    await storeVideo(world.bucket, { sizeBytes: SEGMENT, segmentBytes: SEGMENT });
    const { ports } = world;
    const fetcher = fetcherOn(ports);
    const retries = collect(fetcher, 'retry');
    const manifest = await ports.clock.runUntil(fetcher.prepareVideo(undefined, 'clip'));
    const startedMs = ports.clock.monotonicMs();
    await ports.clock.runUntil(fetcher.startIntelligentLoading(manifest));
    expect(ports.clock.monotonicMs() - startedMs).toBeGreaterThanOrEqual(20_000);
    expect(retries).toMatchObject([{ delayMs: 20_000, error: { code: 'THROTTLED' } }]);
    await ports.clock.runUntil(fetcher.cleanup());
  });

  it.each(['AUTH_REQUIRED', 'FORBIDDEN', 'REQUEST_REFUSED'] as const)('%s is told at once', async (code) => {
    const plan = createFaultPlan({ rules: [{ kind: 'fails', operation: 'blob.get', target: '/up1/', code }] });
    const world = createWorld({ wrap: (store) => faultyBlobStore(store, plan) });
    await storeVideo(world.bucket, shape);
    const { ports } = world;
    const fetcher = fetcherOn(ports);
    const manifest = await ports.clock.runUntil(fetcher.prepareVideo(undefined, 'clip'));
    expect(await ports.clock.runUntil(failureOf(fetcher.startIntelligentLoading(manifest)))).toMatchObject({
      code,
      context: { videoId: 'clip' },
    });
    expect(plan.struck().fails).toBeLessThanOrEqual(2);
    await ports.clock.runUntil(fetcher.cleanup());
  });

  it('an adapter that rejects with its own error: INTERNAL, with the cause', async () => {
    const cause = new RangeError('from a library');
    const world = createWorld({
      wrap: (store) => ({ ...store, get: (key, options) => (key.includes('/up1/') ? Promise.reject(cause) : store.get(key, options)) }),
    });
    await storeVideo(world.bucket, shape);
    const { ports } = world;
    const fetcher = fetcherOn(ports);
    const manifest = await ports.clock.runUntil(fetcher.prepareVideo(undefined, 'clip'));
    expect(await ports.clock.runUntil(failureOf(fetcher.startIntelligentLoading(manifest)))).toMatchObject({ code: 'INTERNAL', cause });
    await ports.clock.runUntil(fetcher.cleanup());
  });
});

describe('cleanup', () => {
  it('ends loads, sessions and combinations, leaves no timer, listener, handle or partial file; and the fetcher can be used again', async () => {
    const world = slowWorld();
    const watched = watchFiles(world.ports.fileSystem, '/');
    const video = await storeVideo(world.bucket, shape);
    const { ports } = world;
    const { clock } = ports;
    const fetcher = fetcherOn(ports, { fileSystem: watched.fileSystem });
    const manifest = await clock.runUntil(fetcher.prepareVideo(undefined, 'clip'));
    const session = await clock.runUntil(fetcher.open('clip'));
    const all = [
      fetcher.startIntelligentLoading(manifest),
      fetcher.combineSegments('clip', { outputPath: '/out' }),
      session.readInto(new Uint8Array(5), 7 * SEGMENT),
      session.ready(),
    ].map(failureOf);
    await clock.advance(600);
    await clock.runUntil(fetcher.cleanup());
    for (const failed of await Promise.all(all)) expect(failed).toMatchObject({ code: 'ENGINE_STOPPED' });
    expect(await failureOf(session.readInto(new Uint8Array(5), 0))).toMatchObject({ code: 'ENGINE_STOPPED' });
    expect(clock.pendingTimers()).toBe(0);
    expect(ports.conditions.listeners()).toBe(0);
    expect(watched.openHandles()).toBe(0);
    const [scope] = await ports.fileSystem.list('/cache');
    expect((await ports.fileSystem.list(`/cache/${scope}`)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    expect(await ports.fileSystem.list('/')).toEqual(['cache']);
    await clock.runUntil(fetcher.startIntelligentLoading(manifest));
    await clock.runUntil(fetcher.combineSegments('clip', { outputPath: '/out' }));
    expect(same(await ports.readFile('/out'), video.bytes)).toBe(true);
    await clock.runUntil(fetcher.cleanup());
  });

  it('a closed session says so; closing twice is closing once', async () => {
    const world = createWorld();
    await storeVideo(world.bucket, shape);
    const { clock } = world.ports;
    const fetcher = fetcherOn(world.ports);
    const session = await clock.runUntil(fetcher.open('clip'));
    await clock.runUntil(Promise.all([session.close(), session.close()]));
    expect(await failureOf(session.readInto(new Uint8Array(5), 0))).toMatchObject({ code: 'INVALID_STATE' });
    expect(await failureOf(session.ready())).toMatchObject({ code: 'INVALID_STATE' });
  });

  it('of a fetcher that did nothing touches nothing', async () => {
    const world = createWorld();
    const fetcher = fetcherOn(world.ports);
    await world.ports.clock.runUntil(fetcher.cleanup());
    expect(await world.ports.fileSystem.list('/')).toEqual([]);
  });
});
