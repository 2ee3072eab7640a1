/** Networks, credentials and stores that fail: what is repeated, what waits, what ends. */
import { describe, expect, it } from 'vitest';
import { ReelwayError } from '../../src/errors/index.js';
import type { UploadState } from '../../src/upload/index.js';
import { codeOf, engineOn, isWhole, MANIFEST, portsWith, SEGMENT_SIZE, scripted, scriptedRecords, startOn } from './support.js';

const HOUR_MS = 3_600_000;

describe('failures of the store', () => {
  it('sends a segment again after one 503, and nothing else', async () => {
    const { ports, store } = await portsWith({ bytes: 4 * SEGMENT_SIZE }, ({ method, key, nth }) =>
      method === 'put' && key.endsWith('/2') && nth === 0 ? 'UNAVAILABLE' : undefined,
    );
    const engine = await startOn(ports, { blobStore: store });
    const retries: string[] = [];
    engine.on('retry', ({ error, delayMs, segmentIndex }) => retries.push(`${error.code} ${segmentIndex} ${delayMs <= 500}`));
    const upload = await engine.add('/a.mp4', {}, { videoId: 'a' });
    await ports.clock.runUntil(upload.completed());
    expect(retries).toEqual(['UNAVAILABLE 2 true']);
    expect(store.asked.filter(({ method }) => method === 'put')).toHaveLength(6);
    expect(engine.report()).toMatchObject({ bytesSent: 5 * SEGMENT_SIZE, bytesResent: SEGMENT_SIZE, retries: 1 });
    expect(upload.item().retryCount).toBe(1);
  });

  it('ends after the budget of a class, and takes the upload up again on retry', async () => {
    let broken = true;
    const { ports, store } = await portsWith({ bytes: 4 * SEGMENT_SIZE }, ({ method, key }) =>
      broken && method === 'put' && key.endsWith('/1') ? 'UNAVAILABLE' : undefined,
    );
    const engine = await startOn(ports, { blobStore: store, retry: { maxAttempts: 4 } });
    const upload = await engine.add('/a.mp4', {}, { videoId: 'a' });
    expect(await ports.clock.runUntil(codeOf(upload.completed()))).toBe('UNAVAILABLE');
    expect(upload.state().status).toBe('failed');
    expect(store.asked.filter(({ method, key }) => method === 'put' && key.endsWith('/1'))).toHaveLength(4);
    expect(upload.item().acknowledgedBytes).toBe(3 * SEGMENT_SIZE);
    broken = false;
    await upload.retry();
    await ports.clock.runUntil(upload.completed());
    expect(await isWhole(ports, 'a', '/a.mp4')).toBe(true);
    expect(store.asked.filter(({ method, key }) => method === 'put' && key.endsWith('/0'))).toHaveLength(1);
  });

  it('ends at once where the store refuses for good', async () => {
    for (const code of ['REQUEST_REFUSED', 'FORBIDDEN', 'QUOTA_EXCEEDED'] as const) {
      const { ports, store } = await portsWith({ bytes: 2 * SEGMENT_SIZE }, ({ method, key }) =>
        method === 'put' && key.endsWith('/0') ? code : undefined,
      );
      const engine = await startOn(ports, { blobStore: store });
      const upload = await engine.add('/a.mp4');
      expect(await ports.clock.runUntil(codeOf(upload.completed()))).toBe(code);
      expect(store.asked.filter(({ method, key }) => method === 'put' && key.endsWith('/0'))).toHaveLength(1);
      await engine.stop();
    }
  });

  it('waits as long as the store asks', async () => {
    const { ports, store } = await portsWith({ bytes: SEGMENT_SIZE }, ({ method, nth }) =>
      method === 'put' && nth === 0 ? new ReelwayError('THROTTLED', { context: { retryAfterMs: 45_000 } }) : undefined,
    );
    const engine = await startOn(ports, { blobStore: store });
    const upload = await engine.add('/a.mp4');
    const states: UploadState[] = [];
    upload.on('status', (state) => states.push(state));
    const startMs = ports.clock.monotonicMs();
    await ports.clock.runUntil(upload.completed());
    expect(ports.clock.monotonicMs() - startMs).toBeGreaterThanOrEqual(45_000);
    expect(states.find(({ status }) => status === 'waiting')).toMatchObject({ reason: 'backoff', error: { code: 'THROTTLED' } });
  });

  it('lets no bad upload block the others', async () => {
    const { ports, store } = await portsWith({ bytes: 4 * SEGMENT_SIZE }, ({ key }) =>
      key.startsWith('bad/') ? 'UNAVAILABLE' : undefined,
    );
    await ports.addFile('/b.mp4', 4 * SEGMENT_SIZE);
    const engine = await startOn(ports, { blobStore: store });
    const bad = await engine.add('/a.mp4', {}, { videoId: 'bad', priority: 'high' });
    const good = await engine.add('/b.mp4', {}, { videoId: 'good' });
    await ports.clock.runUntil(good.completed());
    expect(ports.clock.monotonicMs()).toBeLessThan(5_000);
    expect(bad.state().status).not.toBe('failed');
    await engine.stop();
  });

  it('gives up an attempt in which no byte moves, and a buffer that somebody may still read', async () => {
    const never = new Promise<never>(() => undefined);
    const { ports, store } = await portsWith({ bytes: 2 * SEGMENT_SIZE }, ({ method, key, nth }) =>
      method === 'put' && key.endsWith('/0') && nth === 0 ? never : undefined,
    );
    const engine = await startOn(ports, { blobStore: store, retry: { stallMs: 20_000 } });
    const codes: string[] = [];
    engine.on('retry', ({ error }) => codes.push(error.code));
    const upload = await engine.add('/a.mp4', {}, { videoId: 'a' });
    await ports.clock.runUntil(upload.completed());
    expect(codes).toEqual(['TIMEOUT']);
    expect(ports.clock.monotonicMs()).toBeGreaterThanOrEqual(25_000);
    expect(ports.clock.monotonicMs()).toBeLessThan(27_000);
    await engine.stop();
    expect(ports.clock.pendingTimers()).toBe(0);
  });

  it('does not take slow bytes for none', async () => {
    const { ports } = await portsWith({ bytes: SEGMENT_SIZE });
    const slow = {
      ...ports.blobStore,
      put: async (...[key, body, options]: Parameters<typeof ports.blobStore.put>) => {
        for (let step = 1; step <= 10; step += 1) {
          await new Promise<void>((resolve) => void ports.clock.after(15_000, resolve));
          options.onProgress?.(step * 50_000);
        }
        return ports.blobStore.put(key, body, options);
      },
    };
    const engine = await startOn(ports, { blobStore: slow, retry: { stallMs: 20_000 } });
    const upload = await engine.add('/a.mp4');
    await ports.clock.runUntil(upload.completed());
    expect(engine.report().retries).toBe(0);
  });

  it('types errors that are none of ours', async () => {
    const { ports } = await portsWith({ bytes: SEGMENT_SIZE });
    const foreign = { ...ports.blobStore, put: () => Promise.reject(new TypeError('Network request failed https://x/?token=canary')) };
    const engine = await startOn(ports, { blobStore: foreign, retry: { maxAttempts: 2 } });
    const upload = await engine.add('/a.mp4');
    const error = await ports.clock.runUntil(upload.completed().catch((failure: unknown) => failure));
    expect(error).toMatchObject({ code: 'UNAVAILABLE' });
    expect(String(error)).not.toContain('canary');
    const values = await Promise.all((await ports.keyValueStore.keys('')).map((key) => ports.keyValueStore.get(key)));
    expect(values.join()).not.toContain('canary');
  });

  it('tells a corrupt answer by its hash, and sends again', async () => {
    const { ports } = await portsWith({ bytes: 2 * SEGMENT_SIZE });
    let lies = 2;
    const lying = {
      ...ports.blobStore,
      put: async (...[key, body, options]: Parameters<typeof ports.blobStore.put>) => {
        const info = await ports.blobStore.put(key, body, options);
        if (MANIFEST.test(key) || lies === 0) return info;
        lies -= 1;
        return { ...info, hashes: { crc32c: '00000000' } };
      },
    };
    const engine = await startOn(ports, { blobStore: lying });
    const upload = await engine.add('/a.mp4', {}, { videoId: 'a' });
    await ports.clock.runUntil(upload.completed());
    expect(engine.report().retries).toBe(2);
    expect(await isWhole(ports, 'a', '/a.mp4')).toBe(true);
  });
});

