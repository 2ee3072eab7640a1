/** Pause, resume, cancel, retry, priorities, handles, and the engine's own start, stop and erase. */
import { describe, expect, it } from 'vitest';
import { ReelwayError } from '../../src/errors/index.js';
import { createTestPorts, type TestPorts } from '../../src/testing/index.js';
import type { UploadEngine, UploadHandle } from '../../src/upload/index.js';
import { type Asked, codeOf, engineOn, isWhole, portsWith, SEGMENT_SIZE, scripted, scriptedRecords, startOn, unlisted } from './support.js';

/** A store in which every put takes 100 ms. */
function slow(ports: TestPorts): TestPorts['blobStore'] {
  const { blobStore, clock } = ports;
  return {
    ...blobStore,
    put: async (key, body, options) => {
      await new Promise<void>((resolve) => void clock.after(100, resolve));
      return blobStore.put(key, body, options);
    },
  };
}

async function slowUpload(
  bytes = 20 * SEGMENT_SIZE,
): Promise<{ ports: TestPorts; engine: UploadEngine; upload: UploadHandle; asked: Asked[] }> {
  const ports = createTestPorts();
  await ports.addFile('/a.mp4', bytes);
  const store = scripted(slow(ports), () => undefined);
  const engine = await startOn(ports, { blobStore: store });
  const upload = await engine.add('/a.mp4', {}, { videoId: 'a' });
  return { ports, engine, upload, asked: store.asked };
}

describe('pause and resume', () => {
  it('keep every acknowledged byte, also over a restart', async () => {
    const { ports, upload, asked } = await slowUpload();
    await ports.clock.advance(350);
    expect(upload.progress().acknowledgedSegments).toBe(9);
    await ports.clock.runUntil(upload.pause());
    expect(upload.state()).toEqual({ status: 'paused' });
    const puts = asked.length;
    await ports.clock.advance(60_000);
    expect(asked.length).toBe(puts);
    const next = ports.restart();
    const engine = await startOn(next);
    await next.clock.advance(60_000);
    expect(engine.get(upload.id).item()).toMatchObject({ status: 'paused', acknowledgedBytes: 9 * SEGMENT_SIZE });
    await engine.idle();
    await engine.get(upload.id).resume();
    await next.clock.runUntil(engine.get(upload.id).completed());
    expect(engine.report().bytesSent).toBeLessThanOrEqual(11 * SEGMENT_SIZE);
    expect(await isWhole(next, 'a', '/a.mp4')).toBe(true);
  });

  it('may come in any order and number', async () => {
    const { ports, upload } = await slowUpload(6 * SEGMENT_SIZE);
    await ports.clock.advance(50);
    await Promise.all([ports.clock.runUntil(upload.pause()), upload.pause()]);
    await upload.resume();
    await upload.resume();
    await ports.clock.runUntil(upload.completed());
    expect(await codeOf(upload.pause())).toBe('INVALID_STATE');
    expect(await codeOf(upload.retry())).toBe('INVALID_STATE');
    expect(await codeOf(upload.cancel())).toBe('INVALID_STATE');
  });
});

