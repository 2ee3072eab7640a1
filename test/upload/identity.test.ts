/** What is wrong with a source, or becomes wrong under way: told by its code, never mixed into an object. */
import { describe, expect, it } from 'vitest';
import type { FileSystem } from '../../src/ports/index.js';
import { createTestPorts, type TestPorts } from '../../src/testing/index.js';
import { codeOf, engineOn, isWhole, MANIFEST, portsWith, SEGMENT_SIZE, scripted, startOn } from './support.js';

/** The same files, with other facts or bytes. */
function altered(fileSystem: FileSystem, more: Partial<FileSystem>): FileSystem {
  return { ...fileSystem, ...more };
}

/** Overwrites bytes without a trace in size and time. */
async function flip(ports: TestPorts, path: string, at: number): Promise<FileSystem> {
  const before = await ports.fileSystem.stat(path);
  const bytes = (await ports.readFile(path)) as Uint8Array;
  bytes[at] = (bytes[at] as number) ^ 255;
  await ports.addFile(path, bytes);
  return altered(ports.fileSystem, { stat: async (one) => (one === path ? before : ports.fileSystem.stat(one)) });
}

/** A life that ends when so many segments are acknowledged. */
async function liveUntil(ports: TestPorts, segments: number): Promise<{ readonly id: string; readonly next: TestPorts }> {
  const engine = await startOn(ports);
  const upload = await engine.add('/a.mp4', {}, { videoId: 'a' });
  let count = 0;
  const reached = new Promise<TestPorts>((resolve) => {
    upload.on('segment', () => {
      count += 1;
      if (count === segments) resolve(ports.restart());
    });
  });
  return { id: upload.id, next: await ports.clock.runUntil(reached) };
}

describe('a source that cannot be taken', () => {
  it('is refused by add with its own code', async () => {
    const ports = createTestPorts();
    await ports.addFile('/dir/a.mp4', 10);
    const kinds = altered(ports.fileSystem, {
      stat: async (path) => (path === '/pipe' ? { kind: 'other', sizeBytes: 0 } : ports.fileSystem.stat(path)),
      open: async (path) => {
        if (path === '/dir/a.mp4') throw new (await import('../../src/errors/index.js')).ReelwayError('FILE_UNREADABLE');
        return ports.fileSystem.open(path);
      },
    });
    const engine = await startOn(ports, { fileSystem: kinds });
    expect(await codeOf(engine.add('/missing.mp4'))).toBe('SOURCE_NOT_FOUND');
    expect(await codeOf(engine.add('/dir'))).toBe('SOURCE_NOT_A_FILE');
    expect(await codeOf(engine.add('/pipe'))).toBe('SOURCE_NOT_A_FILE');
    expect(await codeOf(engine.add('/dir/a.mp4'))).toBe('SOURCE_UNREADABLE');
    expect(await codeOf(engine.add('/dir/a.mp4', {}, { videoId: '../x' }))).toBe('INVALID_VIDEO_ID');
    expect(await codeOf(engine.add('/dir/a.mp4', { width: -1 }))).toBe('INVALID_CONFIG');
    await expect(engine.add('')).rejects.toThrow(TypeError);
    expect(engine.list()).toEqual([]);
  });

  it('of more than 65,536 segments is refused by add', async () => {
    const ports = createTestPorts();
    await ports.addFile('/a.mp4', 10);
    const { rawPackaging } = await import('../../src/upload/index.js');
    const engine = await startOn(ports, { packaging: rawPackaging({ segmentBytes: 1 }) });
    await ports.addFile('/long.mp4', 65_537);
    expect(await codeOf(engine.add('/long.mp4'))).toBe('FILE_TOO_LARGE_FOR_ADAPTER');
    await engine.add('/a.mp4');
    expect(engine.list()).toHaveLength(1);
  });

  it('that is empty becomes a video without segments', async () => {
    const { ports } = await portsWith({ bytes: 0 });
    const engine = await startOn(ports);
    const upload = await engine.add('/a.mp4', {}, { videoId: 'a' });
    const manifest = await ports.clock.runUntil(upload.completed());
    expect(manifest).toMatchObject({ segmentCount: 0, sizeBytes: 0 });
    expect(upload.progress()).toMatchObject({ fraction: 1, totalBytes: 0 });
    expect(await ports.blobKeys()).toEqual(['a/manifest.json']);
  });
});

