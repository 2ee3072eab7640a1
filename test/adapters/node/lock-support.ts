/** What the tests of the lock share: virtual time, and holders that are suspended in it or belong to another machine. */
import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { vi } from 'vitest';
import { nodeLock } from '../../../adapters/node/index.js';
import type { Lease } from '../../../src/ports/index.js';
import { lockPlaceOf } from './given.js';

export const STALE_MS = 4_000;
/** The place of an owner on another machine. */
export const ELSEWHERE = '0'.repeat(16);

/** Timers and clocks stand still from here on; the disk does its work. */
export function fakeTime(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'], now: Date.now() });
}

/** Runs virtual time until `promise` settles. */
export async function run<T>(promise: Promise<T>): Promise<T> {
  const state = { isSettled: false };
  const settle = (): void => void Object.assign(state, { isSettled: true });
  promise.then(settle, settle);
  while (!state.isSettled) {
    await new Promise((resolve) => setImmediate(resolve));
    if (vi.getTimerCount() > 0) vi.advanceTimersToNextTimer();
  }
  return promise;
}

/** Runs `call` without any timer: heartbeats that begin there never come. */
export function withoutTimers<T>(call: () => T): T {
  const { setTimeout } = globalThis;
  vi.stubGlobal('setTimeout', () => 0);
  try {
    return call();
  } finally {
    vi.stubGlobal('setTimeout', setTimeout);
  }
}

/** A lease whose holder is suspended at once. */
export async function suspended(directory: string): Promise<Lease> {
  const { setTimeout } = globalThis;
  vi.stubGlobal('setTimeout', () => 0);
  const lease = await nodeLock({ directory, staleMs: STALE_MS }).acquire('queue');
  vi.stubGlobal('setTimeout', setTimeout);
  if (lease === undefined) throw new TypeError('the lock is not free');
  return lease;
}

/** Makes it impossible to prove that the holder is alive, as on another machine. */
async function moveElsewhere(directory: string): Promise<void> {
  const place = await lockPlaceOf(directory);
  for (const name of await readdir(place)) {
    const moved = name.replace(/[0-9a-f]{16}(-\d+-\d+-[0-9a-f]{12}\.owner)$/, `${ELSEWHERE}$1`);
    await rename(join(place, name), join(place, moved));
  }
}

/** A lease that was taken from a suspended holder, of which nothing can be proved. */
export async function takenFrom(directory: string): Promise<Lease> {
  await moveElsewhere(directory);
  vi.advanceTimersByTime(60_000);
  const lease = await run(nodeLock({ directory, staleMs: STALE_MS }).acquire('queue'));
  if (lease === undefined) throw new TypeError('the lock was not taken');
  return lease;
}
