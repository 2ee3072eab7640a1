/** A store whose puts the operating system goes on with after the process has gone: waited for, looked for, never doubled, never lost. */
import { describe, expect, it } from 'vitest';
import { ReelwayError } from '../../src/errors/index.js';
import type { BlobInfo, BlobStore, PutOptions } from '../../src/ports/index.js';
import { createTestPorts, type TestPorts } from '../../src/testing/index.js';
import { rawPackaging, type UploadEngine, type UploadEngineOptions } from '../../src/upload/index.js';
import { engineOn, isWhole, MANIFEST } from './support.js';

const SEGMENT = 1_000;
const packaging = rawPackaging({ segmentBytes: SEGMENT });

interface Load {
  readonly path: string;
  readonly options: PutOptions;
  readonly settle: { resolve(info: BlobInfo): void; reject(error: unknown): void };
}

/** An operating system that carries files: at once, or when it is told to. */
class Native {
  ports: TestPorts;
  /** Which keys it keeps until it is told. */
  holds: (key: string) => boolean = () => false;
  /** Whether an abort stops it. */
  stops = true;
  attests = true;
  readonly loads = new Map<string, Load>();
  readonly puts: string[] = [];
  readonly paths: string[] = [];
  readonly heads: string[] = [];
  asked = 0;
  failsToTell = false;
  private bucket: BlobStore | undefined;

  constructor() {
    this.ports = createTestPorts({ wrapBlobStore: (bucket) => this.over(bucket) });
  }

  /** The app is killed and started again. */
  restart(): void {
    this.ports = this.ports.restart();
  }

  engine(more: Partial<UploadEngineOptions> = {}): UploadEngine {
    const fileSystem = { ...this.ports.fileSystem, nativePaths: true };
    return engineOn(this.ports, { packaging, fileSystem, stagingDirectory: '/staging', ...more });
  }

  async start(more: Partial<UploadEngineOptions> = {}): Promise<UploadEngine> {
    const engine = this.engine(more);
    await this.ports.clock.runUntil(engine.start());
    return engine;
  }

  /** It has brought a file to the bucket. */
  async finish(key: string, change: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes): Promise<void> {
    const load = this.loads.get(key);
    if (load === undefined) throw new Error(`${key} is not carried`);
    const bytes = change((await this.ports.readFile(load.path)) ?? new Uint8Array());
    const { hashes: _hashes, signal: _signal, ...options } = load.options;
    const info = await this.bucket?.put(key, { kind: 'bytes', sizeBytes: bytes.length, bytes }, options);
    this.loads.delete(key);
    load.settle.resolve({ key, sizeBytes: info?.sizeBytes ?? 0, hashes: {} });
  }

  /** It has given up. */
  drop(key: string): void {
    const load = this.loads.get(key);
    this.loads.delete(key);
    load?.settle.reject(new ReelwayError('NETWORK', { message: 'dropped' }));
  }

  async staged(): Promise<string[]> {
    const [folder] = await this.ports.fileSystem.list('/staging');
    return folder === undefined ? [] : (await this.ports.fileSystem.list(`/staging/${folder}`)).map((name) => `/staging/${folder}/${name}`);
  }

  private over(bucket: BlobStore): BlobStore {
    this.bucket = bucket;
    return {
      ...bucket,
      accepts: ['file'],
      put: (key, body, options) => this.take(key, body.kind === 'file' ? body.path : '', options),
      head: async (key, signal) => {
        this.heads.push(key);
        const info = await bucket.head(key, signal);
        return info === undefined || this.attests ? info : { ...info, hashes: {} };
      },
      pending: async () => {
        this.asked += 1;
        if (this.failsToTell) throw new ReelwayError('UNAVAILABLE', { message: 'by script' });
        return [...this.loads.keys()];
      },
    };
  }