describe('cancel', () => {
  it.each(['listed', 'unlisted'])('removes everything that was written, from a store that is %s, and what lands late', async (kind) => {
    const ports = createTestPorts();
    await ports.addFile('/a.mp4', 20 * SEGMENT_SIZE);
    const base = kind === 'listed' ? slow(ports) : unlisted(slow(ports));
    const engine = await startOn(ports, { blobStore: base });
    const upload = await engine.add('/a.mp4', {}, { videoId: 'a' });
    const done = codeOf(upload.completed());
    await ports.clock.advance(350);
    expect((await ports.blobKeys()).length).toBeGreaterThan(8);
    await ports.clock.runUntil(upload.cancel());
    expect(await done).toBe('UPLOAD_CANCELED');
    expect(await ports.blobKeys()).toEqual([]);
    expect(engine.list().map(({ status }) => status)).toEqual(['canceled']);
    await ports.blobStore.put(`a/${upload.id}/9`, { kind: 'bytes', sizeBytes: 1, bytes: new Uint8Array(1) }, { contentType: 'x/y' });
    await ports.clock.advance(200_000);
    expect(await ports.blobKeys()).toEqual([]);
    expect(engine.list()).toEqual([]);
    expect((await ports.keyValueStore.keys('')).filter((key) => key.includes(upload.id))).toEqual([]);
    expect(() => engine.get(upload.id)).toThrow(expect.objectContaining({ code: 'UPLOAD_NOT_FOUND' }));
  });

  it('is durable: a kill after it leaves a tombstone that the next start sweeps', async () => {
    const { ports, upload } = await slowUpload();
    await ports.clock.advance(350);
    await ports.clock.runUntil(upload.cancel());
    const next = ports.restart();
    await next.blobStore.put(`a/${upload.id}/19`, { kind: 'bytes', sizeBytes: 1, bytes: new Uint8Array(1) }, { contentType: 'x/y' });
    const engine = await startOn(next);
    await next.clock.advance(200_000);
    expect(await next.blobKeys()).toEqual([]);
    expect(engine.list()).toEqual([]);
  });

  it('goes on sweeping where the network is away, and warns', async () => {
    let dead = false;
    const { ports, store } = await portsWith({ bytes: 4 * SEGMENT_SIZE }, () => (dead ? 'NETWORK' : undefined));
    const engine = await startOn(ports, { blobStore: store });
    const warnings: string[] = [];
    engine.on('warning', ({ error }) => warnings.push(error.code));
    const upload = await engine.add('/a.mp4', {}, { videoId: 'a' });
    upload.on('segment', () => {
      dead = true;
    });
    await ports.clock.advance(100);
    await ports.clock.runUntil(upload.cancel());
    expect((await ports.blobKeys()).length).toBeGreaterThan(0);
    dead = false;
    await ports.clock.advance(600_000);
    expect(await ports.blobKeys()).toEqual([]);
    expect(warnings).toContain('NETWORK');
  });

  it("leaves another upload's manifest alone", async () => {
    const { ports } = await portsWith({ bytes: SEGMENT_SIZE });
    const first = await startOn(ports);
    await ports.clock.runUntil((await first.add('/a.mp4', {}, { videoId: 'a' })).completed());
    await first.stop();
    const engine = await startOn(ports, { scope: 'bert' });
    const upload = await engine.add('/a.mp4', {}, { videoId: 'a' });
    expect(await ports.clock.runUntil(codeOf(upload.completed()))).toBe('VIDEO_EXISTS');
    await ports.clock.runUntil(upload.cancel());
    expect(await isWhole(ports, 'a', '/a.mp4')).toBe(true);
  });
});

describe('priorities', () => {
  it('give the next free slot to the most urgent upload', async () => {
    const { ports, engine, asked } = await slowUpload();
    await ports.addFile('/b.mp4', 4 * SEGMENT_SIZE);
    await ports.clock.advance(150);
    const urgent = await engine.add('/b.mp4', {}, { videoId: 'b', priority: 'high' });
    await ports.clock.advance(100);
    const before = asked.filter(({ method, key }) => method === 'put' && key.startsWith('a/')).length;
    await ports.clock.runUntil(urgent.completed());
    const puts = asked.filter(({ method }) => method === 'put').map(({ key }) => key.slice(0, 1));
    const first = puts.indexOf('b');
    expect(puts.slice(first, first + 3)).toEqual(['b', 'b', 'b']);
    expect(before).toBeLessThanOrEqual(9);
  });

  it('change under way, durably, and decide the order of the list', async () => {
    const ports = createTestPorts();
    for (const name of ['a', 'b', 'c']) await ports.addFile(`/${name}.mp4`, 2 * SEGMENT_SIZE);
    const engine = await startOn(ports, { conditions: undefined as never, blobStore: slow(ports) });
    engine.configure({ enabled: false });
    for (const name of ['a', 'b', 'c']) {
      await engine.add(`/${name}.mp4`, {}, { videoId: name });
      await ports.clock.advance(10);
    }
    const order = (one: UploadEngine): string =>
      one
        .list()
        .map(({ videoId }) => videoId)
        .join('');
    expect(order(engine)).toBe('abc');
    const last = engine.list()[2] as { readonly id: string };
    await engine.get(last.id).setPriority('high');
    expect(order(engine)).toBe('cab');
    const next = ports.restart();
    const again = await startOn(next, { blobStore: slow(next) });
    expect(order(again)).toBe('cab');
    const finished: string[] = [];
    again.on('status', (state) => void (state.status === 'completed' && finished.push(again.get(state.uploadId).videoId)));
    await next.clock.runUntil(again.idle());
    expect(finished.join('')).toBe('cab');
  });
});

