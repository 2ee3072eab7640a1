/** How many requests run at once. */
import { describe, expect, it } from 'vitest';
import { createFaultPlan, faultyBlobStore } from '../../src/conformance/index.js';
import { Buffers } from '../../src/fetch/cache/segment-buffers.js';
import { createAbortHandle } from '../../src/internal/index.js';
import type { BlobStore, Clock } from '../../src/ports/index.js';
import { createVirtualClock } from '../../src/testing/index.js';
import { RequestLimiter } from '../../src/transfer/request-limiter.js';
import { createWorld, fetcherOn, KIB, PIECE, storeVideo } from '../fetch/support/world.js';

/** A link of so many bytes a second, shared by all, with a latency for each request. */
function link(
  bytesPerSecond: number,
  latencyMs: number,
): { wrap(store: BlobStore, ports: { readonly clock: Clock }): BlobStore; peak(): number } {
  let freeMs = 0;
  let running = 0;
  let peak = 0;
  return {
    peak: () => peak,
    wrap: (store, { clock }) => ({
      ...store,
      get: async (key, options) => {
        running += 1;
        peak = Math.max(peak, running);
        await new Promise<void>((resolve) => clock.after(latencyMs, resolve));
        const reader = await store.get(key, options);
        let isOpen = true;
        return {
          ...reader,
          next: async () => {
            const piece = await reader.next();
            const costMs = ((piece?.length ?? 0) * 1_000) / bytesPerSecond;
            freeMs = Math.max(freeMs, clock.monotonicMs()) + costMs;
            await new Promise<void>((resolve) => clock.after(freeMs - clock.monotonicMs(), resolve));
            return piece;
          },
          close: async () => {
            if (isOpen) running -= 1;
            isOpen = false;
            await reader.close();
          },
        };
      },
    }),
  };
}

async function load(world: ReturnType<typeof createWorld>, concurrency: number): Promise<number> {
  const { clock } = world.ports;
  await storeVideo(world.bucket, { sizeBytes: 120 * 8 * KIB, segmentBytes: 8 * KIB });
  const fetcher = fetcherOn(world.ports, { limits: { concurrency, memoryBytes: 16 * PIECE } });
  const manifest = await clock.runUntil(fetcher.prepareVideo(undefined, 'clip'));
  await clock.runUntil(fetcher.startIntelligentLoading(manifest));
  const { concurrency: reached } = fetcher.report();
  await clock.runUntil(fetcher.cleanup());
  return reached;
}

describe('concurrency', () => {
  it('starts with two and grows while the link carries more for it', async () => {
    const fast = link(100_000_000, 200);
    const world = createWorld({ wrap: (store, ports) => fast.wrap(store, ports) });
    expect(await load(world, 8)).toBeGreaterThanOrEqual(6);
    expect(fast.peak()).toBeLessThanOrEqual(8);
  });

  it('stays small on a link that is full already', async () => {
    const narrow = link(50_000, 5);
    const world = createWorld({ wrap: (store, ports) => narrow.wrap(store, ports) });
    expect(await load(world, 16)).toBeLessThanOrEqual(8);
  });

  it('never passes its limit, nor the buffers that there are', async () => {
    const fast = link(100_000_000, 200);
    const world = createWorld({ wrap: (store, ports) => fast.wrap(store, ports) });
    await storeVideo(world.bucket, { sizeBytes: 60 * 8 * KIB, segmentBytes: 8 * KIB });
    const { clock } = world.ports;
    const fetcher = fetcherOn(world.ports, { limits: { concurrency: 16 } });
    const manifest = await clock.runUntil(fetcher.prepareVideo(undefined, 'clip'));
    await clock.runUntil(fetcher.startIntelligentLoading(manifest));
    expect(fast.peak()).toBe(3);
    expect(fetcher.report().peakBufferBytes).toBe(3 * PIECE);
    await clock.runUntil(fetcher.cleanup());
  });

  it('halves when the store throttles, once for all that were under way', () => {
    const clock = createVirtualClock();
    const limiter = new RequestLimiter(clock, 16);
    for (let round = 0; round < 30; round += 1) {
      const slots = [];
      for (let slot = limiter.tryTake(); slot !== undefined; slot = limiter.tryTake()) slots.push(slot);
      for (const slot of slots) slot.succeed(1_000);
    }
    const before = limiter.limit;
    expect(before).toBeGreaterThan(7);
    const startedMs = clock.monotonicMs();
    limiter.failed(startedMs);
    expect(limiter.limit).toBe(Math.floor(before / 2));
    limiter.failed(startedMs - 1);
    expect(limiter.limit).toBe(Math.floor(before / 2));
    for (let failure = 1; failure < 9; failure += 1) limiter.failed(startedMs + failure);
    expect(limiter.limit).toBe(1);
  });

  it('grows again after trouble', async () => {
    const plan = createFaultPlan({ rules: [{ kind: 'fails', operation: 'blob.get', target: '/up1/', times: 6, code: 'THROTTLED' }] });
    const fast = link(100_000_000, 200);
    const world = createWorld({ wrap: (store, ports) => fast.wrap(faultyBlobStore(store, plan), ports) });
    expect(await load(world, 8)).toBeGreaterThanOrEqual(4);
    expect(plan.struck().fails).toBe(6);
  });

  it('who waits for a slot gets it in turn, or leaves with the reason', async () => {
    const limiter = new RequestLimiter(createVirtualClock(), 1);
    const first = limiter.tryTake();
    const source = createAbortHandle();
    const leaving = limiter.take(source.signal);
    const staying = limiter.take(createAbortHandle().signal);
    source.abort('left');
    await expect(leaving).rejects.toBe('left');
    first?.abandon();
    first?.abandon();
    const slot = await staying;
    expect(limiter.tryTake()).toBeUndefined();
    slot.succeed(5);
    expect(limiter.tryTake()).toBeDefined();
    await expect(limiter.take(source.signal)).rejects.toBe('left');
  });
});