  private take(key: string, path: string, options: PutOptions): Promise<BlobInfo> {
    this.puts.push(key);
    this.paths.push(path);
    return new Promise((resolve, reject) => {
      this.loads.set(key, { path, options, settle: { resolve, reject } });
      const stop = (): void => {
        if (this.stops) this.loads.delete(key);
        reject(options.signal?.reason);
      };
      if (options.signal?.aborted) stop();
      else options.signal?.addEventListener('abort', stop);
      if (!this.holds(key)) void this.finish(key);
    });
  }
}

const segmentOf = (key: string): string => key.split('/').pop() ?? '';

/** A life that was killed while the operating system carried three of five segments. */
async function killed(setUp: (native: Native) => void = () => undefined): Promise<{ native: Native; keys: string[]; uploadId: string }> {
  const native = new Native();
  setUp(native);
  native.holds = (key) => !MANIFEST.test(key);
  await native.ports.addFile('/a.mp4', 5 * SEGMENT);
  const engine = await native.start();
  const { id } = await native.ports.clock.runUntil(engine.add('/a.mp4', {}, { videoId: 'v' }));
  await native.ports.clock.advance(1_000);
  expect([...native.loads.keys()].map(segmentOf)).toEqual(['0', '1', '2']);
  native.restart();
  return { native, keys: [...native.loads.keys()], uploadId: id };
}

async function ends(native: Native, engine: UploadEngine): Promise<string | undefined> {
  await native.ports.clock.runUntil(engine.idle());
  return engine.list()[0]?.status;
}

