/** Sources that the engine copies before it uploads them: the app may do what it likes with the original, and no copy outlives its upload. */
import { describe, expect, it } from 'vitest';
import { ReelwayError } from '../../src/errors/index.js';
import type { BlobStore, FileSystem } from '../../src/ports/index.js';
import { createTestPorts, type TestPorts } from '../../src/testing/index.js';
import { type AddOptions, rawPackaging, type UploadEngine, type UploadEngineOptions } from '../../src/upload/index.js';
import { codeOf, isWhole, scripted, scriptedRecords, startOn, twofold, unlisted } from './support.js';

const BYTES = 5_300;
const OWN = '/own';
const PICKED = '/picked/Clip.MP4';
const packaging = rawPackaging({ segmentBytes: 1_000 });

/** Ports with a picked file, and the same bytes kept elsewhere. */
async function withPicked(): Promise<TestPorts> {
  const ports = createTestPorts();
  await ports.addFile(PICKED, BYTES);
  await ports.addFile('/kept', (await ports.readFile(PICKED)) ?? 0);
  return ports;
}

function start(ports: TestPorts, more: Partial<UploadEngineOptions> = {}): Promise<UploadEngine> {
  return startOn(ports, { packaging, stagingDirectory: OWN, ...more });
}

/** An engine that takes videos and does not begin with them. */
async function startHeld(ports: TestPorts, more: Partial<UploadEngineOptions> = {}): Promise<UploadEngine> {
  const engine = await start(ports, more);
  engine.configure({ enabled: false });
  return engine;
}

function add(engine: UploadEngine, path = PICKED, options: AddOptions = {}) {
  return engine.add(path, {}, { videoId: 'clip', staging: 'copy', ...options });
}

/** Every file below the engine's own directory. */
async function copiesOn({ fileSystem }: TestPorts): Promise<string[]> {
  const found: string[] = [];
  for (const folder of await fileSystem.list(OWN)) found.push(...(await fileSystem.list(`${OWN}/${folder}`)));
  return found;
}

/** A phone's files: what only the system can read is imported, and nothing else can be done with it. */
function importing({ fileSystem }: TestPorts, importFile?: FileSystem['importFile']): FileSystem {
  const isLent = (path: string): boolean => /^(content|ph):/.test(path);
  const open: FileSystem['open'] = async (path) => {
    if (isLent(path)) throw new ReelwayError('FILE_UNREADABLE');
    return fileSystem.open(path);
  };
  const natively: FileSystem['importFile'] = async (from, to) => {
    const source = await fileSystem.open(isLent(from) ? '/kept' : from);
    const target = await fileSystem.create(to);
    const buffer = new Uint8Array(BYTES);
    await target.write(buffer.subarray(0, await source.readInto(buffer, 0)));
    await target.close();
    await source.close();
  };
  return { ...fileSystem, open, importFile: importFile ?? natively };
}

/** Files whose source changes when the copy is opened for writing. */
function changing(ports: TestPorts, change: () => Promise<void>): FileSystem {
  const create: FileSystem['create'] = async (path, options) => {
    if (path.startsWith(OWN)) await change();
    return ports.fileSystem.create(path, options);
  };
  return { ...ports.fileSystem, create };
}

