import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSeededRandom, createVirtualClock } from '../../src/testing/index.js';

describe('a virtual clock', () => {
  it('runs timers in order of their time, and of their arming at one time', async () => {
    const clock = createVirtualClock();
    const order: string[] = [];
    clock.after(20, () => order.push('late'));
    clock.after(10, () => order.push('first'));
    clock.after(10, () => order.push('second'));
    clock.after(0, () => order.push('now'));
    await clock.advance(10);
    expect(order).toEqual(['now', 'first', 'second']);
    expect(clock.pendingTimers()).toBe(1);
    await clock.advance(9);
    expect(order).toHaveLength(3);
    await clock.advance(1);
    expect(order).toEqual(['now', 'first', 'second', 'late']);
    expect(clock.monotonicMs()).toBe(20);
  });

  it('lets promises settle between two timers, and runs the timers that they arm', async () => {
    const clock = createVirtualClock();
    const seen: number[] = [];
    const wait = (ms: number): Promise<void> => new Promise((resolve) => clock.after(ms, resolve));
    const loop = async (): Promise<void> => {
      for (let count = 0; count < 5; count += 1) {
        await wait(10);
        seen.push(clock.monotonicMs());
      }
    };
    const done = loop();
    await clock.advance(50);
    await done;
    expect(seen).toEqual([10, 20, 30, 40, 50]);
  });

  it('does not run a canceled timer', async () => {
    const clock = createVirtualClock();
    let ran = 0;
    const cancel = clock.after(5, () => {
      ran += 1;
    });
    cancel();
    cancel();
    expect(clock.pendingTimers()).toBe(0);
    await clock.advance(10);
    expect(ran).toBe(0);
  });

  it('passes the time that a promise needs, and hands on its outcome', async () => {
    const clock = createVirtualClock();
    const good = new Promise((resolve) => clock.after(3_600_000, () => resolve('an hour')));
    await expect(clock.runUntil(good)).resolves.toBe('an hour');
    const bad = new Promise((_resolve, reject) => clock.after(1, () => reject(new TypeError('no'))));
    await expect(clock.runUntil(bad)).rejects.toThrow('no');
    expect(clock.monotonicMs()).toBe(3_600_001);
  });

  it('waits for input and output of the host that no timer announces', async () => {
    const clock = createVirtualClock();
    const { readFile } = await import('node:fs/promises');
    const text = await clock.runUntil(readFile(new URL(import.meta.url), 'utf8'));
    expect(text).toContain('no timer announces');
  });

  it('gives up on what never settles', async () => {
    const clock = createVirtualClock();
    await expect(clock.runUntil(new Promise(() => undefined))).rejects.toThrow('no timer is left');
    const tick = (): void => {
      clock.after(1_000, tick);
    };
    tick();
    await expect(clock.runUntil(new Promise(() => undefined), { limitMs: 10_000 })).rejects.toThrow('10000 virtual');
    await expect(clock.runUntilIdle({ limitMs: 10_000 })).rejects.toThrow('10000 virtual');
  });

  it('drives wall and monotonic time apart', async () => {
    const clock = createVirtualClock({ wallMs: 1_000_000 });
    clock.jumpWall(-500_000);
    expect([clock.wallMs(), clock.monotonicMs()]).toEqual([500_000, 0]);
    let fired = false;
    clock.after(100, () => {
      fired = true;
    });
    clock.suspend(28_800_000);
    expect([clock.wallMs(), clock.monotonicMs(), fired]).toEqual([29_300_000, 28_800_000, false]);
    clock.suspend(1_000, { monotonicRuns: false });
    expect([clock.wallMs(), clock.monotonicMs()]).toEqual([29_301_000, 28_800_000]);
    await clock.advance(99);
    expect(fired).toBe(false);
    await clock.advance(1);
    expect(fired).toBe(true);
  });

  it('refuses numbers that are no times', async () => {
    const clock = createVirtualClock();
    expect(() => clock.after(-1, () => undefined)).toThrow(TypeError);
    expect(() => clock.after(Number.NaN, () => undefined)).toThrow(TypeError);
    expect(() => clock.after(Number.POSITIVE_INFINITY, () => undefined)).toThrow(TypeError);
    expect(() => clock.jumpWall(Number.NaN)).toThrow(TypeError);
    await expect(clock.advance(-1)).rejects.toThrow(TypeError);
    expect(() => createVirtualClock({ turns: 0 })).toThrow(TypeError);
  });
});

describe('seeded chance', () => {
  it('repeats itself for a seed, and differs between neighbours', () => {
    const take = (seed: number): number[] => {
      const random = createSeededRandom(seed);
      return Array.from({ length: 50 }, random);
    };
    expect(take(7)).toEqual(take(7));
    expect(take(7)).not.toEqual(take(8));
    expect(take(2 ** 40)).not.toEqual(take(0));
    const clock = createVirtualClock({ seed: 7 });
    expect(Array.from({ length: 50 }, () => clock.random())).toEqual(take(7));
    expect(() => createSeededRandom(-1)).toThrow(TypeError);
    expect(() => createSeededRandom(0.5)).toThrow(TypeError);
  });

  it('is spread evenly over [0, 1) for any seed', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 31), (seed) => {
        const random = createSeededRandom(seed);
        const bins = new Array<number>(10).fill(0);
        let outside = 0;
        for (let count = 0; count < 10_000; count += 1) {
          const value = random();
          outside += value >= 0 && value < 1 ? 0 : 1;
          bins[Math.floor(value * 10)]! += 1;
        }
        expect(outside).toBe(0);
        for (const bin of bins) expect(Math.abs(bin - 1_000)).toBeLessThan(200);
      }),
      { seed: 1, numRuns: 20 },
    );
  });
});
