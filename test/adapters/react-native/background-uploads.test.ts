/** The upload engine over a system that goes on with its files: killed, finished natively, launched again. */
import { describe, expect, test } from 'vitest';
import { parseManifest, segmentsOf } from '../../../src/core/index.js';
import { createTestPorts, type TestPorts } from '../../../src/testing/index.js';
import type { UploadEngine, UploadEngineOptions } from '../../../src/upload/index.js';
import { createUploaderPhone, type UploaderPhone } from '../../fakes/background-uploader.js';
import { engineOn, MANIFEST, SEGMENT_SIZE } from '../../upload/support.js';
import { type Bucket, createBucket, storeOn, uploaderOf } from './support.js';

const SEGMENTS = 6;
const BYTES = (SEGMENTS - 1) * SEGMENT_SIZE + 123;

class App {
  ports: TestPorts = createTestPorts();
  readonly bucket: Bucket = createBucket();
  readonly phone: UploaderPhone;

  constructor(platform: 'ios' | 'android') {
    this.phone = createUploaderPhone({
      platform,
      read: (path) => this.ports.readFile(path),
      server: (request) => this.bucket.carried(request),
    });
  }

  async launch(more: Partial<UploadEngineOptions> = {}): Promise<UploadEngine> {
    const blobStore = storeOn(this.bucket, uploaderOf(this.phone.launch()));
    const fileSystem = { ...this.ports.fileSystem, nativePaths: true };
    const engine = engineOn(this.ports, { fileSystem, blobStore, stagingDirectory: '/staging', ...more });
    await this.ports.clock.runUntil(engine.start());
    return engine;
  }

  kill(): void {
    this.phone.kill();
    this.ports = this.ports.restart();
  }

  async staged(): Promise<string[]> {
    const [folder] = await this.ports.fileSystem.list('/staging');
    return folder === undefined ? [] : this.ports.fileSystem.list(`/staging/${folder}`);
  }

  /** Runs until the phone carries so many uploads. */
  async untilUnderWay(count: number): Promise<void> {
    for (let turn = 0; turn < 2_000 && this.phone.underWay().length < count; turn += 1) await this.ports.clock.advance(1);
    expect(this.phone.underWay()).toHaveLength(count);
  }

  doubled(): string[] {
    const { puts } = this.bucket;
    return puts.filter((key, at) => puts.indexOf(key) !== at);
  }

  async isWhole(videoId: string): Promise<boolean> {
    const key = [...this.bucket.blobs.keys()].find((name) => MANIFEST.test(name) && name.includes(videoId));
    const manifest = parseManifest(this.bucket.blobs.get(key ?? '') ?? new Uint8Array());
    const parts = [...segmentsOf(manifest)].map(({ url }) => this.bucket.blobs.get(`${(key ?? '').replace(/[^/]*$/, '')}${url}`));
    return (
      parts.every((part) => part !== undefined) &&
      Buffer.concat(parts as Uint8Array[]).equals((await this.ports.readFile('/a.mp4')) ?? new Uint8Array())
    );
  }
}

async function killed(platform: 'ios' | 'android'): Promise<App> {
  const app = new App(platform);
  await app.ports.addFile('/a.mp4', BYTES);
  const engine = await app.launch();
  await app.ports.clock.runUntil(engine.add('/a.mp4', {}, { videoId: 'v1' }));
  await app.untilUnderWay(3);
  expect(await app.staged()).toHaveLength(3);
  app.kill();
  return app;
}

async function completed(app: App, engine: UploadEngine): Promise<void> {
  app.phone.automatic = true;
  await app.phone.carryAll();
  const [item] = await engine.list();
  const handle = await engine.get(item?.id ?? '');
  await app.ports.clock.runUntil(handle?.completed() ?? Promise.reject(new Error('the upload is gone')));
}

describe('iOS', () => {
  test('finishes three files while the app is dead: none is put twice, none is lost, and nothing stays staged', async () => {
    const app = await killed('ios');
    await app.phone.carryAll();
    expect(app.bucket.puts).toHaveLength(3);
    const engine = await app.launch();
    await completed(app, engine);
    expect(app.doubled()).toEqual([]);
    expect(app.bucket.puts.filter((key) => !MANIFEST.test(key))).toHaveLength(SEGMENTS);
    expect(await app.isWhole('v1')).toBe(true);
    await app.ports.clock.runUntil(engine.stop());
    expect(await app.staged()).toEqual([]);
  });

  test('still carries three files at the launch: they stay staged until they are over, and none is put beside them', async () => {
    const app = await killed('ios');
    const staged = await app.staged();
    const engine = await app.launch();
    await app.ports.clock.advance(5_000);
    expect(await app.staged()).toEqual(expect.arrayContaining(staged));
    expect(app.bucket.puts).toEqual([]);
    await app.phone.carryAll();
    await completed(app, engine);
    expect(app.doubled()).toEqual([]);
    expect(await app.isWhole('v1')).toBe(true);
  });

  test('is killed at every step of the way, ten times, and nothing is put twice', async () => {
    const app = new App('ios');
    await app.ports.addFile('/a.mp4', BYTES);
    const first = await app.launch();
    await app.ports.clock.runUntil(first.add('/a.mp4', {}, { videoId: 'v1' }));
    for (let life = 0; life < 10; life += 1) {
      await app.ports.clock.advance(life * 7);
      app.kill();
      if (life % 2 === 0) await app.phone.carryAll();
      await app.launch();
      await app.ports.clock.advance(500);
      if (life % 3 === 0) await app.phone.carryAll();
    }
    app.kill();
    const engine = await app.launch();
    await completed(app, engine);
    expect(app.doubled()).toEqual([]);
    expect(await app.isWhole('v1')).toBe(true);
  });
});

describe('Android', () => {
  test('ends with the process: the three are put once by the next one, and its descriptions are gone', async () => {
    const app = await killed('android');
    expect(app.phone.underWay()).toEqual([]);
    const engine = await app.launch();
    await completed(app, engine);
    expect(app.doubled()).toEqual([]);
    expect(await app.isWhole('v1')).toBe(true);
    await app.ports.clock.runUntil(engine.stop());
    expect(await app.staged()).toEqual([]);
  });
});

describe.each(['ios', 'android'] as const)('on %s', (platform) => {
  test('cancel ends what is under way natively, and leaves no blob', async () => {
    const app = new App(platform);
    await app.ports.addFile('/a.mp4', BYTES);
    const engine = await app.launch();
    const handle = await app.ports.clock.runUntil(engine.add('/a.mp4', {}, { videoId: 'v1' }));
    await app.untilUnderWay(3);
    await app.ports.clock.runUntil(handle.cancel());
    await app.ports.clock.advance(600_000);
    expect(app.phone.underWay()).toEqual([]);
    expect(app.bucket.blobs.size).toBe(0);
    expect(await app.staged()).toEqual([]);
  });

  test('more files may be handed over at once than buffers are in memory, so that more goes on while the app is frozen', async () => {
    const app = new App(platform);
    await app.ports.addFile('/a.mp4', BYTES);
    const engine = await app.launch({ limits: { concurrency: SEGMENTS } });
    await app.ports.clock.runUntil(engine.add('/a.mp4', {}, { videoId: 'v1' }));
    await app.untilUnderWay(SEGMENTS);
    expect(await app.staged()).toHaveLength(SEGMENTS);
    await completed(app, engine);
    expect(app.doubled()).toEqual([]);
  });
});
