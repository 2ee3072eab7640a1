/** Manifests: good ones, bad ones, copies of them. */
import { describe, expect, it } from 'vitest';
import { createFaultPlan, faultyBlobStore } from '../../src/conformance/index.js';
import { encodeManifest } from '../../src/core/index.js';
import { readManifest } from '../../src/fetch/index.js';
import type { BlobReader } from '../../src/ports/index.js';
import { lendingStore } from '../fakes/lent-buffer.js';
import { createWorld, failureOf, fetcherOn, KIB, MIB, put, same, storeVideo } from './support/world.js';

const shape = { sizeBytes: 40 * KIB, segmentBytes: 10 * KIB };
const text = (words: string): Uint8Array => Uint8Array.from(words, (letter) => letter.charCodeAt(0));

describe('prepareVideo', () => {
  it('reads a manifest from its default key, or from the key that it is given', async () => {
    const world = createWorld();
    await storeVideo(world.bucket, shape);
    const other = await storeVideo(world.bucket, { ...shape, seed: 2, videoId: 'other', manifestKey: 'feeds/monday/other-manifest.json' });
    const { clock } = world.ports;
    const fetcher = fetcherOn(world.ports);
    expect((await clock.runUntil(fetcher.prepareVideo(undefined, 'clip'))).videoId).toBe('clip');
    const manifest = await clock.runUntil(fetcher.prepareVideo('feeds/monday/other-manifest.json', 'other'));
    expect(manifest).toEqual(other.manifest);
    await clock.runUntil(fetcher.startIntelligentLoading(manifest));
    expect(world.requests).toContain('feeds/monday/up1/0');
    await clock.runUntil(fetcher.combineSegments('other', { outputPath: '/out' }));
    expect(same(await world.ports.readFile('/out'), other.bytes)).toBe(true);
    await clock.runUntil(fetcher.cleanup());
  });

  it.each([
    ['nothing there', undefined, 'MANIFEST_NOT_FOUND'],
    ['empty', text(''), 'MANIFEST_INVALID'],
    ['not JSON', text('{"version":'), 'MANIFEST_INVALID'],
    ['9 MB of blanks', new Uint8Array(9_000_000).fill(32), 'MANIFEST_TOO_LARGE'],
    ['a newer version', text('{"format":"reelway-manifest","version":99}'), /MANIFEST_(VERSION_UNSUPPORTED|INVALID)/],
  ] as const)('%s', async (_name, bytes, code) => {
    const world = createWorld();
    if (bytes !== undefined) await put(world.bucket, 'clip/manifest.json', bytes);
    const { clock } = world.ports;
    const fetcher = fetcherOn(world.ports);
    const error = await clock.runUntil(failureOf(fetcher.prepareVideo(undefined, 'clip')));
    expect(error.code).toMatch(code);
    expect(error).toMatchObject({ context: { key: 'clip/manifest.json', videoId: 'clip' } });
    expect(world.requests).toHaveLength(1);
    expect((await clock.runUntil(failureOf(fetcher.open('clip')))).code).toMatch(code);
    expect((await clock.runUntil(failureOf(fetcher.combineSegments('clip', { outputPath: '/out' })))).code).toMatch(code);
    expect(await world.ports.fileSystem.list('/')).toEqual(['cache']);
    await clock.runUntil(fetcher.cleanup());
  });

  it('a newer version of the format: MANIFEST_VERSION_UNSUPPORTED', async () => {
    const world = createWorld();
    const { manifest } = await storeVideo(world.bucket, shape);
    const encoded = String.fromCharCode(...encodeManifest(manifest)).replace('"version":1', '"version":2');
    await world.bucket.remove(['clip/manifest.json']);
    await put(world.bucket, 'clip/manifest.json', text(encoded));
    const error = await world.ports.clock.runUntil(failureOf(fetcherOn(world.ports).prepareVideo(undefined, 'clip')));
    expect(error.code).toBe('MANIFEST_VERSION_UNSUPPORTED');
  });

  it('reads a manifest whose pieces all come in one Buffer', async () => {
    const world = createWorld({ wrap: (store) => lendingStore(store, 100) });
    const { manifest } = await storeVideo(world.bucket, shape);
    expect(await world.ports.clock.runUntil(fetcherOn(world.ports).prepareVideo(undefined, 'clip'))).toEqual(manifest);
  });

  it('the manifest of another video: MANIFEST_UNTRUSTED', async () => {
    const world = createWorld();
    await storeVideo(world.bucket, shape);
    const error = await world.ports.clock.runUntil(failureOf(fetcherOn(world.ports).prepareVideo('clip/manifest.json', 'other')));
    expect(error.code).toBe('MANIFEST_UNTRUSTED');
  });

  it('a size that is hidden or a lie: no more than 8 MiB are taken', async () => {
    for (const told of [undefined, 100]) {
      let taken = 0;
      const world = createWorld({
        wrap: (store) => ({
          ...store,
          get: async (): Promise<BlobReader> => ({
            ...(told === undefined ? {} : { sizeBytes: told }),
            next: async () => {
              taken += 65_536;
              return new Uint8Array(65_536).fill(32);
            },
            close: async () => undefined,
          }),
        }),
      });
      const error = await world.ports.clock.runUntil(failureOf(fetcherOn(world.ports).prepareVideo(undefined, 'clip')));
      expect(error.code).toBe('MANIFEST_TOO_LARGE');
      expect(taken).toBe(8 * MIB + 65_536);
    }
  });

  it('a size above 8 MiB is refused before a byte is read', async () => {
    let reads = 0;
    const world = createWorld({
      wrap: (store) => ({
        ...store,
        get: async (): Promise<BlobReader> => ({
          sizeBytes: 8 * MIB + 1,
          next: async () => {
            reads += 1;
            return undefined;
          },
          close: async () => undefined,
        }),
      }),
    });
    expect((await world.ports.clock.runUntil(failureOf(fetcherOn(world.ports).prepareVideo(undefined, 'clip')))).code).toBe(
      'MANIFEST_TOO_LARGE',
    );
    expect(reads).toBe(0);
  });

  it.each([
    '//evil/x',
    '\\\\evil\\x',
    '/\\evil',
    '\thttps://evil',
    'https://cdn@evil/manifest.json',
    'http://169.254.169.254/latest',
    '../../secret',
    'clip/../../secret',
    '%2e%2e/%2e%2e/x',
    'javascript:alert(1)',
    'file:///etc/passwd',
    'data:application/json,{}',
    '/clip/manifest.json',
    'clip//manifest.json',
    'clip/./manifest.json',
    'clip/manifest.json\n',
    '',
    'x'.repeat(513),
  ])('the address %j: URL_NOT_ALLOWED, and nobody is asked', async (url) => {
    const world = createWorld();
    const fetcher = fetcherOn(world.ports);
    expect(await failureOf(fetcher.prepareVideo(url, 'clip'))).toMatchObject({ code: 'URL_NOT_ALLOWED' });
    expect(await failureOf(readManifest(world.ports.blobStore, url))).toMatchObject({ code: 'URL_NOT_ALLOWED' });
    expect(world.requests).toEqual([]);
  });

  it.each(['..', '../../x', 'a\0b', 'a\n', 'x'.repeat(300), 'A/a', '', 'con', '.hidden'])(
    'the id %j: INVALID_VIDEO_ID',
    async (videoId) => {
      const world = createWorld();
      const fetcher = fetcherOn(world.ports);
      for (const asked of [fetcher.prepareVideo(undefined, videoId), fetcher.open(videoId), fetcher.combineSegments(videoId)]) {
        expect(await failureOf(asked)).toMatchObject({ code: 'INVALID_VIDEO_ID' });
      }
      expect(world.requests).toEqual([]);
      expect(await world.ports.fileSystem.list('/')).toEqual([]);
    },
  );

  it('a manifest whose addresses leave its folder: URL_NOT_ALLOWED', async () => {
    const world = createWorld();
    const { manifest } = await storeVideo(world.bucket, shape);
    const encoded = String.fromCharCode(...encodeManifest(manifest))
      .split('up1/{n}')
      .join('../x/{n}');
    await world.bucket.remove(['clip/manifest.json']);
    await put(world.bucket, 'clip/manifest.json', text(encoded));
    const error = await world.ports.clock.runUntil(failureOf(fetcherOn(world.ports).prepareVideo(undefined, 'clip')));
    expect(error.code).toBe('URL_NOT_ALLOWED');
  });

  it('retries a link that fails, and tells', async () => {
    const plan = createFaultPlan({ rules: [{ kind: 'fails', operation: 'blob.get', times: 2, code: 'UNAVAILABLE' }] });
    const world = createWorld({ wrap: (store) => faultyBlobStore(store, plan) });
    await storeVideo(world.bucket, shape);
    const fetcher = fetcherOn(world.ports);
    const retries: unknown[] = [];
    fetcher.on('retry', (event) => retries.push(event));
    await world.ports.clock.runUntil(fetcher.prepareVideo(undefined, 'clip'));
    expect(retries).toMatchObject([
      { videoId: 'clip', error: { code: 'UNAVAILABLE' } },
      { videoId: 'clip', error: { code: 'UNAVAILABLE' } },
    ]);
  });
});

