/** A lock whose holder gives no heartbeat: kept where the holder is provably alive, and followed after a while where nothing is known of it. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { nodeLock } from '../../../../adapters/node/index.js';
import { lockPath, ownerPath } from '../../../../adapters/node/lock/lock-generations.js';
import { currentOwner, encodeOwner } from '../../../../adapters/node/lock/lock-owner.js';
import type { Lock } from '../../../../src/ports/index.js';
import { freshDirectory, lockPlaceOf, rejection, startChild } from '../given.js';
import { ELSEWHERE, fakeTime, run, STALE_MS, suspended } from '../lock-support.js';

const DAY_MS = 86_400_000;

beforeEach(fakeTime);

afterEach(() => {
  vi.useRealTimers();
});

describe('a holder that is provably alive', () => {
  it.runIf(process.platform === 'linux')('keeps its lock, however old its heartbeat is', async () => {
    const directory = freshDirectory();
    const lease = await suspended(directory);
    vi.advanceTimersByTime(DAY_MS);
    expect(await run(nodeLock({ directory, staleMs: STALE_MS }).acquire('queue', { waitMs: 60_000 }))).toBeUndefined();
    expect(lease.isHeld()).toBe(true);
    await lease.release();
  });

  it.runIf(process.platform === 'linux')('keeps its lock while its process is stopped', { timeout: 60_000 }, async () => {
    vi.useRealTimers();
    const directory = freshDirectory();
    const holder = startChild('hold', [directory, String(STALE_MS)]);
    expect(await holder.line()).toBe('held');
    holder.signal('SIGSTOP');
    const lock = nodeLock({ directory, staleMs: STALE_MS });
    expect(await lock.acquire('queue', { waitMs: STALE_MS + 3_000 })).toBeUndefined();
    holder.signal('SIGCONT');
    holder.send('');
    expect(await holder.line()).toBe('held');
    expect(await lock.acquire('queue')).toBeUndefined();
    await holder.kill();
  });
});

describe('a holder of which nothing can be proved', () => {
  /** A lock that another machine holds, whose clock is so far from ours, with a heartbeat of so many milliseconds ago. */
  async function plant(directory: string, { offsetMs = 0, agoMs = 0 }): Promise<{ lock: Lock; beatOn(): () => Promise<void> }> {
    const lock = nodeLock({ directory, staleMs: STALE_MS });
    await (await lock.acquire('queue'))?.release();
    const place = await lockPlaceOf(directory);
    await writeFile(ownerPath(place, 2, encodeOwner({ ...currentOwner(), place: ELSEWHERE })), '');
    const path = lockPath(place, 2);
    await mkdir(path);
    const beat = (atMs: number): Promise<void> => utimes(path, new Date(atMs), new Date(atMs));
    await beat(Date.now() + offsetMs - agoMs);
    const beatOn = (): (() => Promise<void>) => {
      const state = { isOver: false, last: Promise.resolve() };
      const next = (): void => {
        if (state.isOver) return;
        state.last = state.last.then(() => beat(Date.now() + offsetMs));
        setTimeout(next, 900);
      };
      next();
      return () => {
        state.isOver = true;
        return state.last;
      };
    };
    return { lock, beatOn };
  }

  it('is waited for while its heartbeat is fresh, and followed once it has been silent for as long as allowed', async () => {
    const { lock } = await plant(freshDirectory(), {});
    const startMs = Date.now();
    expect(await lock.acquire('queue')).toBeUndefined();
    expect(Date.now() - startMs).toBe(0);
    const lease = await run(lock.acquire('queue', { waitMs: 60_000 }));
    expect(lease?.isHeld()).toBe(true);
    expect(Date.now() - startMs).toBeGreaterThan(STALE_MS + 1_000);
    expect(Date.now() - startMs).toBeLessThan(STALE_MS + 4_000);
    await lease?.release();
  });

  it('is watched for a beat before it is followed, even without a wait', async () => {
    const { lock } = await plant(freshDirectory(), { agoMs: 60_000 });
    const startMs = Date.now();
    const lease = await run(lock.acquire('queue'));
    expect(lease?.isHeld()).toBe(true);
    expect(Date.now() - startMs).toBeGreaterThan(3_000);
    await lease?.release();
  });

  it.each([
    ['behind', -DAY_MS],
    ['ahead', DAY_MS],
  ])('and beats by a clock that is a day %s is not followed, whatever the wait', async (_, offsetMs) => {
    const { lock, beatOn } = await plant(freshDirectory(), { offsetMs });
    const stop = beatOn();
    expect(await run(lock.acquire('queue', { waitMs: 30_000 }))).toBeUndefined();
    await stop();
  });

  it('and died with a clock a day ahead is followed', async () => {
    const { lock } = await plant(freshDirectory(), { offsetMs: DAY_MS });
    const startMs = Date.now();
    const lease = await run(lock.acquire('queue', { waitMs: 60_000 }));
    expect(lease?.isHeld()).toBe(true);
    expect(Date.now() - startMs).toBeLessThan(20_000);
    await lease?.release();
  });

  it('is not followed by a process that was suspended itself while it watched', async () => {
    const { lock, beatOn } = await plant(freshDirectory(), {});
    const waiting = lock.acquire('queue', { waitMs: STALE_MS * 100 });
    while (vi.getTimerCount() === 0) await new Promise((resolve) => setImmediate(resolve));
    vi.advanceTimersByTime(STALE_MS * 50);
    // It looks before the holder, which wakes as well, has beaten.
    while (vi.getTimerCount() === 0) await new Promise((resolve) => setImmediate(resolve));
    const stop = beatOn();
    expect(await run(waiting)).toBeUndefined();
    await stop();
  });

  it('leaves a free lock where its follower is aborted while it waits for late writes', async () => {
    const directory = freshDirectory();
    const { lock } = await plant(directory, { agoMs: 60_000 });
    const controller = new AbortController();
    const reason = new RangeError('no longer');
    const place = await lockPlaceOf(directory);
    const abortOnceTaken = (): void => {
      if (existsSync(lockPath(place, 3))) controller.abort(reason);
      else setTimeout(abortOnceTaken, 50);
    };
    abortOnceTaken();
    expect(await run(rejection(lock.acquire('queue', { signal: controller.signal })))).toBe(reason);
    expect(await readdir(place)).toContain('3.done');
    const next = await lock.acquire('queue');
    expect(next?.isHeld()).toBe(true);
    await next?.release();
  });
});
