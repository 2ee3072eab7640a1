/**
 * Processes that end at every single step: the world below stops for good before, in the middle of, or behind its n-th
 * file operation, for every n, and a fresh store looks at what is on the disk. kill.test.ts does it with real signals, at
 * random moments.
 */
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { directoryBlobStore, nodeFileSystem, nodeKeyValueStore, nodeLock } from '../../../adapters/node/index.js';
import { bytesBody, freshDirectory, PLAIN, patternBytes, readAll } from './given.js';

type Moment = 'before' | 'half' | 'after';
type Call = (...args: unknown[]) => Promise<unknown>;

const world = vi.hoisted(() => {
  const state = {
    steps: 0,
    stopAt: Number.POSITIVE_INFINITY,
    moment: 'before' as Moment,
    stopped: undefined as (() => void) | undefined,
    handles: [] as FileHandle[],
    /** Called before each call of a name; for one that sleeps while others go on. */
    between: undefined as ((name: string, path: unknown) => Promise<void>) | undefined,
  };
  const forEver = (): Promise<never> => {
    state.stopped?.();
    return new Promise(() => undefined);
  };
  const step = async (name: string, args: unknown[], call: Call, half: () => Promise<unknown>): Promise<unknown> => {
    await state.between?.(name, args[0]);
    state.steps += 1;
    if (state.steps > state.stopAt) return forEver();
    if (state.steps < state.stopAt) return call(...args);
    if (state.moment === 'half') await half();
    if (state.moment === 'after') await call(...args);
    return forEver();
  };
  return { state, step };
});

vi.mock('node:fs/promises', async (importOriginal) => {
  const original = (await importOriginal()) as { [name: string]: unknown };
  const nothing = async (): Promise<void> => undefined;
  const wrapHandle = (handle: FileHandle): FileHandle => {
    const write = handle.write.bind(handle) as unknown as Call;
    const [sync, close] = [handle.sync.bind(handle), handle.close.bind(handle)];
    const half = (bytes: unknown): Promise<unknown> => write(bytes, 0, Math.floor((bytes as Uint8Array).length / 2), null);
    world.state.handles.push(handle);
    return Object.assign(handle, {
      write: (...args: unknown[]) => world.step('write', args, write, () => half(args[0])),
      sync: () => world.step('sync', [], sync as Call, nothing),
      close: () => world.step('close', [], close as Call, nothing),
    });
  };
  const wrapped = Object.entries(original).map(([name, value]) => {
    if (typeof value !== 'function' || name === 'default') return [name, value];
    const call = value as Call;
    const opening = async (...args: unknown[]): Promise<unknown> => wrapHandle((await call(...args)) as FileHandle);
    const half = (path: unknown, text: unknown): Promise<unknown> => call(path, String(text).slice(0, String(text).length / 2));
    return [
      name,
      (...args: unknown[]) =>
        world.step(name, args, name === 'open' ? opening : call, () => (name === 'writeFile' ? half(args[0], args[1]) : nothing())),
    ];
  });
  return Object.fromEntries(wrapped);
});

afterEach(() => {
  world.state.between = undefined;
});

/** Runs until the n-th step, or to its end. Resolves with whether it came to its end. */
async function runUntil(stopAt: number, moment: Moment, run: () => Promise<unknown>): Promise<boolean> {
  Object.assign(world.state, { steps: 0, stopAt, moment, handles: [] });
  const stopped = new Promise<boolean>((resolve) => {
    world.state.stopped = () => resolve(false);
  });
  const finished = await Promise.race([run().then(() => true), stopped]);
  const handles = world.state.handles;
  Object.assign(world.state, { stopAt: Number.POSITIVE_INFINITY, stopped: undefined });
  // What the operating system does for a dead process.
  if (!finished) await Promise.all(handles.map((handle) => handle.close().catch(() => undefined)));
  return finished;
}

/** Stops `run` at each of its steps, in each of three moments, in a fresh place each time; `look` looks at what is left. */
async function atEveryStep<Place>(
  prepare: () => Promise<Place>,
  run: (place: Place) => Promise<unknown>,
  look: (place: Place, done: boolean) => Promise<void>,
) {
  let runs = 0;
  for (const moment of ['before', 'half', 'after'] as const) {
    for (let stopAt = 1; ; stopAt += 1) {
      const place = await prepare();
      const finished = await runUntil(stopAt, moment, () => run(place));
      await look(place, finished);
      runs += 1;
      if (finished) break;
      expect(stopAt).toBeLessThan(100);
    }
  }
  return runs;
}