describe('what the operating system carries over a kill', () => {
  it('is waited for, then taken for stored, and never sent again', async () => {
    const { native, keys } = await killed();
    const engine = await native.start();
    await native.ports.clock.advance(60_000);
    expect(native.puts).toHaveLength(3);
    native.holds = () => false;
    for (const key of [...keys].reverse()) await native.finish(key);
    expect(await ends(native, engine)).toBe('completed');
    expect(native.puts.map(segmentOf)).toEqual(['0', '1', '2', '3', '4', 'manifest.json']);
    expect(await isWhole(native.ports, 'v', '/a.mp4')).toBe(true);
    expect(await native.staged()).toEqual([]);
  });

  it('is not sent again either where it ended before the start', async () => {
    const { native, keys } = await killed();
    for (const key of keys) await native.finish(key);
    native.holds = () => false;
    const engine = await native.start();
    expect(await ends(native, engine)).toBe('completed');
    expect(native.puts.map(segmentOf)).toEqual(['0', '1', '2', '3', '4', 'manifest.json']);
    expect(await native.staged()).toEqual([]);
  });

  it('is sent again once it was dropped', async () => {
    const { native, keys } = await killed();
    const engine = await native.start();
    native.holds = () => false;
    native.drop(keys[1] ?? '');
    await native.ports.clock.advance(60_000);
    expect(native.puts.slice(3).map(segmentOf)).toEqual(['1', '3', '4']);
    for (const key of [keys[0], keys[2]]) await native.finish(key ?? '');
    expect(await ends(native, engine)).toBe('completed');
    expect(await isWhole(native.ports, 'v', '/a.mp4')).toBe(true);
  });

  it.each([
    ['is shorter', true, (bytes: Uint8Array) => bytes.slice(1)],
    ['is attested to be other bytes', true, (bytes: Uint8Array) => bytes.map((byte) => byte ^ 1)],
    ['reads as other bytes, where nothing is attested', false, (bytes: Uint8Array) => bytes.map((byte) => byte ^ 1)],
  ])('is sent again where what arrived %s', async (_what, attests, change) => {
    const { native, keys } = await killed((one) => {
      one.attests = attests;
    });
    for (const key of keys) await native.finish(key, key === keys[1] ? change : undefined);
    native.holds = () => false;
    const engine = await native.start();
    expect(await ends(native, engine)).toBe('completed');
    expect(native.puts.filter((key) => key === keys[1])).toHaveLength(2);
    expect(native.puts.filter((key) => key === keys[0])).toHaveLength(1);
    expect(await isWhole(native.ports, 'v', '/a.mp4')).toBe(true);
  });

  it('is asked for again as soon as the device changes', async () => {
    const { native, keys } = await killed();
    const engine = await native.start();
    await native.ports.clock.advance(120_000);
    for (const key of keys) await native.finish(key);
    native.holds = () => false;
    native.ports.conditions.set({ foreground: false });
    await native.ports.clock.advance(200);
    expect(engine.list()[0]?.status).toBe('completed');
  });

  it('is asked for ever more rarely, by one question for all who wait', async () => {
    const { native } = await killed();
    await native.start();
    const before = native.asked;
    await native.ports.clock.advance(300_000);
    expect(native.asked - before).toBeLessThan(25);
  });

  it('is sent again, from a file of its own, when it stays for ten minutes', async () => {
    const { native } = await killed();
    const engine = await native.start();
    const carried = await native.staged();
    native.holds = () => false;
    await native.ports.clock.advance(590_000);
    expect(native.puts).toHaveLength(3);
    expect(await native.staged()).toEqual(carried);
    expect(await ends(native, engine)).toBe('completed');
    expect(native.puts.slice(3).map(segmentOf).sort()).toEqual(['0', '1', '2', '3', '4', 'manifest.json']);
    expect(new Set(native.paths).size).toBe(native.paths.length);
  });

  it('keeps its file at the start, when all others go', async () => {
    const { native, keys } = await killed();
    const carried = await native.staged();
    await native.ports.addFile(`${carried[0]?.replace(/[^/]*$/, '')}left-over`, 5);
    native.drop(keys[0] ?? '');
    native.holds = () => true;
    await native.start();
    await native.ports.clock.advance(0);
    const kept = await native.staged();
    expect(kept.filter((path) => carried.includes(path))).toHaveLength(2);
    expect(kept.some((path) => path.endsWith('left-over'))).toBe(false);
  });

  it('is nobody else’s business: an upload of this life is not looked for', async () => {
    const native = new Native();
    await native.ports.addFile('/a.mp4', 5 * SEGMENT);
    const engine = await native.start();
    const upload = await native.ports.clock.runUntil(engine.add('/a.mp4', {}, { videoId: 'v' }));
    await native.ports.clock.runUntil(upload.completed());
    expect(native.heads.filter((key) => key.includes(upload.id))).toEqual([]);
    expect(native.asked).toBeLessThanOrEqual(3);
  });

  it('is looked for no further than a window was wide', async () => {
    const native = new Native();
    await native.ports.addFile('/a.mp4', 200 * SEGMENT);
    native.holds = () => true;
    const engine = await native.start();
    await native.ports.clock.runUntil(engine.add('/a.mp4', {}, { videoId: 'v' }));
    native.restart();
    native.loads.clear();
    native.holds = () => false;
    native.heads.length = 0;
    const next = await native.start();
    await native.ports.clock.runUntil(next.idle());
    const looked = native.heads.filter((key) => !MANIFEST.test(key)).length;
    expect(looked).toBeGreaterThanOrEqual(64);
    expect(looked).toBeLessThanOrEqual(64 + 3);
  });
});

