/** A manifest of an earlier life is compared with the journal before it is believed. */
import { describe, expect, it } from 'vitest';
import { parseManifest } from '../../../src/core/index.js';
import type { BlobStore } from '../../../src/ports/index.js';
import { createTestPorts, type TestPorts } from '../../../src/testing/index.js';
import { forged } from '../../simulation/world/forgery.js';
import { engineOn, isWhole, MANIFEST, SEGMENT_SIZE, scripted, startOn, twofold } from '../support.js';

const half = (): number => 0.5;

/** A store that changes manifests on their way in, past their hash, and never answers. */
function forging(store: BlobStore, change: (bytes: Uint8Array) => Uint8Array): BlobStore {
  return {
    ...store,
    put: async (key, body, options) => {
      if (!MANIFEST.test(key) || body.kind !== 'bytes') return store.put(key, body, options);
      const bytes = change(body.bytes);
      await store.put(key, { kind: 'bytes', sizeBytes: bytes.length, bytes }, { contentType: options.contentType });
      return new Promise(() => undefined);
    },
  };
}

/** A life that is killed once its manifest has arrived as `change` makes it. */
async function killedAfterManifest(
  change: (bytes: Uint8Array) => Uint8Array,
  more: Parameters<typeof engineOn>[1] = {},
): Promise<TestPorts> {
  const ports = createTestPorts();
  await ports.addFile('/a.mp4', 3 * SEGMENT_SIZE);
  const engine = await startOn(ports, { ...more, blobStore: forging(ports.blobStore, change) });
  await ports.clock.runUntil(engine.add('/a.mp4', { title: 'one' }, { videoId: 'v' }));
  while ((await ports.readBlob('v/manifest.json')) === undefined) await ports.clock.advance(100);
  return ports.restart();
}

/** The next life, over a store that counts. */
async function nextLife(ports: TestPorts, more: Parameters<typeof engineOn>[1] = {}) {
  const store = scripted(ports.blobStore, () => undefined);
  const warnings: string[] = [];
  const engine = engineOn(ports, { ...more, blobStore: store });
  engine.on('warning', ({ error }) => warnings.push(error.code));
  await ports.clock.runUntil(engine.start());
  await ports.clock.runUntil(engine.idle());
  const [item] = engine.list();
  return { store, warnings, status: item?.status, puts: store.asked.filter(({ method }) => method === 'put').map(({ key }) => key) };
}

const same = (bytes: Uint8Array): Uint8Array => bytes;
const withForgedHash = (bytes: Uint8Array): Uint8Array => forged(bytes, half) ?? bytes;
const retitled = (bytes: Uint8Array): Uint8Array => Buffer.from(Buffer.from(bytes).toString('latin1').replace('"one"', '"two"'), 'latin1');

describe('a manifest that was put before a kill', () => {
  it('is believed where it says what the journal says, with no byte sent again', async () => {
    const ports = await killedAfterManifest(same);
    const { status, puts, warnings } = await nextLife(ports);
    expect({ status, puts, warnings }).toEqual({ status: 'completed', puts: [], warnings: [] });
  });

  it.each([
    ['another hash', withForgedHash],
    ['another title', retitled],
  ])('with %s is removed and put again, and no segment is', async (_what, change) => {
    const ports = await killedAfterManifest(change);
    const { status, puts, warnings } = await nextLife(ports);
    expect({ status, puts, warnings }).toEqual({ status: 'completed', puts: ['v/manifest.json'], warnings: ['BLOB_CORRUPT'] });
    expect(await isWhole(ports, 'v', '/a.mp4')).toBe(true);
    expect(parseManifest((await ports.readBlob('v/manifest.json')) ?? new Uint8Array()).metadata.title).toBe('one');
  });

  it('stays where only the way back changed it', async () => {
    const ports = await killedAfterManifest(same);
    let reads = 0;
    const blobStore: BlobStore = {
      ...ports.blobStore,
      get: async (key, options) => {
        reads += 1;
        if (reads > 1) return ports.blobStore.get(key, options);
        let left: Uint8Array | undefined = withForgedHash((await ports.readBlob(key)) ?? new Uint8Array());
        const next = async (): Promise<Uint8Array | undefined> => {
          const piece = left;
          left = undefined;
          return piece;
        };
        return { next, close: async () => undefined };
      },
    };
    const { status, puts, warnings, store } = await nextLife({ ...ports, blobStore });
    expect({ status, puts, warnings }).toEqual({ status: 'completed', puts: [], warnings: [] });
    expect(store.asked.filter(({ method }) => method === 'remove')).toEqual([]);
    expect(reads).toBeGreaterThan(1);
  });

  describe('where the journal has lost its acknowledgements', () => {
    const lose = async (ports: TestPorts): Promise<void> => {
      for (const key of await ports.keyValueStore.keys('')) if (key.includes('/page/')) await ports.keyValueStore.set(key, 'torn');
    };

    it('is believed once every object has its hash', async () => {
      const ports = await killedAfterManifest(same);
      await lose(ports);
      const { status, puts, store } = await nextLife(ports);
      expect({ status, puts }).toEqual({ status: 'completed', puts: [] });
      expect(store.asked.filter(({ method, key }) => method === 'head' && !MANIFEST.test(key))).toHaveLength(3);
    });

    it('is put again where one has another', async () => {
      const ports = await killedAfterManifest(withForgedHash);
      await lose(ports);
      const { status, puts } = await nextLife(ports);
      expect({ status, puts }).toEqual({ status: 'completed', puts: ['v/manifest.json'] });
      expect(await isWhole(ports, 'v', '/a.mp4')).toBe(true);
    });
  });

  describe('of a packaging that only its source can plan', () => {
    const packaging = twofold('v1');

    it('is compared as well', async () => {
      const ports = await killedAfterManifest(withForgedHash, { packaging });
      const { status, puts } = await nextLife(ports, { packaging });
      expect({ status, puts }).toEqual({ status: 'completed', puts: ['v/manifest.json'] });
    });

    it.each([
      ['the source is gone', 'v1', true],
      ['the packaging has changed', 'v2', false],
    ])('is believed by the bucket where %s', async (_why, version, remove) => {
      const ports = await killedAfterManifest(same, { packaging });
      if (remove) await ports.fileSystem.remove('/a.mp4');
      const { status, puts } = await nextLife(ports, { packaging: twofold(version) });
      expect({ status, puts }).toEqual({ status: 'completed', puts: [] });
    });

    it.each([
      ['hash', withForgedHash],
      ['title', retitled],
    ])('with another %s is not, and the lost source is told', async (_what, change) => {
      const ports = await killedAfterManifest(change, { packaging });
      await ports.fileSystem.remove('/a.mp4');
      const { status, puts } = await nextLife(ports, { packaging });
      expect({ status, puts }).toEqual({ status: 'failed', puts: [] });
      expect(await ports.readBlob('v/manifest.json')).toBeUndefined();
    });
  });
});