describe('a network that is gone', () => {
  it('survives a day without Conditions, with few probes, and goes on by itself', async () => {
    let dead = false;
    const { ports, store } = await portsWith({ bytes: 12 * SEGMENT_SIZE }, () => (dead ? 'NETWORK' : undefined));
    const { conditions: _none, ...without } = ports;
    const engine = engineOn({ ...without } as typeof ports, { blobStore: store });
    await engine.start();
    const upload = await engine.add('/a.mp4', {}, { videoId: 'a' });
    const states: string[] = [];
    upload.on('status', (state) => states.push(state.status === 'waiting' ? state.reason : state.status));
    const off = upload.on('segment', () => {
      dead = true;
    });
    await ports.clock.advance(1);
    off();
    const asked = store.asked.length;
    await ports.clock.advance(24 * HOUR_MS);
    expect(upload.state()).toMatchObject({ status: 'waiting', reason: 'offline' });
    expect(store.asked.length - asked).toBeLessThan(24 * 250);
    dead = false;
    const backMs = ports.clock.monotonicMs();
    await ports.clock.runUntil(upload.completed());
    expect(ports.clock.monotonicMs() - backMs).toBeLessThanOrEqual(31_000);
    expect(states).toContain('offline');
    expect(await isWhole(ports, 'a', '/a.mp4')).toBe(true);
  });

  it('goes on within a second once the device says that it is online', async () => {
    const { ports, store } = await portsWith({ bytes: 6 * SEGMENT_SIZE }, () => (air.online ? undefined : 'NETWORK'));
    const air = { online: true };
    const engine = await startOn(ports, { blobStore: store });
    const upload = await engine.add('/a.mp4', {}, { videoId: 'a' });
    const off = upload.on('segment', () => {
      air.online = false;
      ports.conditions.set({ online: false });
    });
    await ports.clock.advance(1);
    off();
    await ports.clock.advance(HOUR_MS);
    expect(upload.state()).toMatchObject({ status: 'waiting', reason: 'offline' });
    expect(upload.item().retryCount).toBe(0);
    const asked = store.asked.length;
    await ports.clock.advance(HOUR_MS);
    expect(store.asked.length).toBe(asked);
    air.online = true;
    ports.conditions.set({ online: true });
    const backMs = ports.clock.monotonicMs();
    await ports.clock.runUntil(upload.completed());
    expect(ports.clock.monotonicMs() - backMs).toBeLessThan(1_000);
  });

  it('lets one upload probe for all', async () => {
    let dead = true;
    const { ports, store } = await portsWith({ bytes: SEGMENT_SIZE }, () => (dead ? 'NETWORK' : undefined));
    for (let n = 0; n < 5; n += 1) await ports.addFile(`/v${n}.mp4`, SEGMENT_SIZE);
    const engine = await startOn(ports, { blobStore: store, conditions: undefined as never });
    const uploads = [];
    for (let n = 0; n < 5; n += 1) uploads.push(await engine.add(`/v${n}.mp4`));
    await ports.clock.advance(HOUR_MS);
    expect(engine.report().uploads.waiting).toBe(5);
    expect(store.asked.length).toBeLessThan(300);
    dead = false;
    await ports.clock.runUntil(Promise.all(uploads.map((upload) => upload.completed())));
    await engine.stop();
    expect(ports.clock.pendingTimers()).toBe(0);
  });

  it('fails for a segment that alone never gets through', async () => {
    const { ports, store } = await portsWith({ bytes: 40 * SEGMENT_SIZE }, ({ method, key }) =>
      method === 'put' && key.endsWith('/3') ? 'NETWORK' : undefined,
    );
    const engine = await startOn(ports, { blobStore: store, retry: { maxAttempts: 2 } });
    const upload = await engine.add('/a.mp4');
    expect(await ports.clock.runUntil(codeOf(upload.completed()))).toBe('NETWORK');
  });
});

