/** The end of an upload: checks against the store, the one manifest, the publish step; the same by hand; and other layouts. */
import { describe, expect, it } from 'vitest';
import { ReelwayError } from '../../src/errors/index.js';
import type { BlobStore } from '../../src/ports/index.js';
import { createTestPorts } from '../../src/testing/index.js';
import { type PublishRequest, rawPackaging } from '../../src/upload/index.js';
import { lendingStore } from '../fakes/lent-buffer.js';
import { codeOf, engineOn, isWhole, MANIFEST, portsWith, scripted, silent, startOn, twofold, unlisted } from './support.js';

const packaging = rawPackaging({ segmentBytes: 1_000 });
const BYTES = 12_345;

describe('before the manifest', () => {
  it.each([
    ['a listing', (store: BlobStore) => store],
    ['one question each', unlisted],
    ['reading back', silent],
  ])('segments of an earlier life are found by %s', async (_how, wrap) => {
    const ports = createTestPorts();
    await ports.addFile('/a.mp4', BYTES);
    const engine = await startOn(ports, { packaging, blobStore: wrap(ports.blobStore), hashAlgorithm: 'crc32c' });
    const upload = await engine.add('/a.mp4', {}, { videoId: 'a' });
    let count = 0;
    await ports.clock.runUntil(
      new Promise<void>((resolve) => {
        upload.on('segment', () => {
          count += 1;
          if (count === 8) resolve(upload.pause());
        });
      }),
    );
    const next = ports.restart();
    await next.blobStore.remove([`a/${upload.id}/2`]);
    const bad = new Uint8Array(1_000);
    await next.blobStore.put(`a/${upload.id}/5`, { kind: 'bytes', sizeBytes: 1_000, bytes: bad }, { contentType: 'x/y' });
    const store = scripted(wrap(next.blobStore), () => undefined);
    const again = await startOn(next, { packaging, blobStore: store });
    const progress: number[] = [];
    again.on('progress', ({ acknowledgedBytes }) => progress.push(acknowledgedBytes));
    await again.get(upload.id).resume();
    await next.clock.runUntil(again.get(upload.id).completed());
    expect(await isWhole(next, 'a', '/a.mp4')).toBe(true);
    expect(again.report().bytesResent).toBe(2_000);
    expect([...progress].sort((one, other) => one - other)).toEqual(progress);
  });

  it('a store that attests nothing and mixes bytes up is found out', async () => {
    const ports = createTestPorts();
    await ports.addFile('/a.mp4', BYTES);
    let mixed = 0;
    const mixing: BlobStore = {
      ...silent(ports.blobStore),
      put: async (key, body, options) => {
        if (body.kind !== 'bytes' || !key.endsWith('/3') || mixed > 0) return silent(ports.blobStore).put(key, body, options);
        mixed += 1;
        const { hashes: _hashes, ...rest } = options;
        return silent(ports.blobStore).put(key, { ...body, bytes: new Uint8Array(body.sizeBytes) }, rest);
      },
    };
    const engine = await startOn(ports, { packaging, blobStore: mixing });
    await ports.clock.runUntil((await engine.add('/a.mp4', {}, { videoId: 'a' })).completed());
    expect(mixed).toBe(1);
    expect(await isWhole(ports, 'a', '/a.mp4')).toBe(true);
  });

  it('reads its manifest back from a store that lends one Buffer for all pieces', async () => {
    const ports = createTestPorts();
    await ports.addFile('/a.mp4', BYTES);
    const engine = await startOn(ports, { packaging, blobStore: lendingStore(ports.blobStore, 100) });
    await ports.clock.runUntil((await engine.add('/a.mp4', {}, { videoId: 'a' })).completed());
    expect(await isWhole(ports, 'a', '/a.mp4')).toBe(true);
  });

  it('a store that loses a segment each time ends the upload', async () => {
    const ports = createTestPorts();
    await ports.addFile('/a.mp4', BYTES);
    const losing: BlobStore = {
      ...silent(ports.blobStore),
      put: async (key, body, options) => {
        const info = await silent(ports.blobStore).put(key, body, options);
        if (key.endsWith('/7')) await ports.blobStore.remove([key]);
        return info;
      },
    };
    const engine = await startOn(ports, { packaging, blobStore: losing });
    const upload = await engine.add('/a.mp4', {}, { videoId: 'a' });
    expect(await ports.clock.runUntil(codeOf(upload.completed()))).toBe('SEGMENT_MISSING');
    expect((await ports.blobKeys()).some((key) => MANIFEST.test(key))).toBe(false);
  });
});