describe('a copied source', () => {
  it('goes up although the original is gone, and its copy goes after it', async () => {
    const ports = await withPicked();
    const engine = await startHeld(ports);
    const upload = await ports.clock.runUntil(add(engine));
    await ports.fileSystem.remove('/picked');
    expect(await copiesOn(ports)).toEqual([`${upload.id}.mp4`]);
    engine.configure({ enabled: true });
    const manifest = await ports.clock.runUntil(upload.completed());
    expect(manifest.source.contentType).toBe('video/mp4');
    expect(await isWhole(ports, 'clip', '/kept')).toBe(true);
    await ports.clock.runUntil(engine.stop());
    expect(await copiesOn(ports)).toEqual([]);
  });

  it('is read through the engine’s own buffers', async () => {
    const ports = await withPicked();
    await ports.addFile(PICKED, 1_300_000);
    await ports.addFile('/kept', (await ports.readFile(PICKED)) ?? 0);
    const engine = await start(ports, { packaging: rawPackaging(), limits: { concurrency: 1, memoryBytes: 524_288 } });
    const upload = await ports.clock.runUntil(add(engine));
    await ports.clock.runUntil(upload.completed());
    expect(engine.report().peakBufferBytes).toBe(524_288);
    expect(await isWhole(ports, 'clip', '/kept')).toBe(true);
  });

  it('goes on from the copy after a kill', async () => {
    const ports = await withPicked();
    await ports.clock.runUntil(add(await startHeld(ports)));
    await ports.fileSystem.remove('/picked');
    const next = ports.restart();
    const again = await start(next);
    await next.clock.runUntil(again.idle());
    expect(again.list().map(({ status }) => status)).toEqual(['completed']);
    expect(await isWhole(next, 'clip', '/kept')).toBe(true);
    await next.clock.runUntil(again.stop());
    expect(await copiesOn(next)).toEqual([]);
  });

  it('goes on from a copy whose directory has moved', async () => {
    const ports = await withPicked();
    const at = (root: string) => ({ fileSystem: { ...ports.fileSystem, roots: { library: root } }, stagingDirectory: `${root}/staging` });
    const engine = await startHeld(ports, at('/app-1'));
    const upload = await ports.clock.runUntil(add(engine));
    await ports.clock.runUntil(engine.stop());
    for (const folder of await ports.fileSystem.list('/app-1/staging')) {
      await ports.fileSystem.makeDirectory(`/app-2/staging/${folder}`);
      await ports.fileSystem.rename(`/app-1/staging/${folder}/${upload.id}.mp4`, `/app-2/staging/${folder}/${upload.id}.mp4`);
    }
    await ports.fileSystem.remove('/picked');
    const again = await start(ports, at('/app-2'));
    await ports.clock.runUntil(again.get(upload.id).completed());
    expect(await isWhole(ports, 'clip', '/kept')).toBe(true);
  });

  it('goes at once with a cancel', async () => {
    const ports = await withPicked();
    const engine = await startHeld(ports);
    const upload = await ports.clock.runUntil(add(engine));
    await ports.clock.runUntil(upload.cancel());
    expect(await copiesOn(ports)).toEqual([]);
  });

  it('stays with a canceled upload as long as only it knows what has been written', async () => {
    const ports = await withPicked();
    const blind = (store: BlobStore) => ({ packaging: twofold('two-1'), blobStore: unlisted(store) });
    const engine = await startHeld(ports, blind(ports.blobStore));
    const upload = await ports.clock.runUntil(add(engine));
    await ports.clock.runUntil(upload.cancel());
    expect(await copiesOn(ports)).toEqual([`${upload.id}.mp4`]);
    await ports.clock.advance(600_000);
    expect(engine.list()).toEqual([]);
    const next = ports.restart();
    await start(next, blind(next.blobStore));
    expect(await copiesOn(next)).toEqual([]);
  });

  it('stays with a failed upload, which can be retried', async () => {
    const ports = await withPicked();
    let isRefused = true;
    const store = scripted(ports.blobStore, ({ method }) => (isRefused && method === 'put' ? 'REQUEST_REFUSED' : undefined));
    const engine = await start(ports, { blobStore: store });
    const upload = await ports.clock.runUntil(add(engine));
    await ports.fileSystem.remove('/picked');
    expect(await ports.clock.runUntil(codeOf(upload.completed()))).toBe('REQUEST_REFUSED');
    expect(await copiesOn(ports)).toEqual([`${upload.id}.mp4`]);
    isRefused = false;
    await upload.retry();
    await ports.clock.runUntil(upload.completed());
    expect(await isWhole(ports, 'clip', '/kept')).toBe(true);
  });

  it('goes at a sign-out', async () => {
    const ports = await withPicked();
    const engine = await start(ports);
    await ports.clock.runUntil(add(engine, PICKED, { start: false }));
    expect((await copiesOn(ports)).length).toBe(1);
    await ports.clock.runUntil(engine.erase());
    expect(await copiesOn(ports)).toEqual([]);
    expect((await ports.fileSystem.stat(PICKED))?.sizeBytes).toBe(BYTES);
  });

  it.each(['damaged', 'of a newer release'])('stays with a record that is %s, until a sign-out', async (how) => {
    const ports = await withPicked();
    const upload = await ports.clock.runUntil(add(await startHeld(ports)));
    for (const key of await ports.keyValueStore.keys('')) {
      const text = (await ports.keyValueStore.get(key)) ?? '';
      if (key.includes(upload.id))
        await ports.keyValueStore.set(key, how === 'damaged' ? 'nonsense' : text.replace(/^reelway\/1 /, 'reelway/9 '));
    }
    let next = ports;
    for (let life = 0; life < 3; life += 1) {
      next = next.restart();
      const engine = await start(next);
      expect([engine.list().length, await copiesOn(next)]).toEqual([life, [`${upload.id}.mp4`]]);
      // Others are not kept for its sake.
      const other = await next.clock.runUntil(add(engine, '/kept', { videoId: `other-${life}` }));
      await next.clock.runUntil(other.completed());
      await next.clock.runUntil(engine.stop());
      expect(await copiesOn(next)).toEqual([`${upload.id}.mp4`]);
    }
    next = next.restart();
    await next.clock.runUntil((await start(next)).erase());
    expect(await copiesOn(next)).toEqual([]);
  });

  it('is the source of an upload that begins anew under another packaging', async () => {
    const ports = await withPicked();
    const upload = await ports.clock.runUntil(add(await startHeld(ports, { packaging: twofold('two-1') })));
    await ports.fileSystem.remove('/picked');
    const next = ports.restart();
    const again = await start(next, { packaging: twofold('two-2') });
    const manifest = await next.clock.runUntil(again.get(upload.id).completed());
    expect(manifest.uploadId).not.toBe(upload.id);
    expect(await isWhole(next, 'clip', '/kept')).toBe(true);
    await next.clock.runUntil(again.stop());
    expect(await copiesOn(next)).toEqual([]);
  });
});

