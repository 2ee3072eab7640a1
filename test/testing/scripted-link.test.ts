import { describe, expect, it } from 'vitest';
import { memoryBlobStore } from '../../adapters/memory/index.js';
import { ReelwayError } from '../../src/errors/index.js';
import type { AbortSignalLike, BlobSource, BlobStore, StreamBody } from '../../src/index.js';
import { createScriptedLink, createVirtualClock, type ScriptedLinkOptions, type VirtualClock } from '../../src/testing/index.js';

const MIB = 1_048_576;

const setUp = (options: Omit<ScriptedLinkOptions, 'clock'> = {}) => {
  const clock = createVirtualClock();
  const inner = memoryBlobStore({ attests: [], clock });
  return { clock, inner, link: createScriptedLink(inner, { clock, ...options }) };
};

const put = (
  store: BlobStore,
  key: string,
  sizeBytes = 100,
  extra: { signal?: AbortSignalLike; onProgress?: (sent: number) => void } = {},
) => store.put(key, { kind: 'bytes', sizeBytes, bytes: new Uint8Array(sizeBytes).fill(7) }, { contentType: 'a/b', ...extra });

const drain = async (store: BlobSource, key: string, signal?: AbortSignalLike): Promise<number> => {
  const reader = await store.get(key, signal === undefined ? {} : { signal });
  let sum = 0;
  try {
    for (let piece = await reader.next(); piece !== undefined; piece = await reader.next()) sum += piece.length;
  } finally {
    await reader.close();
  }
  return sum;
};

/** What a promise came to, and when. */
const outcome = async (clock: VirtualClock, promise: Promise<unknown>): Promise<string> => {
  const settled = promise.then(
    () => 'ok',
    (error: ReelwayError) => error.code,
  );
  return clock.runUntil(settled);
};