describe('the manifest', () => {
  it('that arrives damaged is put again', async () => {
    const ports = createTestPorts();
    await ports.addFile('/a.mp4', BYTES);
    let cut = 1;
    const cutting: BlobStore = {
      ...ports.blobStore,
      put: async (key, body, options) => {
        if (!MANIFEST.test(key) || cut === 0 || body.kind !== 'bytes') return ports.blobStore.put(key, body, options);
        cut -= 1;
        const { hashes: _hashes, ...rest } = options;
        return ports.blobStore.put(key, { kind: 'bytes', sizeBytes: 40, bytes: body.bytes.subarray(0, 40) }, rest);
      },
    };
    const engine = await startOn(ports, { packaging, blobStore: cutting });
    await ports.clock.runUntil((await engine.add('/a.mp4', {}, { videoId: 'a' })).completed());
    expect(await isWhole(ports, 'a', '/a.mp4')).toBe(true);
  });

  it('of somebody who was faster stays, also where the store replaces without asking', async () => {
    const ports = createTestPorts();
    await ports.addFile('/a.mp4', BYTES);
    const other = await startOn(ports, { packaging, scope: 'bert' });
    await ports.addFile('/b.mp4', 5_000);
    const { ports: air, store } = { ports, store: scripted(ports.blobStore, () => undefined) };
    const engine = await startOn(air, { packaging, blobStore: store });
    const mine = await engine.add('/a.mp4', {}, { videoId: 'a' });
    let theirs: Promise<unknown> = Promise.resolve();
    const off = mine.on('segment', () => {
      off();
      theirs = other.add('/b.mp4', {}, { videoId: 'a' }).then((upload) => upload.completed());
    });
    const code = await ports.clock.runUntil(codeOf(mine.completed()));
    const outcome = await ports.clock.runUntil(codeOf(theirs));
    expect([code, outcome].sort()).toEqual(['VIDEO_EXISTS', 'resolved']);
    expect((await ports.blobKeys()).filter((key) => MANIFEST.test(key))).toEqual(['a/manifest.json']);
  });

  it('says of the video what the app said', async () => {
    const { ports } = await portsWith({ bytes: BYTES });
    const engine = await startOn(ports, { packaging });
    const upload = await engine.add('/a.mp4', { title: 'Sünset', durationSeconds: 3, custom: { mood: '😀' } });
    const manifest = await ports.clock.runUntil(upload.completed());
    expect(manifest.metadata).toEqual({ title: 'Sünset', durationSeconds: 3, custom: { mood: '😀' } });
    expect(manifest.source).toEqual({ sizeBytes: BYTES, contentType: 'video/mp4' });
    expect(manifest.videoId).toBe(upload.videoId);
  });
});