describe('credentials', () => {
  it('are renewed once for three refused segments', async () => {
    let valid = false;
    const { ports, store } = await portsWith({ bytes: 6 * SEGMENT_SIZE }, ({ method, key }) =>
      !valid && method === 'put' && !MANIFEST.test(key) ? 'AUTH_REQUIRED' : undefined,
    );
    let renewals = 0;
    const engine = await startOn(ports, {
      blobStore: store,
      refreshAuth: async () => {
        renewals += 1;
        await new Promise<void>((resolve) => void ports.clock.after(200, resolve));
        valid = true;
      },
    });
    const upload = await engine.add('/a.mp4', {}, { videoId: 'a' });
    await ports.clock.runUntil(upload.completed());
    expect(renewals).toBe(1);
    expect(engine.report().bytesResent).toBe(3 * SEGMENT_SIZE);
  });

  it('that nobody can renew make the upload wait, not fail, until it is resumed', async () => {
    let valid = false;
    const { ports, store } = await portsWith({ bytes: 3 * SEGMENT_SIZE }, ({ method, key }) =>
      !valid && method === 'put' && key.endsWith('/2') ? 'AUTH_REQUIRED' : undefined,
    );
    const engine = await startOn(ports, { blobStore: store });
    const upload = await engine.add('/a.mp4', {}, { videoId: 'a' });
    await ports.clock.advance(HOUR_MS);
    expect(upload.state()).toMatchObject({ status: 'waiting', reason: 'auth', error: { code: 'AUTH_REQUIRED' } });
    expect(upload.item()).toMatchObject({ retryCount: 0, acknowledgedBytes: 2 * SEGMENT_SIZE });
    valid = true;
    await upload.resume();
    await ports.clock.runUntil(upload.completed());
    expect(engine.report().bytesResent).toBe(SEGMENT_SIZE);
  });

  it('that are renewed in vain are not renewed for ever', async () => {
    const { ports, store } = await portsWith({ bytes: SEGMENT_SIZE }, ({ method }) => (method === 'put' ? 'AUTH_REQUIRED' : undefined));
    let renewals = 0;
    const refreshAuth = async (): Promise<void> => {
      renewals += 1;
    };
    const engine = await startOn(ports, { blobStore: store, refreshAuth });
    const upload = await engine.add('/a.mp4');
    await ports.clock.advance(HOUR_MS);
    expect(upload.state()).toMatchObject({ status: 'waiting', reason: 'auth' });
    expect(renewals).toBe(2);
  });
});