describe('a fixed limit', () => {
  it('is the maximum from the start, and failures and successes do not change it', () => {
    const limiter = new RequestLimiter(createVirtualClock(), 3, 'fixed');
    const slots = [0, 1, 2].map(() => limiter.tryTake());
    expect(slots.every((slot) => slot !== undefined)).toBe(true);
    expect(limiter.tryTake()).toBeUndefined();
    limiter.failed(0);
    for (const slot of slots) slot?.succeed(1_000_000);
    expect([limiter.limit, limiter.inUse]).toEqual([3, 0]);
  });

  it('changes by resize only: waiting requests get new slots, and requests beyond it go on', async () => {
    const limiter = new RequestLimiter(createVirtualClock(), 1, 'fixed');
    const first = limiter.tryTake();
    const second = limiter.take(new AbortController().signal);
    limiter.resize(2);
    const slot = await second;
    limiter.resize(1);
    expect([limiter.limit, limiter.inUse]).toEqual([1, 2]);
    first?.abandon();
    expect(limiter.tryTake()).toBeUndefined();
    slot.abandon();
    expect(limiter.tryTake()).toBeDefined();
  });
});

describe('buffers', () => {
  it('windows serve until somebody needs the buffer, the oldest first; one is kept where there are several', async () => {
    const buffers = new Buffers(3);
    for (const index of [0, 1, 2]) buffers.keep('v', index, await buffers.acquire(), 10);
    expect(buffers.peek('v', 0)).toHaveLength(10);
    const taken = await buffers.acquire();
    expect([0, 1, 2].map((index) => buffers.peek('v', index) !== undefined)).toEqual([true, false, true]);
    await buffers.acquire();
    expect([0, 1, 2].filter((index) => buffers.peek('v', index) !== undefined)).toHaveLength(1);
    expect(buffers.isAvailable()).toBe(false);
    // A read of what is on the device may have the last one.
    await buffers.acquire(undefined, true);
    expect([0, 1, 2].some((index) => buffers.peek('v', index) !== undefined)).toBe(false);
    const waiting = buffers.acquire();
    buffers.release(taken);
    expect(await waiting).toBe(taken);
  });

  it('a single buffer is everybody’s', async () => {
    const buffers = new Buffers(1);
    buffers.keep('v', 0, await buffers.acquire(), 10);
    expect(buffers.isAvailable()).toBe(true);
    await buffers.acquire();
    expect(buffers.peek('v', 0)).toBeUndefined();
    expect(buffers.peakBytes).toBe(PIECE);
  });
});