describe('publish', () => {
  it('comes after the manifest, and is repeated under one key until it resolves', async () => {
    const { ports } = await portsWith({ bytes: BYTES });
    const calls: PublishRequest[] = [];
    const publish = async (request: PublishRequest): Promise<void> => {
      calls.push(request);
      expect(await ports.readBlob(request.manifestKey)).toBeDefined();
      if (calls.length < 15) throw new Error('the backend is away');
    };
    const engine = await startOn(ports, { packaging, publish });
    const upload = await engine.add('/a.mp4', {}, { videoId: 'a' });
    await ports.clock.runUntil(upload.completed());
    expect(calls).toHaveLength(15);
    expect(new Set(calls.map(({ idempotencyKey }) => idempotencyKey))).toEqual(new Set([`reelway-${upload.id}`]));
    expect(calls[0]?.item).toMatchObject({ id: upload.id, status: 'publishing' });
  });

  it('that refuses for good fails, and goes on where it stopped on retry', async () => {
    const { ports } = await portsWith({ bytes: BYTES });
    let refuse = true;
    const engine = await startOn(ports, {
      packaging,
      publish: async () => {
        if (refuse) throw new ReelwayError('FORBIDDEN', { userMessage: 'Please verify your address first.' });
      },
    });
    const upload = await engine.add('/a.mp4', {}, { videoId: 'a' });
    expect(await ports.clock.runUntil(codeOf(upload.completed()))).toBe('PUBLISH_FAILED');
    expect(upload.state()).toMatchObject({ error: { retryable: false, userMessage: 'Please verify your address first.' } });
    refuse = false;
    const sent = engine.report().bytesSent;
    await upload.retry();
    await ports.clock.runUntil(upload.completed());
    expect(engine.report().bytesSent).toBe(sent);
  });

  it('that has refused for good does not say after a restart that it is tried again', async () => {
    const { ports } = await portsWith({ bytes: BYTES });
    const refusing = { packaging, publish: () => Promise.reject(new ReelwayError('FORBIDDEN')) };
    const engine = await startOn(ports, refusing);
    const { id } = await engine.add('/a.mp4', {}, { videoId: 'a' });
    await ports.clock.runUntil(codeOf(engine.get(id).completed()));
    await engine.stop();
    const state = (await startOn(ports, refusing)).get(id).state();
    expect(state).toMatchObject({ status: 'failed', error: { code: 'PUBLISH_FAILED', retryable: false } });
    expect(state.status === 'failed' && state.error.userMessage).not.toContain('by itself');
  });

  it('that hangs can be paused and canceled, and the manifest goes too', async () => {
    const { ports } = await portsWith({ bytes: BYTES });
    const engine = await startOn(ports, { packaging, publish: () => new Promise(() => undefined) });
    const upload = await engine.add('/a.mp4', {}, { videoId: 'a' });
    await ports.clock.advance(1_000);
    expect(upload.state().status).toBe('publishing');
    await ports.clock.runUntil(upload.pause());
    await upload.resume();
    await ports.clock.advance(1_000);
    await ports.clock.runUntil(upload.cancel());
    expect(await ports.blobKeys()).toEqual([]);
  });
});

