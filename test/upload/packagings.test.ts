/** Several packagings of one engine, and what a package says of itself. */
import { describe, expect, it } from 'vitest';
import { ReelwayError } from '../../src/errors/index.js';
import type { Package, PackageObject, Packaging } from '../../src/ports/index.js';
import { rawPackaging } from '../../src/upload/index.js';
import { codeOf, engineOn, isWhole, MANIFEST, portsWith, startOn, twofold, unlisted } from './support.js';

const BYTES = 13_500;
const raw = rawPackaging({ segmentBytes: 1_000 });

const refusing: Packaging = {
  open: () => Promise.reject(new ReelwayError('NOT_SUPPORTED', { message: 'Expected an MP4 file' })),
};

/** The same packaging with other words about its packages and their segments. */
function describing(
  packaging: Packaging,
  facts: Partial<Package>,
  segmentFacts: (object: PackageObject) => Partial<PackageObject>,
): Packaging {
  return {
    open: async (...args) => {
      const pack = await packaging.open(...args);
      return { ...pack, ...facts, describe: (index) => ({ ...pack.describe(index), ...segmentFacts(pack.describe(index)) }) };
    },
  };
}

describe('several packagings', () => {
  it('are tried in their order until one accepts the source', async () => {
    const { ports } = await portsWith({ bytes: BYTES });
    const engine = await startOn(ports, { packaging: [refusing, twofold('two-1'), raw] });
    const manifest = await ports.clock.runUntil((await engine.add('/a.mp4', {}, { videoId: 'a' })).completed());
    expect(manifest).toMatchObject({ layout: 'hls', segmentCount: 5 });
    expect(await isWhole(ports, 'a', '/a.mp4')).toBe(true);
  });

  it('refuse a source that none of them accepts, with the last reason as the cause', async () => {
    const { ports } = await portsWith({ bytes: BYTES });
    const engine = await startOn(ports, { packaging: [refusing, refusing] });
    await expect(engine.add('/a.mp4')).rejects.toMatchObject({ code: 'NOT_SUPPORTED', cause: { message: 'Expected an MP4 file' } });
    expect(engine.list()).toEqual([]);
  });

  it('do not hide a failure that is not a refusal', async () => {
    const { ports } = await portsWith({ bytes: BYTES });
    const failing: Packaging = { open: () => Promise.reject(new ReelwayError('FILE_UNREADABLE')) };
    const engine = await startOn(ports, { packaging: [failing, raw] });
    expect(await codeOf(engine.add('/a.mp4'))).toBe('SOURCE_UNREADABLE');
  });

  it('must be at least one', async () => {
    const { ports } = await portsWith({ bytes: BYTES });
    expect(() => engineOn(ports, { packaging: [] })).toThrow(
      expect.objectContaining({ code: 'INVALID_CONFIG', context: expect.objectContaining({ field: 'packaging' }) }),
    );
  });

  it('continue an upload with the one that it began with, whichever comes first now', async () => {
    const { ports } = await portsWith({ bytes: BYTES });
    const engine = await startOn(ports, { packaging: twofold('two-1') });
    const upload = await engine.add('/a.mp4', {}, { videoId: 'a' });
    await ports.clock.runUntil(upload.pause());
    const next = ports.restart();
    const again = await startOn(next, { packaging: [raw, twofold('two-2'), twofold('two-1')] });
    await again.get(upload.id).resume();
    const manifest = await next.clock.runUntil(again.get(upload.id).completed());
    expect(manifest).toMatchObject({ uploadId: upload.id, layout: 'hls', segmentCount: 5 });
  });

  it('restart an upload whose version none of them makes with the first that accepts its source', async () => {
    const { ports } = await portsWith({ bytes: BYTES });
    const engine = await startOn(ports, { packaging: twofold('two-1') });
    const upload = await engine.add('/a.mp4', {}, { videoId: 'a' });
    await ports.clock.runUntil(upload.pause());
    const next = ports.restart();
    const again = await startOn(next, { packaging: [refusing, raw, twofold('two-2')] });
    await again.get(upload.id).resume();
    const manifest = await next.clock.runUntil(again.get(upload.id).completed());
    expect(manifest).toMatchObject({ layout: 'raw', segmentCount: 14 });
    expect(manifest.uploadId).not.toBe(upload.id);
  });

  it('sweep by the names of a newer version where the bucket cannot be listed', async () => {
    const { ports } = await portsWith({ bytes: BYTES });
    const blobStore = unlisted(ports.blobStore);
    const engine = await startOn(ports, { packaging: twofold('two-1'), blobStore });
    const upload = await engine.add('/a.mp4', {}, { videoId: 'a' });
    await ports.clock.runUntil(new Promise<void>((resolve) => upload.on('segment', () => resolve(upload.pause()))));
    expect(await ports.blobKeys()).not.toEqual([]);
    const next = ports.restart();
    const again = await startOn(next, { packaging: [refusing, twofold('two-2')], blobStore: unlisted(next.blobStore) });
    await next.clock.runUntil(again.get(upload.id).cancel());
    expect(await next.blobKeys()).toEqual([]);
  });
});

describe('the facts of a package', () => {
  const facts = { codecs: 'avc1.64001f', width: 1_080, height: 1_920, bandwidth: 2_000_000, timescale: 1_000, frameRate: 30 };
  const told = (): Packaging =>
    describing(twofold('two-1'), facts, ({ role, name }) => (role === 'segment' ? { sync: name === '0.m4s' } : {}));

  it('reach the manifest, as far as it has fields for them', async () => {
    const { ports } = await portsWith({ bytes: BYTES });
    const engine = await startOn(ports, { packaging: told() });
    const manifest = await ports.clock.runUntil((await engine.add('/a.mp4')).completed());
    const [{ codecs, width, height, bandwidth, times, sync }] = manifest.renditions;
    const { frameRate: _frameRate, ...written } = facts;
    expect({ codecs, width, height, bandwidth, timescale: times?.timescale }).toEqual(written);
    expect(sync).toEqual(Uint8Array.of(1));
  });

  it('are part of what a stored manifest is compared with after a restart', async () => {
    let lost = true;
    const { ports, store } = await portsWith({ bytes: BYTES }, ({ method, key }) =>
      lost && method === 'put' && MANIFEST.test(key) ? { lost: 'FORBIDDEN' } : undefined,
    );
    const engine = await startOn(ports, { packaging: told(), blobStore: store });
    const upload = await engine.add('/a.mp4', {}, { videoId: 'a' });
    expect(await ports.clock.runUntil(codeOf(upload.completed()))).toBe('FORBIDDEN');
    lost = false;
    const warnings: string[] = [];
    engine.on('warning', ({ error }) => warnings.push(error.message));
    const puts = store.asked.filter(({ method }) => method === 'put').length;
    await upload.retry();
    const manifest = await ports.clock.runUntil(upload.completed());
    expect(manifest.renditions[0].codecs).toBe('avc1.64001f');
    expect(store.asked.filter(({ method }) => method === 'put')).toHaveLength(puts);
    expect(warnings).toEqual([]);
  });
});
