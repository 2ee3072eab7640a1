import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLocalLock, systemClock } from '../../src/internal/index.js';
import { createVirtualClock } from '../../src/testing/index.js';

describe('the system clock', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000_000 });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('tells wall time as the host does, and monotonic time from its making', () => {
    const clock = systemClock();
    expect([clock.wallMs(), clock.monotonicMs()]).toEqual([1_000_000, 0]);
    vi.advanceTimersByTime(250);
    expect([clock.wallMs(), clock.monotonicMs()]).toEqual([1_000_250, 250]);
  });

  it('never falls when the wall clock is set back, and goes on from there', () => {
    const clock = systemClock();
    vi.advanceTimersByTime(500);
    expect(clock.monotonicMs()).toBe(500);
    vi.setSystemTime(1_000);
    expect(clock.wallMs()).toBe(1_000);
    expect(clock.monotonicMs()).toBe(500);
    vi.advanceTimersByTime(40);
    expect(clock.monotonicMs()).toBe(540);
    vi.setSystemTime(0);
    expect(clock.monotonicMs()).toBe(540);
  });

  it('runs late rather than early, also beyond what the host can hold in one timer', () => {
    const clock = systemClock();
    let ran = 0;
    const longMs = 2 ** 31 + 5_000;
    clock.after(longMs, () => {
      ran += 1;
    });
    vi.advanceTimersByTime(longMs - 1);
    expect(ran).toBe(0);
    vi.advanceTimersByTime(1);
    expect(ran).toBe(1);
  });

  it('runs what is due at once on a later turn', () => {
    const clock = systemClock();
    let ran = 0;
    const run = (): void => {
      ran += 1;
    };
    clock.after(0, run);
    clock.after(-5, run);
    expect(ran).toBe(0);
    vi.advanceTimersByTime(0);
    expect(ran).toBe(2);
  });

  it('cancels, before and after the first part of a long timer', () => {
    const clock = systemClock();
    const cancelShort = clock.after(10, () => expect.unreachable());
    const cancelLong = clock.after(2 ** 31 + 10, () => expect.unreachable());
    cancelShort();
    vi.advanceTimersByTime(2 ** 31);
    cancelLong();
    vi.advanceTimersByTime(1_000);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('draws numbers in [0, 1)', () => {
    const clock = systemClock();
    const numbers = Array.from({ length: 100 }, () => clock.random());
    expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
    expect(new Set(numbers).size).toBeGreaterThan(90);
  });
});

describe('a local lock', () => {
  it('is held by one at a time, by name', async () => {
    const clock = createVirtualClock();
    const lock = createLocalLock(clock);
    const lease = await lock.acquire('a');
    expect(lease?.isHeld()).toBe(true);
    expect(await lock.acquire('a')).toBeUndefined();
    const other = await lock.acquire('b');
    expect(other?.isHeld()).toBe(true);
    await lease?.release();
    expect(lease?.isHeld()).toBe(false);
    const next = await lock.acquire('a');
    expect(next?.isHeld()).toBe(true);
    // A lease that was given back cannot give back the next holder's.
    await lease?.release();
    expect(await lock.acquire('a')).toBeUndefined();
  });

  it('waits as long as it is told, and no longer', async () => {
    const clock = createVirtualClock();
    const lock = createLocalLock(clock);
    const lease = await lock.acquire('a');
    expect(await clock.runUntil(lock.acquire('a', { waitMs: 500 }))).toBeUndefined();
    expect(clock.monotonicMs()).toBe(500);
    const waiting = lock.acquire('a', { waitMs: 500 });
    clock.after(120, () => void lease?.release());
    expect((await clock.runUntil(waiting))?.isHeld()).toBe(true);
    expect(clock.monotonicMs()).toBeLessThan(800);
  });

  it('stops waiting at an abort', async () => {
    const clock = createVirtualClock();
    const lock = createLocalLock(clock);
    await lock.acquire('a');
    const controller = new AbortController();
    const waiting = lock.acquire('a', { waitMs: 60_000, signal: controller.signal });
    clock.after(70, () => controller.abort('enough'));
    await expect(clock.runUntil(waiting)).rejects.toBe('enough');
    expect(clock.pendingTimers()).toBe(0);
  });

  it('knows nothing of other locks', async () => {
    const clock = createVirtualClock();
    await createLocalLock(clock).acquire('a');
    expect((await createLocalLock(clock).acquire('a'))?.isHeld()).toBe(true);
  });
});