describe('by hand', () => {
  it('the same stages bring the same video', async () => {
    const { ports } = await portsWith({ bytes: BYTES });
    const engine = await startOn(ports, { packaging });
    const id = await engine.addToUploadQueue('/a.mp4', { durationSeconds: 12 }, { videoId: 'a', start: false });
    await ports.clock.advance(60_000);
    expect(await ports.blobKeys()).toEqual([]);
    await engine.idle();
    const segments = await engine.segmentVideo(id);
    expect(segments).toHaveLength(13);
    expect(segments[12]).toMatchObject({ id: `${id}/12`, url: `${id}/12`, size: 345, priority: 'high', index: 12 });
    await ports.clock.runUntil(engine.uploadSegments([`${id}/3`, `${id}/12`], id));
    expect(await ports.blobKeys()).toEqual([`a/${id}/12`, `a/${id}/3`]);
    expect(await codeOf(engine.finalizeUpload(id))).toBe('INVALID_STATE');
    expect(await codeOf(engine.uploadSegments(['x/3'], id))).toBe('INVALID_STATE');
    expect(await codeOf(engine.uploadSegments([`${id}/13`], id))).toBe('INVALID_STATE');
    await ports.clock.runUntil(engine.uploadSegments(undefined, id));
    const manifest = await ports.clock.runUntil(engine.finalizeUpload(id));
    expect(manifest.segmentCount).toBe(13);
    expect(await isWhole(ports, 'a', '/a.mp4')).toBe(true);
    expect(engine.get(id).state().status).toBe('completed');
  });

  it('a path is added first, and stays by hand after a restart', async () => {
    const { ports } = await portsWith({ bytes: BYTES });
    const engine = await startOn(ports, { packaging });
    const segments = await engine.segmentVideo('/a.mp4');
    const id = (segments[0] as { readonly id: string }).id.split('/')[0] as string;
    const next = ports.restart();
    const again = await startOn(next, { packaging });
    await next.clock.advance(60_000);
    expect(await next.blobKeys()).toEqual([]);
    await next.clock.runUntil(again.uploadSegments(undefined, id));
    await next.clock.runUntil(again.finalizeUpload(id));
  });

  it('a step that fails tells so, and can be taken again', async () => {
    let broken = true;
    const { ports, store } = await portsWith({ bytes: BYTES }, ({ method }) => (broken && method === 'put' ? 'FORBIDDEN' : undefined));
    const engine = await startOn(ports, { packaging, blobStore: store });
    const id = await engine.addToUploadQueue('/a.mp4', {}, { videoId: 'a', start: false });
    expect(await ports.clock.runUntil(codeOf(engine.uploadSegments(undefined, id)))).toBe('FORBIDDEN');
    expect(await codeOf(engine.uploadSegments(undefined, id))).toBe('INVALID_STATE');
    broken = false;
    await engine.get(id).retry();
    await ports.clock.runUntil(engine.uploadSegments(undefined, id));
    await ports.clock.runUntil(engine.finalizeUpload(id));
  });
});

describe('another layout', () => {
  it.each([['bytes'], ['stream']] as const)('with an init object and segments of several pieces goes as %s', async (kind) => {
    const { ports } = await portsWith({ bytes: BYTES });
    const engine = await startOn(ports, { packaging: twofold('two-1'), blobStore: { ...ports.blobStore, accepts: [kind] } });
    const manifest = await ports.clock.runUntil((await engine.add('/a.mp4', {}, { videoId: 'a' })).completed());
    expect(manifest).toMatchObject({ layout: 'hls', segmentCount: 5, durationSeconds: 5 });
    expect(manifest.renditions[0]).toMatchObject({ init: { url: expect.stringMatching(/init\.mp4$/), sizeBytes: 4 } });
    expect(await isWhole(ports, 'a', '/a.mp4')).toBe(true);
  });

  it('begins anew under a new id when its version has changed, and the old objects go', async () => {
    const { ports } = await portsWith({ bytes: BYTES });
    const engine = await startOn(ports, { packaging: twofold('two-1') });
    const upload = await engine.add('/a.mp4', {}, { videoId: 'a' });
    let count = 0;
    await ports.clock.runUntil(
      new Promise<void>((resolve) => {
        upload.on('segment', () => {
          count += 1;
          if (count === 3) resolve(upload.pause());
        });
      }),
    );
    const next = ports.restart();
    const again = await startOn(next, { packaging: twofold('two-2') });
    const handle = again.get(upload.id);
    await handle.resume();
    const manifest = await next.clock.runUntil(handle.completed());
    expect(manifest.uploadId).not.toBe(upload.id);
    expect(handle.id).toBe(manifest.uploadId);
    expect(again.get(upload.id).id).toBe(manifest.uploadId);
    expect(await isWhole(next, 'a', '/a.mp4')).toBe(true);
    expect((await next.blobKeys()).filter((key) => key.includes(upload.id))).toEqual([]);
    expect(again.list()).toHaveLength(1);
    await next.clock.advance(300_000);
    expect((await next.keyValueStore.keys('')).filter((key) => key.includes(upload.id))).toEqual([]);
  });

  it('of the raw kind goes on with the sizes it began with', async () => {
    const { ports } = await portsWith({ bytes: BYTES });
    const engine = await startOn(ports, { packaging });
    const upload = await engine.add('/a.mp4', {}, { videoId: 'a' });
    await ports.clock.runUntil(upload.pause());
    const next = ports.restart();
    const again = await startOn(next);
    await again.get(upload.id).resume();
    const manifest = await next.clock.runUntil(again.get(upload.id).completed());
    expect(manifest).toMatchObject({ uploadId: upload.id, segmentCount: 13 });
  });
});

