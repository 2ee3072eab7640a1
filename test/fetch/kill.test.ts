/** A process that dies at any operation, and devices that refuse at any operation. */
import { describe, expect, it } from 'vitest';
import {
  createFaultPlan,
  type FaultPlan,
  type FaultRule,
  faultyBlobStore,
  faultyFileSystem,
  faultyKeyValueStore,
} from '../../src/conformance/index.js';
import type { VideoFetcher } from '../../src/fetch/index.js';
import type { TestPorts } from '../../src/testing/index.js';
import { createWorld, failureOf, fetcherOn, same, storeVideo, type World } from './support/world.js';

const SEGMENT = 4_000;
const SIZE = 8 * SEGMENT - 5;

function fetcherUnder(ports: TestPorts, plan: FaultPlan): VideoFetcher {
  return fetcherOn(ports, {
    fileSystem: faultyFileSystem(ports.fileSystem, plan),
    keyValueStore: faultyKeyValueStore(ports.keyValueStore, plan),
    blobStore: faultyBlobStore(ports.blobStore, plan),
  });
}

async function fetchAll(fetcher: VideoFetcher): Promise<void> {
  const manifest = await fetcher.prepareVideo(undefined, 'clip');
  await fetcher.startIntelligentLoading(manifest);
  await fetcher.combineSegments('clip', { outputPath: '/out/video.mp4' });
  await fetcher.cleanup();
}

async function freshWorld(): Promise<{ world: World; bytes: Uint8Array }> {
  const world = createWorld();
  const { bytes } = await storeVideo(world.bucket, { sizeBytes: SIZE, segmentBytes: SEGMENT, opening: [{ start: 0, end: 10 }] });
  await world.ports.fileSystem.makeDirectory('/out');
  return { world, bytes };
}

async function countOperations(): Promise<number> {
  const { world } = await freshWorld();
  const plan = createFaultPlan();
  await world.ports.clock.runUntil(fetchAll(fetcherUnder(world.ports, plan)));
  return plan.operationCount;
}

/** Runs until the process dies at the n-th operation. */
async function lifeUntil(ports: TestPorts, deathAt: number, phase: 'before' | 'after'): Promise<void> {
  let die: () => void = () => undefined;
  const dead = new Promise<void>((resolve) => {
    die = resolve;
  });
  const strike = (operation: { readonly index: number }): Promise<void> | undefined => {
    if (operation.index < deathAt || (phase === 'after' && operation.index > deathAt)) return undefined;
    die();
    return new Promise(() => undefined);
  };
  const plan = createFaultPlan(phase === 'before' ? { beforeOperation: strike } : { afterOperation: strike });
  await ports.clock.runUntil(Promise.race([dead, fetchAll(fetcherUnder(ports, plan))]));
}

describe('a kill at any operation', () => {
  it.each(['before', 'after'] as const)('%s it: the next life completes, bytes equal, nothing left over', async (phase) => {
    const operations = await countOperations();
    expect(operations).toBeGreaterThan(60);
    for (let deathAt = 1; deathAt <= operations; deathAt += 1) {
      const { world, bytes } = await freshWorld();
      await lifeUntil(world.ports, deathAt, phase);
      // An output is whole or it is not there.
      const early = await world.ports.readFile('/out/video.mp4');
      expect(early === undefined || same(early, bytes), `death ${phase} operation ${deathAt}`).toBe(true);
      const ports = world.ports.restart();
      world.requests.length = 0;
      await ports.clock.runUntil(fetchAll(fetcherOn(ports)));
      expect(same(await ports.readFile('/out/video.mp4'), bytes), `death ${phase} operation ${deathAt}`).toBe(true);
      expect(await ports.fileSystem.list('/out'), `death ${phase} operation ${deathAt}`).toEqual(['video.mp4']);
      const [scope] = await ports.fileSystem.list('/cache');
      const names = await ports.fileSystem.list(`/cache/${scope}`);
      expect(names, `death ${phase} operation ${deathAt}`).toHaveLength(9);
      expect(names.filter((name) => name.endsWith('.tmp'))).toEqual([]);
      expect(await ports.keyValueStore.keys('fetch/')).toEqual([expect.stringContaining('/used/')]);
    }
  });

  it('costs at most the segments that were under way', async () => {
    const operations = await countOperations();
    for (let deathAt = 5; deathAt <= operations; deathAt += 7) {
      const { world } = await freshWorld();
      await lifeUntil(world.ports, deathAt, 'before');
      const before = new Set(world.requests);
      const ports = world.ports.restart();
      world.requests.length = 0;
      await ports.clock.runUntil(fetchAll(fetcherOn(ports)));
      const again = world.requests.filter((key) => key.includes('/up1/') && before.has(key));
      expect(again.length).toBeLessThanOrEqual(3);
    }
  });

  it('two deaths in a row, also while the first is being cleared up', async () => {
    const operations = await countOperations();
    for (let first = 3; first <= operations; first += 9) {
      for (let second = 1; second <= 12; second += 3) {
        const { world, bytes } = await freshWorld();
        await lifeUntil(world.ports, first, 'before');
        const next = world.ports.restart();
        await lifeUntil(next, second, 'after');
        const last = next.restart();
        await last.clock.runUntil(fetchAll(fetcherOn(last)));
        expect(same(await last.readFile('/out/video.mp4'), bytes)).toBe(true);
        expect(await last.fileSystem.list('/out')).toEqual(['video.mp4']);
      }
    }
  });
});

