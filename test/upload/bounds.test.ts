/** How much happens at once, and how long is waited: bounds that hold whatever else happens. */
import { describe, expect, it } from 'vitest';
import { ReelwayError } from '../../src/errors/index.js';
import type { BlobStore } from '../../src/ports/index.js';
import { createTestPorts, type TestPorts } from '../../src/testing/index.js';
import { rawPackaging } from '../../src/upload/index.js';
import { engineOn, isWhole, MANIFEST, portsWith, scripted, startOn } from './support.js';

const packaging = rawPackaging({ segmentBytes: 1_000 });

/** A store that counts which segments are under way. */
function counting(ports: TestPorts): { readonly store: BlobStore; readonly seen: { most: number; videos: number } } {
  const underWay: string[] = [];
  const seen = { most: 0, videos: 0 };
  const store: BlobStore = {
    ...ports.blobStore,
    put: async (key, body, options) => {
      if (MANIFEST.test(key)) return ports.blobStore.put(key, body, options);
      underWay.push(key);
      seen.most = Math.max(seen.most, underWay.length);
      seen.videos = Math.max(seen.videos, new Set(underWay.map((one) => one.split('/')[0])).size);
      await new Promise<void>((resolve) => void ports.clock.after(50, resolve));
      underWay.splice(underWay.indexOf(key), 1);
      return ports.blobStore.put(key, body, options);
    },
  };
  return { store, seen };
}

describe('what happens at once', () => {
  it('is three segments of one video, and what an app configures while it runs', async () => {
    const ports = createTestPorts();
    for (let n = 0; n < 6; n += 1) await ports.addFile(`/v${n}.mp4`, 30_000);
    const { store, seen } = counting(ports);
    const engine = await startOn(ports, { packaging, blobStore: store });
    for (let n = 0; n < 6; n += 1) await engine.add(`/v${n}.mp4`);
    await ports.clock.advance(400);
    expect(seen.most).toBe(3);
    engine.configure({ limits: { concurrency: 6, memoryBytes: 6 * 524_288, activeVideos: 2 } });
    await ports.clock.advance(400);
    expect(seen.most).toBe(6);
    expect(seen.videos).toBeGreaterThanOrEqual(2);
    ports.conditions.set({ memoryPressure: true });
    await ports.clock.advance(60);
    seen.most = 0;
    await ports.clock.advance(300);
    expect(seen.most).toBe(1);
    ports.conditions.set({ memoryPressure: false });
    expect(() => engine.configure({ limits: { concurrency: 0 } })).toThrow(expect.objectContaining({ code: 'INVALID_CONFIG' }));
    await ports.clock.runUntil(engine.idle());
    expect(engine.report().uploads.completed).toBe(6);
    expect(engine.report().peakBufferBytes).toBeLessThanOrEqual(6 * 524_288);
  });

  it('never waits for publish steps that hang', async () => {
    const ports = createTestPorts();
    for (let n = 0; n < 9; n += 1) await ports.addFile(`/v${n}.mp4`, 1_000);
    const engine = await startOn(ports, { packaging, publish: () => new Promise(() => undefined) });
    for (let n = 0; n < 9; n += 1) await engine.add(`/v${n}.mp4`);
    await ports.clock.advance(10_000);
    expect(engine.report().uploads.publishing).toBe(9);
    await engine.stop();
    expect(ports.clock.pendingTimers()).toBe(0);
  });

  it('can be nothing, from before the start on', async () => {
    const { ports, store } = await portsWith({ bytes: 5_000 });
    const engine = engineOn(ports, { packaging, blobStore: store });
    engine.configure({ enabled: false });
    await engine.start();
    const upload = await engine.add('/a.mp4');
    await ports.clock.advance(60_000);
    expect(store.asked).toEqual([]);
    engine.configure({ enabled: true });
    await ports.clock.runUntil(upload.completed());
  });
});

describe("a store's wish to wait", () => {
  it('outlives a pause and a failure', async () => {
    const { ports, store } = await portsWith({ bytes: 3_000 }, ({ method, key, nth }) =>
      method === 'put' && key.endsWith('/1') && nth === 0
        ? new ReelwayError('THROTTLED', { context: { retryAfterMs: 120_000 } })
        : undefined,
    );
    const engine = await startOn(ports, { packaging, blobStore: store });
    const upload = await engine.add('/a.mp4', {}, { videoId: 'a' });
    await ports.clock.advance(1_000);
    await ports.clock.runUntil(upload.pause());
    await upload.resume();
    await ports.clock.advance(100_000);
    expect(store.asked.filter(({ method, key }) => method === 'put' && key.endsWith('/1'))).toHaveLength(1);
    await ports.clock.runUntil(upload.completed());
    expect(await isWhole(ports, 'a', '/a.mp4')).toBe(true);
  });

  it('is rung when the device comes back to life, however late its timers are', async () => {
    const { ports, store } = await portsWith({ bytes: 3_000 }, ({ method, key, nth }) =>
      method === 'put' && !MANIFEST.test(key) && nth === 0
        ? new ReelwayError('THROTTLED', { context: { retryAfterMs: 60_000 } })
        : undefined,
    );
    const engine = await startOn(ports, { packaging, blobStore: store });
    const upload = await engine.add('/a.mp4');
    await ports.clock.advance(1_000);
    ports.clock.suspend(8 * 3_600_000);
    ports.conditions.set({ foreground: true });
    await ports.clock.advance(1_000);
    expect(upload.state().status).toBe('completed');
  });
});

describe('sign-out without a network', () => {
  it('leaves bare tombstones, which the next start of the scope sweeps', async () => {
    let dead = false;
    const { ports } = await portsWith({ path: '/private/a.mp4', bytes: 9_000 });
    const store = scripted(ports.blobStore, () => (dead ? 'NETWORK' : undefined));
    const engine = await startOn(ports, { packaging, blobStore: store });
    const upload = await engine.add('/private/a.mp4', { title: 'Secret' });
    upload.on('segment', () => {
      dead = true;
    });
    await ports.clock.advance(100);
    const warnings: string[] = [];
    engine.on('warning', ({ error }) => warnings.push(error.code));
    await ports.clock.runUntil(engine.erase());
    expect(warnings).toContain('NETWORK');
    const values = (await Promise.all((await ports.keyValueStore.keys('')).map((key) => ports.keyValueStore.get(key)))).join();
    expect(values).not.toContain('Secret');
    expect(values).not.toContain('private');
    const next = ports.restart();
    const again = await startOn(next);
    await next.clock.advance(300_000);
    expect(await next.blobKeys()).toEqual([]);
    expect(again.list()).toEqual([]);
  });
});