describe('the copy of a manifest', () => {
  async function prepared(): Promise<ReturnType<typeof createWorld>> {
    const world = createWorld();
    await storeVideo(world.bucket, { ...shape, manifestKey: 'feed/m.json' });
    await world.ports.clock.runUntil(fetcherOn(world.ports).prepareVideo('feed/m.json', 'clip'));
    world.requests.length = 0;
    return world;
  }

  it('opens a video without asking the store, under the key that it came from', async () => {
    const world = await prepared();
    const ports = world.ports.restart();
    const fetcher = fetcherOn(ports);
    const session = await ports.clock.runUntil(fetcher.open('clip'));
    expect(world.requests).toEqual([]);
    await ports.clock.runUntil(session.readInto(new Uint8Array(1), 15 * KIB));
    expect(world.requests).toContain('feed/up1/1');
    await ports.clock.runUntil(fetcher.cleanup());
  });

  it('that is damaged is no copy', async () => {
    const world = await prepared();
    const { ports } = world;
    const [scope] = await ports.fileSystem.list('/cache');
    const [name] = await ports.fileSystem.list(`/cache/${scope}`);
    const path = `/cache/${scope}/${name}`;
    const bytes = (await ports.readFile(path)) as Uint8Array;
    for (const spoiled of [bytes.slice(0, 50), bytes.map((byte, at) => (at === 200 ? byte ^ 1 : byte)), new Uint8Array(0)]) {
      await ports.addFile(path, spoiled);
      const next = ports.restart();
      expect((await next.clock.runUntil(failureOf(fetcherOn(next).open('clip')))).code).toBe('MANIFEST_NOT_FOUND');
      await ports.addFile(path, bytes);
    }
  });

  it('answers at once while the store cannot be reached; the store’s own answer counts while it can', async () => {
    const plan = createFaultPlan({ rules: [{ kind: 'fails', operation: 'blob.get', target: 'manifest.json', when: () => isDown }] });
    let isDown = false;
    const world = createWorld({ wrap: (store) => faultyBlobStore(store, plan) });
    await storeVideo(world.bucket, shape);
    const { clock } = world.ports;
    const fetcher = fetcherOn(world.ports);
    const first = await clock.runUntil(fetcher.prepareVideo(undefined, 'clip'));
    isDown = true;
    const startedMs = clock.monotonicMs();
    expect(await clock.runUntil(fetcher.prepareVideo(undefined, 'clip'))).toEqual(first);
    expect(clock.monotonicMs()).toBe(startedMs);
    isDown = false;
    await world.bucket.remove(['clip/manifest.json']);
    await storeVideo(world.bucket, { ...shape, uploadId: 'up2', seed: 9 });
    expect((await clock.runUntil(fetcher.prepareVideo(undefined, 'clip'))).uploadId).toBe('up2');
    await clock.runUntil(fetcher.cleanup());
  });

  it('another upload under the same id: what the old one left is gone, and never served', async () => {
    const world = createWorld();
    await storeVideo(world.bucket, shape);
    const { clock } = world.ports;
    const fetcher = fetcherOn(world.ports);
    const old = await clock.runUntil(fetcher.prepareVideo(undefined, 'clip'));
    await clock.runUntil(fetcher.startIntelligentLoading(old));
    await world.bucket.remove(['clip/manifest.json']);
    const fresh = await storeVideo(world.bucket, { ...shape, uploadId: 'up2', seed: 9 });
    const manifest = await clock.runUntil(fetcher.prepareVideo(undefined, 'clip'));
    const session = await clock.runUntil(fetcher.open('clip'));
    expect(session.cachedRanges()).toEqual([]);
    expect(await clock.runUntil(failureOf(fetcher.startIntelligentLoading(old)))).toMatchObject({ code: 'INVALID_STATE' });
    await clock.runUntil(fetcher.startIntelligentLoading(manifest));
    await clock.runUntil(fetcher.combineSegments('clip', { outputPath: '/out' }));
    expect(same(await world.ports.readFile('/out'), fresh.bytes)).toBe(true);
    await clock.runUntil(fetcher.cleanup());
  });

  it('no room for it: the video plays all the same', async () => {
    const world = createWorld();
    await storeVideo(world.bucket, shape);
    const { clock, fileSystem } = world.ports;
    const { faultyFileSystem } = await import('../../src/conformance/index.js');
    const plan = createFaultPlan({ rules: [{ kind: 'fails', operation: 'fs.create', code: 'STORAGE_FULL' }] });
    const fetcher = fetcherOn(world.ports, { fileSystem: faultyFileSystem(fileSystem, plan) });
    const warnings: string[] = [];
    fetcher.on('warning', ({ error }) => warnings.push(error.code));
    const session = await clock.runUntil(fetcher.open('clip'));
    expect(warnings).toEqual(['STORAGE_FULL']);
    const buffer = new Uint8Array(500);
    expect(await clock.runUntil(session.readInto(buffer, 0))).toBe(500);
    expect(await clock.runUntil(session.readInto(buffer, 500))).toBe(500);
    expect(world.requests.filter((key) => key === 'clip/up1/0')).toHaveLength(1);
    await clock.runUntil(fetcher.cleanup());
  });
});