describe('the engine', () => {
  it('keeps two scopes apart', async () => {
    const { ports } = await portsWith({ bytes: SEGMENT_SIZE });
    const anna = await startOn(ports);
    const bert = await startOn(ports, { scope: 'bert' });
    const upload = await anna.add('/a.mp4');
    expect(bert.list()).toEqual([]);
    expect(() => bert.get(upload.id)).toThrow(expect.objectContaining({ code: 'UPLOAD_NOT_FOUND' }));
    await ports.clock.runUntil(upload.completed());
  });

  it('lets one process at a queue, and the next one when it has gone', async () => {
    const { ports } = await portsWith({ bytes: SEGMENT_SIZE });
    const first = await startOn(ports);
    const second = engineOn(ports);
    expect(await codeOf(second.start())).toBe('QUEUE_LOCKED');
    const third = engineOn(ports, { lockWaitMs: 10_000 });
    const waiting = third.start();
    await ports.clock.advance(1_000);
    await first.stop();
    await ports.clock.runUntil(waiting);
    expect(await codeOf(first.start())).toBe('ENGINE_STOPPED');
    expect(await codeOf(first.add('/a.mp4'))).toBe('ENGINE_STOPPED');
    await third.stop();
    await ports.clock.runUntil(second.start());
  });

  it.each([
    ['with a code', new ReelwayError('STORAGE_FULL')],
    ['without one', new RangeError('the disk does not answer')],
  ])('begins no write while its lease cannot be checked, and goes on once it can: an error %s', async (_, failure) => {
    const { ports } = await portsWith({ bytes: 20 * SEGMENT_SIZE });
    let isChecked = true;
    const isHeld = (): boolean => {
      if (isChecked) return true;
      throw failure;
    };
    const lock = { acquire: async () => ({ isHeld, release: async () => undefined }) };
    let writes = 0;
    const keyValueStore = scriptedRecords(ports.keyValueStore, () => {
      writes += 1;
      return undefined;
    });
    const store = scripted(slow(ports), () => undefined);
    const engine = await startOn(ports, { lock, keyValueStore, blobStore: store });
    const warnings: string[] = [];
    engine.on('warning', ({ error }) => warnings.push(error.code));
    const upload = await engine.add('/a.mp4', {}, { videoId: 'a' });
    await ports.clock.advance(150);
    isChecked = false;
    const putsOf = (): number => store.asked.filter(({ method }) => method === 'put').length;
    const before = [putsOf(), writes];
    await ports.clock.advance(600_000);
    expect([putsOf(), writes]).toEqual(before);
    expect(upload.state().status).toBe('waiting');
    isChecked = true;
    await ports.clock.runUntil(upload.completed());
    expect(warnings).not.toContain('QUEUE_LOCKED');
    expect(await isWhole(ports, 'a', '/a.mp4')).toBe(true);
    await engine.stop();
  });

  it('stops all work, with a warning, once its lease is lost', async () => {
    const { ports } = await portsWith({ bytes: 20 * SEGMENT_SIZE });
    let mine = true;
    const lock = { acquire: async () => ({ isHeld: () => mine, release: async () => undefined }) };
    const store = scripted(slow(ports), () => undefined);
    const engine = await startOn(ports, { lock, blobStore: store });
    const warnings: string[] = [];
    engine.on('warning', ({ error }) => warnings.push(error.code));
    const done = codeOf((await engine.add('/a.mp4')).completed());
    await ports.clock.advance(150);
    mine = false;
    await ports.clock.advance(100);
    const asked = store.asked.length;
    await ports.clock.advance(60_000);
    expect(store.asked.length).toBe(asked);
    expect(await done).toBe('QUEUE_LOCKED');
    expect(warnings).toContain('QUEUE_LOCKED');
    expect(await codeOf(engine.add('/a.mp4'))).toBe('ENGINE_STOPPED');
    expect(ports.clock.pendingTimers()).toBe(0);
  });

  it('stops in the middle without timers or losses', async () => {
    const { ports, engine, upload } = await slowUpload();
    await ports.clock.advance(150);
    const done = codeOf(upload.completed());
    await ports.clock.runUntil(engine.stop());
    expect(await done).toBe('ENGINE_STOPPED');
    await ports.clock.advance(1_000);
    expect(ports.clock.pendingTimers()).toBe(0);
    expect(ports.conditions.listeners()).toBe(0);
    const next = ports.restart();
    const again = await startOn(next, { blobStore: slow(next) });
    expect(again.list()[0]).toMatchObject({ status: 'processing', acknowledgedBytes: 3 * SEGMENT_SIZE });
    await next.clock.runUntil(again.idle());
    expect(again.report().bytesSent).toBe(17 * SEGMENT_SIZE);
  });

  it('forgets a scope, here and in the store, and nothing else', async () => {
    const { ports, engine, upload } = await slowUpload();
    await ports.addFile('/b.mp4', SEGMENT_SIZE);
    const bert = await startOn(ports, { scope: 'bert' });
    await ports.clock.runUntil((await bert.add('/b.mp4', {}, { videoId: 'b' })).completed());
    const keys = await ports.keyValueStore.keys('');
    await ports.clock.advance(350);
    await ports.clock.runUntil(engine.erase());
    expect((await ports.blobKeys()).filter((key) => key.startsWith('a/'))).toEqual([]);
    const left = await ports.keyValueStore.keys('');
    expect(left.filter((key) => key.includes(upload.id))).toEqual([]);
    expect(left.length).toBeLessThan(keys.length);
    expect(left.length).toBeGreaterThan(0);
    expect(bert.list()).toHaveLength(1);
  });

  it('withdraws what a failed write has left of an upload that was not added', async () => {
    const { ports } = await portsWith({ bytes: SEGMENT_SIZE });
    const { keyValueStore } = ports;
    const halfway = {
      ...keyValueStore,
      set: async (key: string, value: string) => {
        await keyValueStore.set(key, value);
        if (key.includes('/item/')) throw new Error('the answer was lost');
      },
    };
    const engine = await startOn(ports, { keyValueStore: halfway });
    expect(await codeOf(engine.add('/a.mp4'))).toBe('STORAGE_UNAVAILABLE');
    await engine.stop();
    const again = await startOn(ports.restart());
    expect(again.list()).toEqual([]);
  });

  it('obeys the policy for metered networks and empty batteries', async () => {
    const { ports } = await portsWith({ bytes: 2 * SEGMENT_SIZE });
    const engine = await startOn(ports);
    engine.configure({ policy: { allowMetered: false } });
    ports.conditions.set({ metered: true });
    const upload = await engine.add('/a.mp4');
    await ports.clock.advance(1_000);
    expect(upload.state()).toEqual({ status: 'waiting', reason: 'metered' });
    ports.conditions.set({ metered: false, batteryLevel: 0.03, charging: false });
    await ports.clock.advance(1_000);
    expect(upload.state()).toEqual({ status: 'waiting', reason: 'power' });
    expect(upload.item()).toMatchObject({ status: 'waiting', waitingFor: 'power' });
    ports.conditions.set({ charging: true });
    await ports.clock.runUntil(upload.completed());
  });

  it('remembers the last hundred completed uploads', async () => {
    const ports = createTestPorts();
    await ports.addFile('/a.mp4', 10);
    const engine = await startOn(ports);
    const ids: string[] = [];
    for (let n = 0; n < 103; n += 1) {
      const upload = await engine.add('/a.mp4');
      ids.push(upload.id);
      await ports.clock.runUntil(upload.completed());
      await ports.clock.advance(1);
    }
    expect(engine.list()).toHaveLength(100);
    expect(engine.list()[0]?.id).toBe(ids[3]);
    const items = (await ports.keyValueStore.keys('')).filter((key) => key.includes('/item/'));
    expect(items.length).toBeLessThanOrEqual(200);
    expect((await ports.keyValueStore.keys('')).filter((key) => key.includes('/page/'))).toEqual([]);
    const manifest = await ports.clock.runUntil(engine.get(ids[50] as string).completed());
    expect(manifest.uploadId).toBe(ids[50]);
  });

  it('speaks the words that the app gave it, and survives listeners that throw', async () => {
    const { ports, store } = await portsWith({ bytes: SEGMENT_SIZE }, ({ method }) => (method === 'put' ? 'FORBIDDEN' : undefined));
    const engine = await startOn(ports, { blobStore: store, messages: { FORBIDDEN: 'Verboten.', SOURCE_NOT_FOUND: 'Weg: {path}' } });
    const warnings: string[] = [];
    engine.on('warning', ({ error }) => warnings.push(error.code));
    const upload = await engine.add('/a.mp4');
    upload.on('status', () => {
      throw new Error('a bug of the app');
    });
    await expect(ports.clock.runUntil(upload.completed())).rejects.toMatchObject({ code: 'FORBIDDEN', userMessage: 'Verboten.' });
    await expect(engine.add('/nowhere')).rejects.toMatchObject({ userMessage: 'Weg: /nowhere' });
    expect(warnings).toContain('INTERNAL');
  });

  it('tells progress that never falls and is 1 only at the end', async () => {
    const { ports, engine, upload } = await slowUpload();
    const seen: number[] = [];
    engine.on('progress', ({ fraction, bytesPerSecond, remainingMs }) => {
      seen.push(fraction);
      expect(bytesPerSecond === undefined || bytesPerSecond >= 0).toBe(true);
      expect(remainingMs === undefined || remainingMs >= 0).toBe(true);
    });
    await ports.clock.runUntil(upload.completed());
    expect([...seen].sort((one, other) => one - other)).toEqual(seen);
    expect(seen.filter((fraction) => fraction === 1).length).toBeGreaterThan(0);
    expect(seen.length).toBeLessThan(15);
    expect(upload.progress().bytesPerSecond).toBeGreaterThan(10 * SEGMENT_SIZE);
  });

  it('lets a signal end the waiting and nothing else', async () => {
    const { ports, upload, engine } = await slowUpload();
    const control = new AbortController();
    const waiting = upload.completed({ signal: control.signal });
    const idle = engine.idle({ signal: control.signal });
    control.abort(new Error('left the screen'));
    await expect(waiting).rejects.toThrow('left the screen');
    await expect(idle).rejects.toThrow('left the screen');
    await ports.clock.runUntil(upload.completed());
  });
});
