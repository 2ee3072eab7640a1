/** The code of the migration guide, run. */
import { createUploadEngine, createVideoFetcher, type FileSystem, type UploadEngine } from 'reelway';
import { createTestPorts, type TestPorts } from 'reelway/testing';
import { importOldQueue, type OldQueueReport } from '../src/migrate/import-old-queue';
import { fetchStepByStep, uploadStepByStep } from '../src/migrate/same-names';

const KEY = '@upload_queue';

async function startOn(ports: TestPorts): Promise<UploadEngine> {
  const engine = createUploadEngine({ ...ports, scope: 'ada' });
  await engine.start();
  return engine;
}

/** AsyncStorage, as far as the old queue goes. */
class OldStorage {
  private readonly items: Map<string, string>;

  constructor(items: readonly (readonly [string, string])[]) {
    this.items = new Map(items);
  }

  getItem = async (key: string): Promise<string | null> => this.items.get(key) ?? null;

  removeItem = async (key: string): Promise<boolean> => this.items.delete(key);
}

function run(
  ports: TestPorts,
  engine: UploadEngine,
  storage: OldStorage,
  fileSystem: FileSystem = ports.fileSystem,
): Promise<OldQueueReport> {
  return ports.clock.runUntil(importOldQueue({ storage, key: KEY, engine, fileSystem }));
}

describe('the old calls under their old names', () => {
  it('upload, and bring back what was uploaded', async () => {
    const ports = createTestPorts();
    await ports.addFile('/videos/clip.mp4', 1_500_000);
    const engine = await startOn(ports);
    const manifest = await ports.clock.runUntil(uploadStepByStep(engine, '/videos/clip.mp4'));
    expect(manifest.segmentCount).toBe(3);

    const fetcher = createVideoFetcher({ ...ports, scope: 'ada', cache: { directory: '/caches' } });
    const path = await ports.clock.runUntil(fetchStepByStep(fetcher, `${manifest.videoId}/manifest.json`, manifest.videoId));
    const [sent, brought] = [await ports.readFile('/videos/clip.mp4'), await ports.readFile(path)];
    expect(brought?.length).toBe(1_500_000);
    expect(brought?.findIndex((byte, at) => byte !== sent?.[at])).toBe(-1);
  });
});

describe('the old queue', () => {
  const items = [
    { id: 'video_1', filePath: '/videos/a.mp4', status: 'uploading', priority: 'high', metadata: { title: 'A' } },
    { id: 'video 2/…', filePath: '/videos/b.mp4', status: 'pending', metadata: {} },
    { id: 'video_3', filePath: '/videos/c.mp4', status: 'completed' },
    { id: 'video_4', filePath: '/videos/gone.mp4', status: 'failed' },
  ];

  it('moves what is not up yet, once, and says what is lost', async () => {
    const ports = createTestPorts();
    for (const name of ['a', 'b', 'c']) await ports.addFile(`/videos/${name}.mp4`, 700_000);
    const storage = new OldStorage([[KEY, JSON.stringify(items)]]);
    const engine = await startOn(ports);
    const report = await run(ports, engine, storage);
    expect(report.moved).toHaveLength(2);
    expect(report.lost).toEqual([{ id: 'video_4', userMessage: expect.stringContaining('Please choose it again') }]);
    await ports.clock.runUntil(engine.idle());
    expect(engine.list().map(({ status, metadata }) => [status, metadata.title])).toEqual([
      ['completed', 'A'],
      ['completed', undefined],
    ]);
    expect(await run(ports, engine, storage)).toEqual({ moved: [], lost: [] });
  });

  it('is gone through again after a kill, and no video goes up twice', async () => {
    const first = createTestPorts();
    await first.addFile('/videos/a.mp4', 700_000);
    await first.addFile('/videos/b.mp4', 700_000);
    const storage = new OldStorage([[KEY, JSON.stringify(items)]]);
    const dying = await startOn(first);
    const never = new Promise<boolean>(() => undefined);
    void importOldQueue({
      storage: { getItem: storage.getItem, removeItem: () => never },
      key: KEY,
      engine: dying,
      fileSystem: first.fileSystem,
    });
    await first.clock.advance(60_000);

    const ports = first.restart();
    const engine = await startOn(ports);
    const report = await run(ports, engine, storage);
    expect(report.moved).toHaveLength(2);
    await ports.clock.runUntil(engine.idle());
    expect((await ports.blobKeys()).filter((key) => key.endsWith('manifest.json'))).toHaveLength(2);
  });

  it('finds files of an iOS app whose folder has moved with the update', async () => {
    const ports = createTestPorts();
    await ports.addFile('/containers/NEW/Documents/clips/a.mp4', 700_000);
    const moved = [{ id: 'video_1', filePath: '/containers/OLD/Documents/clips/a.mp4' }];
    const fileSystem: FileSystem = { ...ports.fileSystem, roots: { documents: '/containers/NEW/Documents' } };
    const report = await run(ports, await startOn(ports), new OldStorage([[KEY, JSON.stringify(moved)]]), fileSystem);
    expect(report.moved).toEqual(['video_1']);
  });

  it('keeps the old record where the new queue cannot be written', async () => {
    const ports = createTestPorts();
    await ports.addFile('/videos/a.mp4', 700_000);
    const storage = new OldStorage([[KEY, JSON.stringify(items)]]);
    const engine = await startOn(ports);
    await engine.stop();
    await expect(run(ports, engine, storage)).rejects.toMatchObject({ code: 'ENGINE_STOPPED' });
    expect(await storage.getItem(KEY)).not.toBeNull();
  });

  it('is nothing to fear where it is torn or missing', async () => {
    const ports = createTestPorts();
    const engine = await startOn(ports);
    expect(await run(ports, engine, new OldStorage([[KEY, '[{"id":']]))).toEqual({ moved: [], lost: [] });
    expect(await run(ports, engine, new OldStorage([]))).toEqual({ moved: [], lost: [] });
  });
});