describe('within one life', () => {
  it('an aborted put that goes on is waited for, and its file stays', async () => {
    const native = new Native();
    native.stops = false;
    native.holds = (key) => !MANIFEST.test(key);
    await native.ports.addFile('/a.mp4', 5 * SEGMENT);
    const engine = await native.start();
    const upload = await native.ports.clock.runUntil(engine.add('/a.mp4', {}, { videoId: 'v' }));
    await native.ports.clock.advance(1_000);
    const staged = await native.staged();
    await native.ports.clock.runUntil(upload.pause());
    expect(await native.staged()).toEqual(staged);
    await native.ports.clock.runUntil(upload.resume());
    await native.ports.clock.advance(30_000);
    expect(native.puts).toHaveLength(3);
    for (const key of [...native.loads.keys()]) await native.finish(key);
    native.holds = () => false;
    expect(await ends(native, engine)).toBe('completed');
    expect(native.puts).toHaveLength(6);
    expect(await native.staged()).toEqual([]);
  });

  it('a store that cannot tell is asked again, and files stay meanwhile', async () => {
    const { native } = await killed();
    const carried = await native.staged();
    native.failsToTell = true;
    const warnings: string[] = [];
    const engine = native.engine();
    engine.on('warning', ({ error }) => warnings.push(error.code));
    await native.ports.clock.runUntil(engine.start());
    expect(warnings).toEqual(['UNAVAILABLE']);
    await native.ports.clock.advance(2_000);
    expect(native.puts).toHaveLength(3);
    expect(await native.staged()).toEqual(carried);
    native.failsToTell = false;
    native.holds = () => false;
    for (const key of [...native.loads.keys()]) await native.finish(key);
    expect(await ends(native, engine)).toBe('completed');
    expect(native.puts).toHaveLength(6);
  });

  it('a manifest that is carried is waited for as well', async () => {
    const native = new Native();
    native.stops = false;
    native.holds = (key) => MANIFEST.test(key);
    await native.ports.addFile('/a.mp4', 2 * SEGMENT);
    const engine = await native.start();
    await native.ports.clock.runUntil(engine.add('/a.mp4', {}, { videoId: 'v' }));
    await native.ports.clock.advance(5_000);
    expect([...native.loads.keys()]).toEqual(['v/manifest.json']);
    native.restart();
    const next = await native.start();
    await native.ports.clock.advance(60_000);
    expect(native.puts).toHaveLength(3);
    await native.finish('v/manifest.json');
    expect(await ends(native, next)).toBe('completed');
    expect(native.puts).toHaveLength(3);
  });

  it('leaves no timer behind when it stops while it waits', async () => {
    const { native } = await killed();
    const engine = await native.start();
    await native.ports.clock.advance(10_000);
    await native.ports.clock.runUntil(engine.stop());
    expect(native.ports.clock.pendingTimers()).toBe(0);
  });
});

describe('a cancel while the operating system carries', () => {
  it('removes what is there now, and what lands later', async () => {
    const { native, keys, uploadId } = await killed();
    const engine = await native.start();
    await native.finish(keys[0] ?? '');
    await native.ports.clock.runUntil(engine.get(uploadId).cancel());
    expect(await native.ports.blobKeys()).toEqual([]);
    await native.ports.clock.advance(3_600_000);
    expect(engine.list().map(({ status }) => status)).toEqual(['canceled']);
    for (const key of keys.slice(1)) await native.finish(key);
    expect(await native.ports.blobKeys()).toHaveLength(2);
    await native.ports.clock.advance(3_600_000);
    expect(await native.ports.blobKeys()).toEqual([]);
    expect(engine.list()).toEqual([]);
  });

  it('at a sign-out leaves no file and no path, and a tombstone for what lands', async () => {
    const { native, keys } = await killed();
    const engine = native.engine();
    const warnings: string[] = [];
    engine.on('warning', ({ error }) => warnings.push(error.code));
    await native.ports.clock.runUntil(engine.start());
    await native.ports.clock.runUntil(engine.erase());
    expect(warnings).toEqual(['UNAVAILABLE']);
    expect(await native.staged()).toEqual([]);
    const records = await Promise.all((await native.ports.keyValueStore.keys('')).map((key) => native.ports.keyValueStore.get(key)));
    expect(records.join('\n')).not.toContain('/a.mp4');
    native.ports.addFile(native.loads.get(keys[0] ?? '')?.path ?? '', 10);
    await native.finish(keys[0] ?? '');
    native.loads.clear();
    const next = await native.start();
    await native.ports.clock.advance(3_600_000);
    expect(await native.ports.blobKeys()).toEqual([]);
    expect(next.list()).toEqual([]);
  });
});