describe('an address that only this process may read', () => {
  it('is imported without being asked for', async () => {
    const ports = await withPicked();
    const engine = await startHeld(ports, { fileSystem: importing(ports) });
    for (const [videoId, address] of [
      ['one', 'content://media/external/video/7'],
      ['two', 'ph://0C3A/L0/001'],
    ] as const) {
      const upload = await ports.clock.runUntil(engine.add(address, {}, { videoId }));
      expect(await copiesOn(ports)).toEqual([upload.id]);
      engine.configure({ enabled: true });
      await ports.clock.runUntil(upload.completed());
      engine.configure({ enabled: false });
      expect(await isWhole(ports, videoId, '/kept')).toBe(true);
    }
    await ports.clock.runUntil(engine.stop());
    expect(await copiesOn(ports)).toEqual([]);
  });

  it('is no path with a colon, no drive and no file://', async () => {
    const ports = await withPicked();
    let imports = 0;
    const importFile = async (): Promise<void> => {
      imports += 1;
    };
    const engine = await start(ports, { fileSystem: importing(ports, importFile) });
    for (const path of ['/a:b.mp4', 'C:\\a.mp4', 'file:///a.mp4', './content:a']) {
      expect(await codeOf(engine.add(path))).toBe('SOURCE_NOT_FOUND');
    }
    expect(imports).toBe(0);
  });

  it('can be copied only into a stagingDirectory, and only where it can be imported', async () => {
    const ports = await withPicked();
    const nowhere = await startOn(ports, { fileSystem: importing(ports) });
    expect(await codeOf(nowhere.add('content://7'))).toBe('NOT_SUPPORTED');
    await ports.clock.runUntil(nowhere.stop());
    const { importFile: _none, ...unable } = importing(ports);
    const engine = await start(ports, { fileSystem: unable });
    expect(await codeOf(add(engine, 'content://7'))).toBe('SOURCE_UNREADABLE');
    expect(engine.list()).toEqual([]);
  });

  it('that is gone is SOURCE_NOT_FOUND, and leaves nothing', async () => {
    const ports = await withPicked();
    const half: FileSystem['importFile'] = async (_from, to) => {
      await (await ports.fileSystem.create(to)).close();
      throw new ReelwayError('FILE_NOT_FOUND');
    };
    const engine = await start(ports, { fileSystem: importing(ports, half) });
    expect(await codeOf(engine.add('content://7'))).toBe('SOURCE_NOT_FOUND');
    expect(await copiesOn(ports)).toEqual([]);
  });
});