describe('a store that takes only files', () => {
  it('is refused without a staging directory, and served with one', async () => {
    const { ports } = await portsWith({ bytes: BYTES });
    const seen: string[] = [];
    const files: BlobStore = {
      ...ports.blobStore,
      accepts: ['file'],
      put: async (key, body, options) => {
        seen.push(body.kind);
        if (body.kind !== 'file') return ports.blobStore.put(key, body, options);
        const bytes = (await ports.readFile(body.path)) as Uint8Array;
        return ports.blobStore.put(key, { kind: 'bytes', sizeBytes: bytes.length, bytes }, options);
      },
    };
    const fileSystem = { ...ports.fileSystem, nativePaths: true };
    const refused = await startOn(ports, { packaging, blobStore: files, fileSystem, scope: 'bert' });
    expect(await ports.clock.runUntil(codeOf((await refused.add('/a.mp4')).completed()))).toBe('NOT_SUPPORTED');
    await ports.addFile('/staging/left-over', 5);
    const engine = engineOn(ports, { packaging, blobStore: files, fileSystem, stagingDirectory: '/staging' });
    await engine.start();
    await ports.clock.runUntil((await engine.add('/a.mp4', {}, { videoId: 'a' })).completed());
    expect(seen).toEqual(Array.from({ length: 14 }, () => 'file'));
    const [folder] = (await ports.fileSystem.list('/staging')).filter((name) => name !== 'left-over');
    expect(await ports.fileSystem.list(`/staging/${folder}`)).toEqual([]);
    expect(await isWhole(ports, 'a', '/a.mp4')).toBe(true);
  });
});

describe('options', () => {
  it.each([
    [{ scope: '' }, 'scope'],
    [{ limits: { concurrency: 0 } }, 'limits.concurrency'],
    [{ limits: { concurrency: Number.POSITIVE_INFINITY } }, 'limits.concurrency'],
    [{ limits: { memoryBytes: 1 } }, 'limits.memoryBytes'],
    [{ limits: { activeVideos: 1.5 } }, 'limits.activeVideos'],
    [{ retry: { maxAttempts: 0 } }, 'retry.maxAttempts'],
    [{ retry: { stallMs: 10 } }, 'retry.stallMs'],
    [{ retry: { baseDelayMs: 5, maxDelayMs: 1 } }, 'retry.baseDelayMs'],
    [{ lockWaitMs: -1 }, 'lockWaitMs'],
    [{ hashAlgorithm: 'sha1' as never }, 'hashAlgorithm'],
    [{ blobStore: undefined as never }, 'blobStore'],
  ])('%j are refused', (more, field) => {
    const ports = createTestPorts();
    expect(() => engineOn(ports, more)).toThrow(expect.objectContaining({ code: 'INVALID_CONFIG', context: { field } }));
  });

  it.each([0, 1.5, Number.NaN, 1_073_741_824])('a segment of %d bytes is refused', (segmentBytes) => {
    expect(() => rawPackaging({ segmentBytes })).toThrow(expect.objectContaining({ code: 'INVALID_CONFIG' }));
  });

  it('are not needed before start, but start is', async () => {
    const ports = createTestPorts();
    const engine = engineOn(ports);
    expect(await codeOf(engine.add('/a.mp4'))).toBe('INVALID_STATE');
    expect(() => engine.list()).toThrow(expect.objectContaining({ code: 'INVALID_STATE' }));
    await engine.stop();
    expect(await codeOf(engine.start())).toBe('ENGINE_STOPPED');
  });
});