describe('a source that changes', () => {
  it.each([
    ['grown', 8 * SEGMENT_SIZE + 1],
    ['shorter', 8 * SEGMENT_SIZE - 1],
  ])('is told when it has become %s, other uploads unharmed', async (_how, bytes) => {
    const { ports } = await portsWith({ bytes: 8 * SEGMENT_SIZE });
    await ports.addFile('/b.mp4', SEGMENT_SIZE);
    const engine = await startOn(ports);
    const upload = await engine.add('/a.mp4', {}, { videoId: 'a', priority: 'high' });
    const other = await engine.add('/b.mp4', {}, { videoId: 'b' });
    const off = upload.on('segment', () => {
      off();
      void ports.addFile('/a.mp4', bytes);
    });
    expect(await ports.clock.runUntil(codeOf(upload.completed()))).toBe('SOURCE_CHANGED');
    await ports.clock.runUntil(other.completed());
    expect((await ports.blobKeys()).filter((key) => MANIFEST.test(key))).toEqual(['b/manifest.json']);
  });

  it('is told when it was replaced between two lives', async () => {
    const { ports } = await portsWith({ bytes: 8 * SEGMENT_SIZE });
    const { id, next } = await liveUntil(ports, 3);
    await next.clock.advance(5_000);
    await next.addFile('/a.mp4', (await next.readFile('/a.mp4')) as Uint8Array);
    const engine = await startOn(next);
    expect(await next.clock.runUntil(codeOf(engine.get(id).completed()))).toBe('SOURCE_CHANGED');
    await next.fileSystem.remove('/a.mp4');
    await engine.get(id).retry();
    expect(await next.clock.runUntil(codeOf(engine.get(id).completed()))).toBe('SOURCE_NOT_FOUND');
  });

  it('with the same size and time is told by a sample', async () => {
    const { ports } = await portsWith({ bytes: 8 * SEGMENT_SIZE });
    const { id, next } = await liveUntil(ports, 3);
    const fileSystem = await flip(next, '/a.mp4', 100);
    const engine = await startOn(next, { fileSystem });
    const store = scripted(next.blobStore, () => undefined);
    expect(await next.clock.runUntil(codeOf(engine.get(id).completed()))).toBe('SOURCE_CHANGED');
    expect(store.asked).toEqual([]);
  });

  it('between the samples is told before the manifest, since all that a former life has sent is hashed anew', async () => {
    const { ports } = await portsWith({ bytes: 8 * SEGMENT_SIZE });
    const { id, next } = await liveUntil(ports, 3);
    const fileSystem = await flip(next, '/a.mp4', 10_000);
    const engine = await startOn(next, { fileSystem });
    expect(await next.clock.runUntil(codeOf(engine.get(id).completed()))).toBe('SOURCE_CHANGED');
    expect((await next.blobKeys()).filter((key) => MANIFEST.test(key))).toEqual([]);
  });

  it('is no matter once the manifest is durable', async () => {
    const { ports } = await portsWith({ bytes: 2 * SEGMENT_SIZE });
    let fail = true;
    const calls: string[] = [];
    const publish = async ({ idempotencyKey }: { readonly idempotencyKey: string }): Promise<void> => {
      calls.push(idempotencyKey);
      if (fail) throw new Error('the backend is away');
    };
    const engine = await startOn(ports, { publish });
    const upload = await engine.add('/a.mp4', {}, { videoId: 'a' });
    await ports.clock.advance(1_000);
    expect(upload.state()).toMatchObject({ status: 'waiting', error: { code: 'PUBLISH_FAILED' } });
    const next = ports.restart();
    await next.fileSystem.remove('/a.mp4');
    fail = false;
    const again = await startOn(next, { publish });
    await next.clock.runUntil(again.get(upload.id).completed());
    expect(new Set(calls).size).toBe(1);
  });
});

describe('a file system that stumbles', () => {
  it('gives short reads, and the bytes are right', async () => {
    const { ports } = await portsWith({ bytes: 3 * SEGMENT_SIZE + 5 });
    const short = altered(ports.fileSystem, {
      open: async (path) => {
        const handle = await ports.fileSystem.open(path);
        return {
          close: () => handle.close(),
          readInto: (buffer, at) => handle.readInto(buffer.subarray(0, Math.min(buffer.length, 99_999)), at),
        };
      },
    });
    const engine = await startOn(ports, { fileSystem: short });
    await ports.clock.runUntil((await engine.add('/a.mp4', {}, { videoId: 'a' })).completed());
    expect(await isWhole(ports, 'a', '/a.mp4')).toBe(true);
  });

  it('fails once in a while without harm, and for good with SOURCE_UNREADABLE', async () => {
    const { ReelwayError } = await import('../../src/errors/index.js');
    const { ports } = await portsWith({ bytes: 4 * SEGMENT_SIZE });
    let failing = 2;
    const shaky = altered(ports.fileSystem, {
      open: async (path) => {
        const handle = await ports.fileSystem.open(path);
        const readInto: typeof handle.readInto = async (buffer, at) => {
          if (buffer.length === SEGMENT_SIZE && failing > 0) {
            failing -= 1;
            throw new ReelwayError('FILE_UNREADABLE', { message: 'EIO' });
          }
          return handle.readInto(buffer, at);
        };
        return { close: () => handle.close(), readInto };
      },
    });
    const engine = await startOn(ports, { fileSystem: shaky });
    const upload = await engine.add('/a.mp4', {}, { videoId: 'a' });
    await ports.clock.runUntil(upload.completed());
    failing = Number.POSITIVE_INFINITY;
    const other = await engine.add('/a.mp4', {}, { videoId: 'b' });
    expect(await ports.clock.runUntil(codeOf(other.completed()))).toBe('SOURCE_UNREADABLE');
  });

  it('moves its roots between launches', async () => {
    const ports = createTestPorts();
    await ports.addFile('/old/docs/a.mp4', 3 * SEGMENT_SIZE);
    await ports.addFile('/new/docs/a.mp4', (await ports.readFile('/old/docs/a.mp4')) as Uint8Array);
    const engine = engineOn(ports, { fileSystem: altered(ports.fileSystem, { roots: { documents: '/old/docs' } }) });
    await engine.start();
    const upload = await engine.add('/old/docs/a.mp4', {}, { videoId: 'a' });
    await upload.pause();
    const next = ports.restart();
    await next.fileSystem.remove('/old');
    const again = engineOn(next, { fileSystem: altered(next.fileSystem, { roots: { documents: '/new/docs' } }) });
    await again.start();
    expect(again.get(upload.id).item().filePath).toBe('/new/docs/a.mp4');
    await again.get(upload.id).resume();
    await next.clock.runUntil(again.get(upload.id).completed());
    expect(await isWhole(next, 'a', '/new/docs/a.mp4')).toBe(true);
  });
});
