/** The lock between processes: exclusive, given back, taken from the dead at once, and never won twice. */
import { createHash } from 'node:crypto';
import { lstat, mkdir, readdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { nodeLock } from '../../../../adapters/node/index.js';
import { currentOwner, decodeOwner, encodeOwner, livenessOf, type Owner } from '../../../../adapters/node/lock/lock-owner.js';
import { codesOf, freshDirectory, heldLockOf, lockPlaceOf, rejection, startChild } from '../given.js';

/** Lets the disk do its work until `condition` holds; timers may stand still meanwhile. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}

afterEach(() => {
  vi.useRealTimers();
});

describe('in one process', () => {
  it('is held by one at a time, by name, and given back once', async () => {
    const directory = freshDirectory();
    const [lock, other] = [nodeLock({ directory }), nodeLock({ directory })];
    const lease = await lock.acquire('queue/a');
    expect(lease?.isHeld()).toBe(true);
    expect(await other.acquire('queue/a')).toBeUndefined();
    const elsewhere = await other.acquire('queue/b');
    expect(elsewhere?.isHeld()).toBe(true);
    await Promise.all([lease?.release(), lease?.release()]);
    expect(lease?.isHeld()).toBe(false);
    const next = await other.acquire('queue/a');
    expect(next?.isHeld()).toBe(true);
    await lease?.release();
    expect(next?.isHeld()).toBe(true);
    await next?.release();
    await elsewhere?.release();
  });

  it('a waiter gets it as soon as it is given back', async () => {
    const lock = nodeLock({ directory: freshDirectory() });
    const lease = await lock.acquire('queue');
    const waiting = lock.acquire('queue', { waitMs: 20_000 });
    await lease?.release();
    const next = await waiting;
    expect(next?.isHeld()).toBe(true);
    await next?.release();
  });

  it('a waiter that is aborted rejects with the reason, and leaves the lock to others', async () => {
    const lock = nodeLock({ directory: freshDirectory() });
    const lease = await lock.acquire('queue');
    const controller = new AbortController();
    const waiting = lock.acquire('queue', { waitMs: 20_000, signal: controller.signal });
    const reason = new RangeError('no longer');
    controller.abort(reason);
    expect(await rejection(waiting)).toBe(reason);
    expect(await rejection(lock.acquire('queue', { signal: controller.signal }))).toBe(reason);
    await lease?.release();
    const next = await lock.acquire('queue');
    expect(next?.isHeld()).toBe(true);
    await next?.release();
  });

  it('keeps its directory small and private, however often it is taken', async () => {
    const directory = join(freshDirectory(), 'state/locks');
    const lock = nodeLock({ directory });
    for (let round = 0; round < 40; round += 1) await (await lock.acquire('any name at all: ../ü\0'))?.release();
    const place = await lockPlaceOf(directory);
    expect((await readdir(place)).length).toBeLessThanOrEqual(20);
    expect((await stat(place)).mode & 0o777).toBe(0o700);
  });

  it('refuses what cannot be, and a link in its place', async () => {
    for (const staleMs of [0, 3_999, Number.NaN, 3_600_001]) expect(() => nodeLock({ directory: '/x', staleMs })).toThrow(TypeError);
    const directory = freshDirectory();
    expect(await rejection(nodeLock({ directory }).acquire('a', { waitMs: -1 }))).toBeInstanceOf(TypeError);
    await (await nodeLock({ directory }).acquire('queue'))?.release();
    const place = await lockPlaceOf(directory);
    await rename(place, `${place}-moved`);
    await symlink(`${place}-moved`, place);
    expect(await codesOf([nodeLock({ directory }).acquire('queue')])).toEqual(['UNSAFE_PATH']);
    await writeFile(join(directory, 'file'), '');
    expect(await codesOf([nodeLock({ directory: join(directory, 'file') }).acquire('queue')])).toEqual(['STORAGE_UNAVAILABLE']);
  });
});

describe('a lease that is lost', () => {
  it('with its directory is lost for ever, even if one of the same name comes again', async () => {
    const directory = freshDirectory();
    const lease = await nodeLock({ directory }).acquire('queue');
    const path = await heldLockOf(directory);
    await rename(path, `${path}-away`);
    await mkdir(path);
    expect(lease?.isHeld()).toBe(false);
    await rm(path, { recursive: true });
    await rename(`${path}-away`, path);
    expect(lease?.isHeld()).toBe(false);
    await lease?.release();
  });

  it('beats no more, and one that is held does', async () => {
    const directory = freshDirectory();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: Date.now() });
    const lock = nodeLock({ directory, staleMs: 4_000 });
    const lease = await lock.acquire('queue');
    const lostPath = (await heldLockOf(directory)).replace('.lock', '.done');
    await rename(await heldLockOf(directory), lostPath);
    const next = await lock.acquire('queue');
    const path = await heldLockOf(directory);
    const lost = await lstat(lostPath);
    for (let beat = 0; beat < 5; beat += 1) {
      const before = (await lstat(path)).mtimeMs;
      vi.advanceTimersByTime(1_700);
      await until(async () => (await lstat(path)).mtimeMs !== before);
    }
    // 8.5 seconds on, well past staleMs, it is held because it beats.
    expect([lease?.isHeld(), next?.isHeld()]).toEqual([false, true]);
    expect((await lstat(lostPath)).mtimeMs).toBe(lost.mtimeMs);
    await Promise.all([lease?.release(), next?.release()]);
  });
});

describe('owners', () => {
  const self = currentOwner();

  it('come back from their names, and nothing else does', () => {
    expect(decodeOwner(encodeOwner(self))).toEqual(self);
    expect(encodeOwner(self)).not.toBe(encodeOwner(self));
    for (const text of ['', 'x', `${encodeOwner(self)}0`, '../../x']) expect(decodeOwner(text)).toBeUndefined();
  });

  it('are dead only where it is proved: not on another machine, and not where the system shows nothing', () => {
    expect(livenessOf({ ...self, pid: 1, start: '0' }, self)).toBe('unknown');
    expect(livenessOf({ ...self, start: '0' }, self)).toBe('unknown');
    expect(livenessOf({ ...self, pid: 2_147_483_647 }, self)).toBe('dead');
    expect(livenessOf({ ...self, pid: 2_147_483_647, place: '0'.repeat(16) }, self)).toBe('unknown');
    expect(livenessOf({ ...self, place: '0'.repeat(16) }, self)).toBe('unknown');
  });

  it.runIf(process.platform === 'linux')(
    'are alive where number and start agree, and dead where the number belongs to another process now',
    () => {
      expect(livenessOf(self, self)).toBe('alive');
      expect(livenessOf({ ...self, start: '1' }, self)).toBe('dead');
    },
  );

  it.runIf(process.platform === 'linux')('are threads: a worker that has ended is dead while its process lives', async () => {
    const entry = fileURLToPath(new URL('../../../../adapters/node/lock/lock-owner.ts', import.meta.url));
    const { outputFiles } = await build({ entryPoints: [entry], bundle: true, platform: 'node', format: 'cjs', write: false });
    const tell = `require('node:worker_threads').parentPort.postMessage(module.exports.currentOwner());`;
    const worker = new Worker(`${outputFiles[0]?.text ?? ''}\n${tell}\nsetInterval(() => undefined, 60_000);`, { eval: true });
    const owner = await new Promise<Owner>((resolve) => worker.once('message', resolve));
    expect(owner.place).toBe(self.place);
    expect(owner.pid).not.toBe(process.pid);
    expect(livenessOf(owner, self)).toBe('alive');
    await worker.terminate();
    expect(livenessOf(owner, self)).toBe('dead');
  });
});

describe('between processes', () => {
  it('a killed holder is followed long before its heartbeat is stale', { timeout: 60_000 }, async () => {
    const directory = freshDirectory();
    const lock = nodeLock({ directory, staleMs: 3_600_000 });
    const holder = startChild('hold', [directory]);
    expect(await holder.line()).toBe('held');
    expect(await lock.acquire('queue')).toBeUndefined();
    await holder.kill();
    // An hour of staleness: had it to be waited for, this test would time out.
    const lease = await lock.acquire('queue', { waitMs: 3_600_000 });
    expect(lease?.isHeld()).toBe(true);
    await lease?.release();
  });

  it('a killed process that had only tried leaves nobody waiting', async () => {
    const directory = freshDirectory();
    const lock = nodeLock({ directory, staleMs: 3_600_000 });
    await (await lock.acquire('queue'))?.release();
    const place = await lockPlaceOf(directory);
    const dead = { ...currentOwner(), pid: 2_147_483_647 };
    await writeFile(join(place, `2.${encodeOwner(dead)}.owner`), '');
    await mkdir(join(place, '2.lock'));
    const lease = await lock.acquire('queue');
    expect(lease?.isHeld()).toBe(true);
    await lease?.release();
  });

  it.runIf(process.platform === 'linux')(
    'a process that has the number of a dead holder by chance does not delay the next one',
    async () => {
      const directory = freshDirectory();
      const lock = nodeLock({ directory, staleMs: 3_600_000 });
      await plantHolder(directory, 'queue', { ...currentOwner(), start: '1' });
      const lease = await lock.acquire('queue');
      expect(lease?.isHeld()).toBe(true);
      await lease?.release();
    },
  );

  it('an owner that cannot be judged is waited for', async () => {
    const directory = freshDirectory();
    const lock = nodeLock({ directory });
    await (await lock.acquire('queue'))?.release();
    const place = await lockPlaceOf(directory);
    await writeFile(join(place, `2.${encodeOwner({ ...currentOwner(), place: '0'.repeat(16) })}.owner`), '');
    await mkdir(join(place, '2.lock'));
    expect(await lock.acquire('queue')).toBeUndefined();
  });

  it('of four thieves of a dead holder’s lock never two are inside, 200 times', { timeout: 120_000 }, async () => {
    const directory = freshDirectory();
    const thieves = Array.from({ length: 4 }, () => startChild('thief', [directory]));
    for (const thief of thieves) expect(await thief.line()).toBe('ready');
    const race = async (name: string, waitMs: number): Promise<string[]> => {
      await plantDeadHolder(directory, name);
      for (const thief of thieves) thief.send(`${waitMs} ${name}`);
      return Promise.all(thieves.map((thief) => thief.line()));
    };
    let refused = 0;
    for (let round = 0; round < 200; round += 1) {
      const told = await race(`race-${round}`, 0);
      const winners = told.filter((line) => line !== 'refused');
      expect(winners).toEqual(winners.map(() => 'held resolved'));
      expect(winners.length).toBeGreaterThan(0);
      refused += 4 - winners.length;
    }
    // Or they did not race at all.
    expect(refused).toBeGreaterThan(200);
    for (let round = 0; round < 10; round += 1) {
      expect(await race(`queue-${round}`, 60_000)).toEqual(Array.from({ length: 4 }, () => 'held resolved'));
    }
  });
});

/** A lock as a process leaves it that was killed while it held it. */
function plantDeadHolder(directory: string, name: string): Promise<void> {
  return plantHolder(directory, name, { ...currentOwner(), pid: 2_147_483_647 });
}

async function plantHolder(directory: string, name: string, owner: Owner): Promise<void> {
  const place = join(directory, createHash('sha256').update(name).digest('hex').slice(0, 32));
  await mkdir(place);
  await writeFile(join(place, `7.${encodeOwner(owner)}.owner`), '');
  await mkdir(join(place, '7.lock'));
}
