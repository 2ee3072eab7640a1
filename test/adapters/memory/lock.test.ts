import { describe, expect, test } from 'vitest';
import { memoryLock } from '../../../adapters/memory/index.js';
import type { Clock } from '../../../src/ports/index.js';

/** A clock that is moved by hand. */
function handClock(): Pick<Clock, 'after'> & { pass(): void; readonly waits: number[] } {
  let due: { delayMs: number; run: () => void }[] = [];
  return {
    get waits() {
      return due.map(({ delayMs }) => delayMs);
    },
    after(delayMs, run) {
      const wait = { delayMs, run };
      due.push(wait);
      return () => {
        due = due.filter((other) => other !== wait);
      };
    },
    pass() {
      for (const { run } of due.splice(0)) run();
    },
  };
}

function handSignal() {
  const listeners = new Set<() => void>();
  const signal = {
    aborted: false,
    reason: undefined as unknown,
    addEventListener: (_type: 'abort', listener: () => void) => listeners.add(listener),
    removeEventListener: (_type: 'abort', listener: () => void) => listeners.delete(listener),
  };
  const abort = (reason?: unknown): void => {
    signal.aborted = true;
    signal.reason = reason;
    for (const listener of [...listeners]) listener();
  };
  return { signal, listeners, abort };
}

describe('memoryLock', () => {
  test('one holder at a time, by name', async () => {
    const lock = memoryLock();
    const first = await lock.acquire('queue');
    expect(first?.isHeld()).toBe(true);
    expect(await lock.acquire('queue')).toBeUndefined();
    expect((await lock.acquire('cache'))?.isHeld()).toBe(true);
  });

  test('a released lease is held no more, and its second release frees nobody else', async () => {
    const lock = memoryLock();
    const first = await lock.acquire('queue');
    await first?.release();
    expect(first?.isHeld()).toBe(false);
    const second = await lock.acquire('queue');
    await first?.release();
    expect(second?.isHeld()).toBe(true);
    expect(await lock.acquire('queue')).toBeUndefined();
  });

  test('those who wait get it in the order in which they asked', async () => {
    const clock = handClock();
    const lock = memoryLock({ clock });
    const first = await lock.acquire('queue');
    const waiting = [lock.acquire('queue', { waitMs: 500 }), lock.acquire('queue', { waitMs: 500 })];
    expect(clock.waits).toEqual([500, 500]);
    await first?.release();
    const second = await waiting[0];
    expect(second?.isHeld()).toBe(true);
    expect(clock.waits).toEqual([500]);
    await second?.release();
    expect((await waiting[1])?.isHeld()).toBe(true);
    expect(clock.waits).toEqual([]);
  });

  test('who has waited long enough gets nothing, and is passed over', async () => {
    const clock = handClock();
    const lock = memoryLock({ clock });
    const first = await lock.acquire('queue');
    const waiting = lock.acquire('queue', { waitMs: 500 });
    clock.pass();
    expect(await waiting).toBeUndefined();
    await first?.release();
    expect((await lock.acquire('queue'))?.isHeld()).toBe(true);
  });

  test.each([
    ['its reason', 'enough', 'enough'],
    ['ABORTED where the host has no reasons', undefined, { code: 'ABORTED' }],
  ])('an abort ends the wait with %s, and leaves neither listener nor timer', async (_name, reason, expected) => {
    const clock = handClock();
    const lock = memoryLock({ clock });
    const first = await lock.acquire('queue');
    const { signal, listeners, abort } = handSignal();
    const waiting = lock.acquire('queue', { waitMs: 500, signal });
    abort(reason);
    await (typeof expected === 'string' ? expect(waiting).rejects.toBe(expected) : expect(waiting).rejects.toMatchObject(expected));
    expect(clock.waits).toEqual([]);
    expect(listeners.size).toBe(0);
    await first?.release();
    expect((await lock.acquire('queue'))?.isHeld()).toBe(true);
  });

  test('a signal that is aborted already acquires nothing', async () => {
    const lock = memoryLock();
    const { signal, abort } = handSignal();
    abort('enough');
    await expect(lock.acquire('queue', { signal })).rejects.toBe('enough');
    expect((await lock.acquire('queue'))?.isHeld()).toBe(true);
  });

  test('a lease that was waited for lets go of its signal', async () => {
    const lock = memoryLock({ clock: handClock() });
    const first = await lock.acquire('queue');
    const { signal, listeners } = handSignal();
    const waiting = lock.acquire('queue', { waitMs: 500, signal });
    await first?.release();
    expect((await waiting)?.isHeld()).toBe(true);
    expect(listeners.size).toBe(0);
  });

  test('without a clock it waits by the host', async () => {
    const lock = memoryLock();
    await lock.acquire('queue');
    expect(await lock.acquire('queue', { waitMs: 1 })).toBeUndefined();
  });

  test.each([-1, Number.NaN])('waitMs %s is a mistake of the caller', async (waitMs) => {
    await expect(memoryLock().acquire('queue', { waitMs })).rejects.toThrow(TypeError);
  });
});
