/** A store that listens is told of the puts to come: in order, not too many, only of what is still to be sent; and nothing depends on it. */
import { describe, expect, it } from 'vitest';
import type { AnnouncedPut, BlobStore } from '../../src/ports/index.js';
import { createTestPorts, type TestPorts } from '../../src/testing/index.js';
import { rawPackaging, type UploadEngineOptions } from '../../src/upload/index.js';
import { MANIFEST, scripted, startOn } from './support.js';

const SEGMENT = 1_000;
const packaging = rawPackaging({ segmentBytes: SEGMENT });

interface Listening {
  readonly ports: TestPorts;
  /** Each announcement, and the puts that were begun before it. */
  readonly told: { readonly puts: readonly AnnouncedPut[]; readonly begunBefore: number }[];
  readonly begun: string[];
}

function listening(change: (store: BlobStore) => BlobStore = (store) => store): Listening {
  const told: Listening['told'] = [];
  const begun: string[] = [];
  const ports = createTestPorts({
    wrapBlobStore: (bucket) => {
      const store = change(bucket);
      return {
        ...store,
        put: (key, body, options) => {
          begun.push(key);
          return store.put(key, body, options);
        },
        announce: (puts) => void told.push({ puts, begunBefore: begun.length }),
      };
    },
  });
  return { ports, told, begun };
}

async function upload({ ports }: Listening, segments: number, more: Partial<UploadEngineOptions> = {}): Promise<void> {
  await ports.addFile('/clip', segments * SEGMENT - 1);
  const engine = await startOn(ports, { packaging, ...more });
  const added = await ports.clock.runUntil(engine.add('/clip', {}, { videoId: 'clip' }));
  await ports.clock.runUntil(added.completed());
  await ports.clock.runUntil(engine.stop());
}

describe('the puts to come', () => {
  it('are told at each object that is begun: itself first, then those behind it, forty at most', async () => {
    const world = listening();
    await upload(world, 60);
    const segments = world.begun.filter((key) => !MANIFEST.test(key));
    expect(world.told.length).toBe(60);
    for (const [nth, { puts, begunBefore }] of world.told.entries()) {
      expect(puts.map(({ key }) => key)).toEqual(segments.slice(nth, nth + 40));
      expect(begunBefore).toBeLessThanOrEqual(nth);
    }
    expect(world.told[20]?.puts.at(-1)).toEqual({ key: segments[59], contentType: 'application/octet-stream', sizeBytes: SEGMENT - 1 });
  });

  it('are those that are still missing, after a failure and after a restart', async () => {
    const world = listening((store) =>
      scripted(store, ({ method, nth, key }) => (method === 'put' && nth === 0 && key.endsWith('/2') ? 'NETWORK' : undefined)),
    );
    await upload(world, 5);
    const numbers = world.told.map(({ puts }) => puts.map(({ key }) => Number(key.split('/').at(-1))));
    expect(numbers.slice(0, 5)).toEqual([[0, 1, 2, 3, 4], [1, 2, 3, 4], [2, 3, 4], [3, 4], [4]]);
    expect(numbers.slice(5)).toEqual([[2]]);
  });

  it('do no harm where the store throws at them, which is told', async () => {
    const { ports } = listening();
    const announce = (): never => {
      throw new RangeError('no hint wanted');
    };
    await ports.addFile('/clip', 7 * SEGMENT);
    const engine = await startOn(ports, { packaging, blobStore: { ...ports.blobStore, ...methodsOf(ports.blobStore), announce } });
    const warnings: string[] = [];
    engine.on('warning', ({ error }) => warnings.push(error.code));
    const added = await ports.clock.runUntil(engine.add('/clip', {}, { videoId: 'clip' }));
    await ports.clock.runUntil(added.completed());
    expect(warnings).toEqual(Array(7).fill('INTERNAL'));
  });
});

/** The members of ports behind a proxy, which a spread does not see bound. */
function methodsOf({ put, head, get, remove, list }: BlobStore): Partial<BlobStore> {
  return { put, head, get, remove, ...(list === undefined ? {} : { list }) };
}