describe.each(['full', 'process'] as const)('stopped at every step, durability %s', (durability) => {
  it('a set leaves the old value or the new, and the next one goes on', async () => {
    const open = (directory: string) => nodeKeyValueStore({ directory, durability: 'process' });
    const [old, fresh] = ['o'.repeat(5_000), 'n'.repeat(6_000)];
    const seen = new Set<string | undefined>();
    const runs = await atEveryStep(
      async () => {
        const directory = join(freshDirectory(), 'records');
        await open(directory).set('record', old);
        return directory;
      },
      (directory) => nodeKeyValueStore({ directory, durability }).set('record', fresh),
      async (directory, done) => {
        const later = open(directory);
        const value = await later.get('record');
        expect(done ? [fresh] : [old, fresh]).toContain(value);
        expect(await later.keys('')).toEqual(['record']);
        await later.set('record', 'next');
        expect(await later.get('record')).toBe('next');
        seen.add(value);
      },
    );
    expect([runs > 20, seen.size]).toEqual([true, 2]);
  });

  it.each([false, true])('a put leaves the old blob, the new or none, never a part (ifAbsent %s)', async (ifAbsent) => {
    const open = (directory: string) => directoryBlobStore({ directory, durability: 'process' });
    const fresh = patternBytes(9_000);
    let [absent, whole] = [0, 0];
    await atEveryStep(
      async () => join(freshDirectory(), 'bucket'),
      (directory) => directoryBlobStore({ directory, durability }).put('v/u/a.bin', bytesBody(fresh), { ...PLAIN, ifAbsent }),
      async (directory, done) => {
        const later = open(directory);
        const there = await later.head('v/u/a.bin');
        expect((await later.list?.(''))?.blobs.map((blob) => blob.key)).toEqual(there === undefined ? [] : ['v/u/a.bin']);
        if (there === undefined) absent += 1;
        else whole += 1;
        expect(done && there === undefined).toBe(false);
        if (there !== undefined) expect(await readAll(await later.get('v/u/a.bin'))).toEqual(fresh);
        await later.put('v/u/a.bin', bytesBody(patternBytes(10)), PLAIN);
        expect(await readAll(await later.get('v/u/a.bin'))).toEqual(patternBytes(10));
      },
    );
    expect([absent > 10, whole > 3]).toEqual([true, true]);
  });

  it('a rename leaves the old file or the new', async () => {
    const fileSystem = nodeFileSystem({ durability: 'process' });
    await atEveryStep(
      async () => {
        const directory = freshDirectory();
        for (const [name, sizeBytes] of [
          ['old', 100],
          ['new', 200],
        ] as const) {
          const handle = await fileSystem.create(join(directory, name));
          await handle.write(patternBytes(sizeBytes));
          await handle.close();
        }
        return directory;
      },
      (directory) => nodeFileSystem({ durability }).rename(join(directory, 'new'), join(directory, 'old')),
      async (directory, done) => {
        expect(done ? [200] : [100, 200]).toContain((await fileSystem.stat(join(directory, 'old')))?.sizeBytes);
      },
    );
  });
});

describe('a thief that falls asleep', () => {
  it('between its look and its grasp gets nothing, and takes nothing from those who went on', async () => {
    const directory = freshDirectory();
    const [sleeper, others] = [nodeLock({ directory }), nodeLock({ directory })];
    for (const generations of [1, 2, 12]) {
      await (await others.acquire(`queue-${generations}`))?.release();
      const held: Awaited<ReturnType<typeof others.acquire>>[] = [];
      let asleep = false;
      world.state.between = async (name, path) => {
        if (asleep || name !== 'writeFile' || !String(path).endsWith('.owner')) return;
        asleep = true;
        for (let generation = 0; generation < generations; generation += 1) {
          await held[held.length - 1]?.release();
          held.push(await others.acquire(`queue-${generations}`));
        }
      };
      const stolen = await sleeper.acquire(`queue-${generations}`);
      const last = held[held.length - 1];
      expect([stolen, held.length, last?.isHeld()]).toEqual([undefined, generations, true]);
      await last?.release();
      const next = await sleeper.acquire(`queue-${generations}`);
      expect(next?.isHeld()).toBe(true);
      await next?.release();
    }
  });
});

describe('a put whose new directory is pruned under its hands', () => {
  it('makes it again', async () => {
    const directory = join(freshDirectory(), 'bucket');
    const store = directoryBlobStore({ directory, durability: 'process' });
    for (const victim of ['mkdir', 'rename', 'link']) {
      let [pruned, busy] = [0, false];
      world.state.between = async (name, path) => {
        if (name !== victim || busy || pruned === 3 || (name === 'mkdir' && !String(path).endsWith('/er'))) return;
        busy = true;
        pruned += 1;
        await store.put('v/deep/er/other', bytesBody(patternBytes(1)), PLAIN);
        await store.remove(['v/deep/er/other']);
        busy = false;
      };
      await store.put('v/deep/er/a.bin', bytesBody(patternBytes(10)), { ...PLAIN, ifAbsent: victim === 'link' });
      world.state.between = undefined;
      expect(pruned).toBeGreaterThan(0);
      expect(await readAll(await store.get('v/deep/er/a.bin'))).toEqual(patternBytes(10));
      await store.remove(['v/deep/er/a.bin']);
    }
  });
});