describe('a scripted link', () => {
  it('makes every request wait for the latency', async () => {
    const { clock, link } = setUp({ latencyMs: 80 });
    await clock.runUntil(put(link.store, 'v/0'));
    expect(clock.monotonicMs()).toBe(80);
    await clock.runUntil(link.store.head('v/0'));
    await clock.runUntil(drain(link.store, 'v/0'));
    await clock.runUntil(link.store.list?.('') ?? Promise.reject(new TypeError()));
    await clock.runUntil(link.store.remove(['v/0']));
    expect(clock.monotonicMs()).toBe(400);
    expect(link.report().requests).toEqual({ put: 1, get: 1, head: 1, remove: 1, list: 1 });
    expect(clock.pendingTimers()).toBe(0);
  });

  it('shares its bandwidth among all requests, upwards and downwards', async () => {
    const { clock, link } = setUp({ bytesPerSecond: MIB });
    const ends: number[] = [];
    const note = (): void => {
      ends.push(clock.monotonicMs());
    };
    const puts = ['a', 'b'].map((key) => put(link.store, key, MIB).then(note));
    await clock.runUntil(Promise.all(puts));
    // Both took turns slice by slice, so both end near two seconds.
    expect(ends[0]).toBeGreaterThan(1_950);
    expect(ends[1]).toBeCloseTo(2_000, 3);
    await clock.runUntil(drain(link.store, 'a'));
    expect(clock.monotonicMs()).toBeCloseTo(3_000, 3);
    link.setBytesPerSecond(MIB / 2);
    await clock.runUntil(drain(link.store, 'a'));
    expect(clock.monotonicMs()).toBeCloseTo(5_000, 3);
    expect(link.report()).toMatchObject({ bytesUp: 2 * MIB, bytesDown: 2 * MIB, peakRequests: 2 });
  });

  it('tells progress while the body moves', async () => {
    const { clock, link } = setUp({ bytesPerSecond: MIB });
    const told: number[] = [];
    await clock.runUntil(put(link.store, 'a', 40_000, { onProgress: (sent) => told.push(sent) }));
    expect(told).toEqual([16_384, 32_768, 40_000]);
    const whole: number[] = [];
    const fast = setUp();
    await fast.clock.runUntil(put(fast.link.store, 'a', 40_000, { onProgress: (sent) => whole.push(sent) }));
    expect(whole).toEqual([40_000]);
  });

  it('takes streams', async () => {
    const { clock, inner, link } = setUp({ bytesPerSecond: MIB });
    const body: StreamBody = {
      kind: 'stream',
      sizeBytes: 6,
      open: async () => {
        const pieces = [Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5, 6)];
        return { next: async () => pieces.shift(), close: async () => undefined };
      },
    };
    await clock.runUntil(link.store.put('s', body, { contentType: 'a/b' }));
    expect((await inner.head('s'))?.sizeBytes).toBe(6);
  });

  it('is cut during an outage, and whole again behind it', async () => {
    const { clock, inner, link } = setUp({ bytesPerSecond: MIB, outages: [{ fromMs: 500, toMs: 1_500 }] });
    const told: boolean[] = [];
    const off = link.conditions.subscribe(() => told.push(link.conditions.current().online ?? false));
    expect(await outcome(clock, put(link.store, 'a', MIB))).toBe('NETWORK');
    expect(clock.monotonicMs()).toBe(500);
    expect(await inner.head('a')).toBeUndefined();
    expect(await outcome(clock, put(link.store, 'a'))).toBe('NETWORK');
    expect(await outcome(clock, drain(link.store, 'a'))).toBe('NETWORK');
    expect(link.online()).toBe(false);
    await clock.advance(1_000);
    expect(await outcome(clock, put(link.store, 'a'))).toBe('ok');
    expect(told).toEqual([false, true]);
    off();
    expect(clock.pendingTimers()).toBe(0);
  });

  it('is cut and joined by hand', async () => {
    const { clock, link } = setUp({ bytesPerSecond: MIB });
    const told: boolean[] = [];
    link.conditions.subscribe(() => told.push(link.online()));
    const cut = outcome(clock, put(link.store, 'a', MIB));
    clock.after(100, () => link.setOnline(false));
    expect(await cut).toBe('NETWORK');
    expect(clock.monotonicMs()).toBe(100);
    link.setOnline(true);
    expect(await outcome(clock, put(link.store, 'a'))).toBe('ok');
    expect(told).toEqual([false, true]);
  });

  it('fails requests by schedule', async () => {
    const { clock, link } = setUp({
      faults: [
        { kind: 'unavailable', operation: 'put', request: 1 },
        { kind: 'throttled', operation: 'put', everyNth: 3, retryAfterMs: 2_000, times: 1 },
        { kind: 'auth', operation: 'head', fromMs: 0, toMs: 10 },
        { kind: 'forbidden', operation: 'list' },
        { kind: 'refused', operation: 'remove', times: 1 },
      ],
    });
    const puts: unknown[] = [];
    for (let count = 0; count < 6; count += 1) puts.push(await outcome(clock, put(link.store, 'a')));
    expect(puts).toEqual(['UNAVAILABLE', 'ok', 'THROTTLED', 'ok', 'ok', 'ok']);
    expect(await outcome(clock, link.store.head('a'))).toBe('AUTH_REQUIRED');
    await clock.advance(10);
    expect(await outcome(clock, link.store.head('a'))).toBe('ok');
    expect(await outcome(clock, link.store.list?.('') ?? Promise.resolve())).toBe('FORBIDDEN');
    expect(await outcome(clock, link.store.remove(['a']))).toBe('NETWORK');
    expect(await outcome(clock, link.store.remove(['a']))).toBe('ok');
    expect(link.report().faults).toEqual({ unavailable: 1, throttled: 1, auth: 1, forbidden: 1, refused: 1 });
  });

  it('tells status and Retry-After', async () => {
    const { clock, link } = setUp({ faults: [{ kind: 'throttled', retryAfterMs: 5_000 }] });
    const error = await clock.runUntil(put(link.store, 'a').catch((reason: unknown) => reason));
    expect(error).toMatchObject({ code: 'THROTTLED', context: { status: 429, retryAfterMs: 5_000, key: 'a' } });
  });

  it('draws chances from the clock alone', async () => {
    const run = async (): Promise<string[]> => {
      const { clock, link } = setUp({ faults: [{ kind: 'unavailable', chance: 0.3 }] });
      const outcomes: string[] = [];
      for (let count = 0; count < 100; count += 1) outcomes.push(await outcome(clock, put(link.store, 'a')));
      return outcomes;
    };
    const first = await run();
    expect(first.filter((code) => code === 'UNAVAILABLE').length).toBeGreaterThan(15);
    expect(await run()).toEqual(first);
  });

  it('cuts a put in the middle of its body, and stores nothing', async () => {
    const { clock, inner, link } = setUp({ bytesPerSecond: MIB, faults: [{ kind: 'reset', operation: 'put' }] });
    expect(await outcome(clock, put(link.store, 'a', MIB))).toBe('NETWORK');
    expect(clock.monotonicMs()).toBeLessThan(1_000);
    expect(await inner.head('a')).toBeUndefined();
  });

  it('stores, and loses the answer', async () => {
    const { clock, inner, link } = setUp({ faults: [{ kind: 'lost-response' }] });
    expect(await outcome(clock, put(link.store, 'a', 1_000))).toBe('NETWORK');
    expect((await inner.head('a'))?.sizeBytes).toBe(1_000);
    expect(await outcome(clock, drain(link.store, 'a'))).toBe('NETWORK');
    expect(await outcome(clock, link.store.remove(['a']))).toBe('NETWORK');
    expect(await inner.head('a')).toBeUndefined();
  });

  it('stalls until the caller gives up', async () => {
    const { clock, link } = setUp({ faults: [{ kind: 'stall', times: 1 }] });
    const controller = new AbortController();
    const stalled = put(link.store, 'a', 100, { signal: controller.signal });
    clock.after(60_000, () => controller.abort(new ReelwayError('TIMEOUT')));
    expect(await outcome(clock, stalled)).toBe('TIMEOUT');
    expect(clock.monotonicMs()).toBe(60_000);
    expect(await outcome(clock, put(link.store, 'a', 100, { signal: controller.signal }))).toBe('TIMEOUT');
  });

  it('ends at an abort in the middle of a body', async () => {
    const { clock, link } = setUp({ bytesPerSecond: MIB });
    const controller = new AbortController();
    clock.after(300, () => controller.abort(new ReelwayError('ABORTED')));
    expect(await outcome(clock, put(link.store, 'a', MIB, { signal: controller.signal }))).toBe('ABORTED');
    expect(clock.monotonicMs()).toBe(300);
    expect(link.report().bytesUp).toBeLessThan(MIB / 2);
  });

  it('wraps a source that can only be read, and its native download', async () => {
    const { clock, inner } = setUp();
    await put(inner, 'a', 5_000);
    const saved: string[] = [];
    const source: BlobSource = {
      rangeRead: true,
      get: (key, options) => inner.get(key, options),
      head: (key, signal) => inner.head(key, signal),
      getToFile: async (_key, path) => {
        saved.push(path);
      },
      urlFor: async (key) => `https://cdn.example/${key}`,
    };
    const link = createScriptedLink(source, { clock, bytesPerSecond: 1_000, faults: [{ kind: 'reset', operation: 'get', request: 1 }] });
    expect('put' in link.store).toBe(false);
    expect(await outcome(clock, link.store.getToFile?.('a', '/f') ?? Promise.resolve())).toBe('NETWORK');
    expect(saved).toEqual([]);
    expect(await outcome(clock, link.store.getToFile?.('a', '/f') ?? Promise.resolve())).toBe('ok');
    expect([saved, clock.monotonicMs()]).toEqual([['/f'], 5_000]);
    expect(await outcome(clock, link.store.getToFile?.('a', '/f', { range: { start: 0, end: 1_000 } }) ?? Promise.resolve())).toBe('ok');
    expect(clock.monotonicMs()).toBe(6_000);
    expect(await link.store.urlFor?.('a', 1)).toBe('https://cdn.example/a');
  });

  it('refuses a bandwidth that is none', () => {
    expect(() => setUp({ bytesPerSecond: 0 })).toThrow(TypeError);
  });
});