describe('a disk that is full', () => {
  it('makes the upload wait where the journal cannot be written, loses nothing, and goes on', async () => {
    const { ports, store } = await portsWith({ bytes: 10 * SEGMENT_SIZE });
    let full = false;
    const engine = await startOn(ports, {
      blobStore: store,
      keyValueStore: scriptedRecords(ports.keyValueStore, () => (full ? 'STORAGE_FULL' : undefined)),
    });
    const upload = await engine.add('/a.mp4', {}, { videoId: 'a' });
    const off = upload.on('segment', () => {
      full = true;
    });
    await ports.clock.advance(60_000);
    off();
    expect(upload.state()).toMatchObject({ status: 'waiting', reason: 'storage', error: { code: 'STORAGE_FULL' } });
    full = false;
    await ports.clock.runUntil(upload.completed());
    expect(engine.report().bytesResent).toBe(0);
    expect(await isWhole(ports, 'a', '/a.mp4')).toBe(true);
  });

  it('in the bucket makes the upload wait too', async () => {
    let full = true;
    const { ports, store } = await portsWith({ bytes: 2 * SEGMENT_SIZE }, ({ method }) =>
      full && method === 'put' ? 'STORAGE_FULL' : undefined,
    );
    const engine = await startOn(ports, { blobStore: store });
    const upload = await engine.add('/a.mp4');
    await ports.clock.advance(HOUR_MS);
    expect(upload.state()).toMatchObject({ status: 'waiting', reason: 'storage' });
    full = false;
    await upload.retry();
    await ports.clock.runUntil(upload.completed());
  });

  it('is told by add, which leaves nothing behind', async () => {
    const { ports } = await portsWith({ bytes: SEGMENT_SIZE });
    const engine = await startOn(ports, {
      keyValueStore: scriptedRecords(ports.keyValueStore, (key) => (key.includes('/item/') ? 'STORAGE_FULL' : undefined)),
    });
    expect(await codeOf(engine.add('/a.mp4'))).toBe('STORAGE_FULL');
    expect(engine.list()).toEqual([]);
  });
});

describe('answers that are lost', () => {
  it('cost no second manifest, whichever answer it was', async () => {
    const { ports, store } = await portsWith({ bytes: 3 * SEGMENT_SIZE }, ({ method, nth }) =>
      method === 'put' && nth === 0 ? { lost: 'NETWORK' } : undefined,
    );
    const engine = await startOn(ports, { blobStore: store });
    const upload = await engine.add('/a.mp4', {}, { videoId: 'a' });
    const manifest = await ports.clock.runUntil(upload.completed());
    expect(manifest.uploadId).toBe(upload.id);
    expect(await isWhole(ports, 'a', '/a.mp4')).toBe(true);
    expect((await ports.blobKeys()).filter((key) => MANIFEST.test(key))).toEqual(['a/manifest.json']);
  });

  it('of another upload under the same name are told before anything is sent', async () => {
    const { ports } = await portsWith({ bytes: 3 * SEGMENT_SIZE });
    const first = await startOn(ports);
    await ports.clock.runUntil((await first.add('/a.mp4', {}, { videoId: 'a' })).completed());
    await first.stop();
    const store = scripted(ports.blobStore, () => undefined);
    const engine = await startOn(ports, { scope: 'bert', blobStore: store });
    const upload = await engine.add('/a.mp4', {}, { videoId: 'a' });
    expect(await ports.clock.runUntil(codeOf(upload.completed()))).toBe('VIDEO_EXISTS');
    expect(store.asked.filter(({ method }) => method === 'put')).toEqual([]);
  });
});