describe('copying', () => {
  it('natively is looked at: a copy that came out short is a full disk', async () => {
    const ports = await withPicked();
    const short: FileSystem['importFile'] = async (_from, to) => {
      const target = await ports.fileSystem.create(to);
      await target.write(new Uint8Array(BYTES - 1));
      await target.close();
    };
    const engine = await start(ports, { fileSystem: importing(ports, short) });
    expect(await codeOf(add(engine))).toBe('STORAGE_FULL');
    expect(await copiesOn(ports)).toEqual([]);
  });

  it('notices a source that is written to meanwhile', async () => {
    const other = new Uint8Array(BYTES).fill(3);
    for (const change of [other, other.subarray(1), new Uint8Array(BYTES + 1)]) {
      const ports = await withPicked();
      const before = await ports.fileSystem.stat(PICKED);
      const fileSystem: FileSystem = {
        ...changing(ports, () => ports.addFile(PICKED, change)),
        // A clock too coarse to tell.
        stat: async (path) => {
          const info = await ports.fileSystem.stat(path);
          return path === PICKED && info !== undefined ? { ...info, ...(before && { modifiedMs: before.modifiedMs ?? 0 }) } : info;
        },
      };
      const engine = await start(ports, { fileSystem });
      expect(await codeOf(add(engine))).toBe('SOURCE_CHANGED');
      expect([await copiesOn(ports), engine.list()]).toEqual([[], []]);
    }
  });

  it('onto a full disk leaves nothing behind', async () => {
    const ports = createTestPorts({ diskBytes: BYTES + 1_000 });
    await ports.addFile(PICKED, BYTES);
    const engine = await start(ports);
    expect(await codeOf(add(engine))).toBe('STORAGE_FULL');
    expect([await copiesOn(ports), engine.list()]).toEqual([[], []]);
  });

  it('for a queue that cannot be written to leaves nothing behind', async () => {
    const ports = await withPicked();
    let isFull = false;
    const keyValueStore = scriptedRecords(ports.keyValueStore, () => (isFull ? 'STORAGE_FULL' : undefined));
    const engine = await start(ports, { keyValueStore });
    isFull = true;
    expect(await codeOf(add(engine))).toBe('STORAGE_FULL');
    expect([await copiesOn(ports), engine.list()]).toEqual([[], []]);
  });

  it('keeps the copy where the record may be left, since it may be taken up', async () => {
    const ports = await withPicked();
    let isLost = false;
    const unanswered = async (write: Promise<void>): Promise<void> => {
      await write;
      if (isLost) throw new ReelwayError('STORAGE_UNAVAILABLE');
    };
    const { keyValueStore } = ports;
    const set = (key: string, value: string) => unanswered(keyValueStore.set(key, value));
    const remove = (key: string) => unanswered(isLost ? Promise.resolve() : keyValueStore.remove(key));
    const engine = await start(ports, { keyValueStore: { ...keyValueStore, set, remove } });
    isLost = true;
    expect(await codeOf(add(engine))).toBe('STORAGE_UNAVAILABLE');
    const next = ports.restart();
    const again = await start(next);
    await next.clock.runUntil(again.idle());
    expect(again.list().map(({ status }) => status)).toEqual(['completed']);
    await next.clock.runUntil(again.stop());
    expect(await copiesOn(next)).toEqual([]);
  });

  it('ends at the signal, and leaves nothing behind', async () => {
    const ports = await withPicked();
    const reason = new ReelwayError('ABORTED');
    const controller = new AbortController();
    const engine = await start(ports, { fileSystem: changing(ports, async () => controller.abort(reason)) });
    await expect(add(engine, PICKED, { signal: controller.signal })).rejects.toBe(reason);
    await expect(add(engine, PICKED, { signal: controller.signal })).rejects.toBe(reason);
    expect([await copiesOn(ports), engine.list()]).toEqual([[], []]);
  });

  it('ends with the engine', async () => {
    const ports = await withPicked();
    let stopped: Promise<void> | undefined;
    const fileSystem = changing(ports, async () => {
      stopped ??= engine.stop();
    });
    const engine = await start(ports, { fileSystem });
    expect(await ports.clock.runUntil(codeOf(add(engine)))).toBe('ENGINE_STOPPED');
    await ports.clock.runUntil(stopped ?? Promise.reject(new TypeError('never began')));
    const next = ports.restart();
    expect([(await start(next)).list(), await copiesOn(next)]).toEqual([[], []]);
  });

  it('that a kill has ended leaves half a copy until the next start', async () => {
    const ports = await withPicked();
    const never = new Promise<never>(() => undefined);
    const engine = await start(ports, {
      fileSystem: importing(ports, async (_from, to) => {
        await (await ports.fileSystem.create(to)).close();
        await never;
      }),
    });
    void add(engine, 'content://7');
    await ports.clock.advance(1_000);
    expect((await copiesOn(ports)).length).toBe(1);
    const next = ports.restart();
    expect([(await start(next)).list(), await copiesOn(next)]).toEqual([[], []]);
  });

  it('wants one of two words', async () => {
    const ports = await withPicked();
    const engine = await start(ports);
    expect(await codeOf(add(engine, PICKED, { staging: 'move' as never }))).toBe('INVALID_CONFIG');
  });
});