describe('a device that refuses at any operation', () => {
  async function refuseEach(rule: Omit<FaultRule, 'nth'>, codes: readonly string[]): Promise<{ refused: number; went: number }> {
    let refused = 0;
    let went = 0;
    for (let nth = 1; ; nth += 1) {
      const { world, bytes } = await freshWorld();
      const { ports } = world;
      await ports.addFile('/out/video.mp4', new Uint8Array([1, 2, 3]));
      const plan = createFaultPlan({ rules: [{ ...rule, nth, times: 1 }] });
      const fetcher = fetcherUnder(ports, plan);
      const outcome = await ports.clock.runUntil(
        fetchAll(fetcher).then(
          () => undefined,
          (error: { code: string }) => error.code,
        ),
      );
      if ((plan.struck()[rule.kind] ?? 0) === 0) {
        expect(outcome).toBeUndefined();
        return { refused, went };
      }
      if (outcome === undefined) {
        went += 1;
        expect(same(await ports.readFile('/out/video.mp4'), bytes)).toBe(true);
      } else {
        refused += 1;
        expect(codes).toContain(outcome);
        // What was there before is still there, and nothing else.
        expect(await ports.readFile('/out/video.mp4')).toEqual(new Uint8Array([1, 2, 3]));
        expect(await ports.fileSystem.list('/out')).toEqual(['video.mp4']);
      }
      await ports.clock.runUntil(fetcher.cleanup());
      expect(ports.clock.pendingTimers()).toBe(0);
      await ports.clock.runUntil(fetchAll(fetcherOn(ports)));
      expect(same(await ports.readFile('/out/video.mp4'), bytes)).toBe(true);
      expect(await ports.fileSystem.list('/out')).toEqual(['video.mp4']);
    }
  }

  it('a full disk at every write: STORAGE_FULL, and nothing is left', async () => {
    const { refused, went } = await refuseEach({ kind: 'torn-write', operation: 'fs.write' }, ['STORAGE_FULL']);
    // Eight segments and eight writes of the output; the copy of the manifest is no reason to fail.
    expect({ refused, went }).toEqual({ refused: 16, went: 1 });
  });

  it('a full disk at every file made, closed or renamed', async () => {
    for (const operation of ['fs.create', 'fs.closeWrite', 'fs.rename'] as const) {
      const { refused } = await refuseEach({ kind: 'fails', operation, code: 'STORAGE_FULL' }, ['STORAGE_FULL']);
      expect(refused, operation).toBe(9);
    }
  });

  it('files that cannot be removed, read or listed', async () => {
    for (const operation of ['fs.remove', 'fs.readInto', 'fs.open', 'fs.closeRead', 'fs.list', 'fs.stat', 'fs.makeDirectory'] as const) {
      const { refused, went } = await refuseEach({ kind: 'fails', operation, code: 'FILE_UNREADABLE' }, ['FILE_UNREADABLE']);
      expect(refused + went, operation).toBeGreaterThan(0);
    }
  });

  it('records that cannot be read or written cost the order of eviction, or refuse what could leave rubbish behind', async () => {
    for (const operation of ['kv.set', 'kv.keys', 'kv.remove'] as const) {
      const { refused, went } = await refuseEach({ kind: 'fails', operation }, ['STORAGE_UNAVAILABLE']);
      expect(refused, operation).toBe(operation === 'kv.set' ? 1 : 0);
      expect(went + refused, operation).toBeGreaterThan(0);
    }
  });

  it('a link that fails at every operation once: nobody notices', async () => {
    for (const operation of ['blob.get', 'blob.next', 'blob.close'] as const) {
      const { refused, went } = await refuseEach({ kind: 'fails', operation }, []);
      expect(refused, operation).toBe(0);
      expect(went, operation).toBeGreaterThan(8);
    }
  });

  it('a third of all requests fail: every byte arrives', async () => {
    const { world, bytes } = await freshWorld();
    const plan = createFaultPlan({ seed: 11, rules: [{ kind: 'fails', operation: ['blob.get', 'blob.next'], rate: 0.3 }] });
    const fetcher = fetcherUnder(world.ports, plan);
    await world.ports.clock.runUntil(fetchAll(fetcher));
    expect(same(await world.ports.readFile('/out/video.mp4'), bytes)).toBe(true);
    expect(fetcher.report().retries).toBeGreaterThan(3);
  });

  it('a dead link ends in its own code once the attempts are spent', async () => {
    const { world } = await freshWorld();
    const plan = createFaultPlan({ rules: [{ kind: 'fails', operation: 'blob.get', target: '/up1/' }] });
    const fetcher = fetcherOn(world.ports, { blobStore: faultyBlobStore(world.ports.blobStore, plan), retry: { maxAttempts: 4 } });
    expect(await world.ports.clock.runUntil(failureOf(fetchAll(fetcher)))).toMatchObject({ code: 'NETWORK', context: { videoId: 'clip' } });
    const asked = world.requests.length;
    expect(asked).toBe(1);
    expect(plan.struck().fails).toBeGreaterThanOrEqual(4);
    await world.ports.clock.runUntil(fetcher.cleanup());
    expect(world.ports.clock.pendingTimers()).toBe(0);
  });
});
