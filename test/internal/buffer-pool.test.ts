import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBufferPool } from '../../src/internal/index.js';

/** Whether a promise has settled by the next turn. */
const settled = async (promise: Promise<unknown>): Promise<boolean> => {
  let done = false;
  const mark = (): void => {
    done = true;
  };
  promise.then(mark, mark);
  await new Promise((resolve) => setImmediate(resolve));
  return done;
};

describe('a buffer pool', () => {
  it('lends no more than its count, and uses the same buffers again', async () => {
    const pool = createBufferPool(64, 2);
    const first = await pool.acquire();
    const second = await pool.acquire();
    expect([first.length, second.length, pool.inUseCount(), pool.allocatedBytes()]).toEqual([64, 64, 2, 128]);
    const third = pool.acquire();
    expect(await settled(third)).toBe(false);
    pool.release(first);
    expect(await third).toBe(first);
    pool.release(second);
    expect(await pool.acquire()).toBe(second);
    expect(pool.peakBytes()).toBe(128);
  });

  it('serves those who wait in their order', async () => {
    const pool = createBufferPool(8, 1);
    const buffer = await pool.acquire();
    const order: number[] = [];
    const waits = [1, 2, 3].map(async (place) => {
      const lent = await pool.acquire();
      order.push(place);
      pool.release(lent);
    });
    pool.release(buffer);
    await Promise.all(waits);
    expect(order).toEqual([1, 2, 3]);
  });

  it('lends nothing to whoever gave up waiting, and keeps the place of the others', async () => {
    const pool = createBufferPool(8, 1);
    const buffer = await pool.acquire();
    const controller = new AbortController();
    const given = pool.acquire(controller.signal);
    const patient = pool.acquire();
    controller.abort('enough');
    await expect(given).rejects.toBe('enough');
    pool.release(buffer);
    expect(await patient).toBe(buffer);
    expect(pool.inUseCount()).toBe(1);
    await expect(pool.acquire(controller.signal)).rejects.toBe('enough');
  });

  it('does not listen to a signal any longer than it waits', async () => {
    const pool = createBufferPool(8, 1);
    const controller = new AbortController();
    const buffer = await pool.acquire(controller.signal);
    const next = pool.acquire(controller.signal);
    pool.release(buffer);
    expect(await next).toBe(buffer);
    controller.abort('late');
    expect(pool.inUseCount()).toBe(1);
    pool.release(buffer);
    expect(await pool.acquire()).toBe(buffer);
  });

  it('replaces a forfeited buffer, and never lends it again', async () => {
    const pool = createBufferPool(8, 1);
    const lost = await pool.acquire();
    const next = pool.acquire();
    pool.discard(lost);
    const fresh = await next;
    expect(fresh).not.toBe(lost);
    expect([pool.inUseCount(), pool.allocatedBytes()]).toEqual([1, 8]);
    pool.discard(fresh);
    expect([pool.inUseCount(), pool.allocatedBytes()]).toEqual([0, 0]);
    expect(await pool.acquire()).not.toBe(fresh);
  });

  it('refuses buffers that it has not lent', async () => {
    const pool = createBufferPool(8, 1);
    const buffer = await pool.acquire();
    pool.release(buffer);
    expect(() => pool.release(buffer)).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
    expect(() => pool.discard(buffer)).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
    expect(() => pool.release(new Uint8Array(8))).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
  });

  it('drops what is idle when the device is short of memory, and nothing that is lent', async () => {
    const pool = createBufferPool(8, 3);
    const [first, second] = [await pool.acquire(), await pool.acquire()];
    pool.release(first);
    pool.trim();
    expect(pool.allocatedBytes()).toBe(8);
    pool.release(second);
    expect(await pool.acquire()).toBe(second);
  });

  it('refuses sizes that are none', () => {
    expect(() => createBufferPool(0, 1)).toThrow(TypeError);
    expect(() => createBufferPool(8, 0)).toThrow(TypeError);
    expect(() => createBufferPool(Number.NaN, 1)).toThrow(TypeError);
  });

  it('never exceeds its bound, never lends one buffer twice, and serves everybody, whatever happens in which order', async () => {
    const step = fc.constantFrom('acquire', 'abort', 'release', 'forfeit', 'trim');
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 4 }), async (steps, max) => {
        const pool = createBufferPool(4, max);
        const held: Uint8Array[] = [];
        const waits: AbortController[] = [];
        let asked = 0;
        let aborted = 0;
        let served = 0;
        const run: Record<string, () => void> = {
          acquire: () => {
            const controller = new AbortController();
            asked += 1;
            waits.push(controller);
            pool.acquire(controller.signal).then(
              (buffer) => {
                served += 1;
                waits.splice(waits.indexOf(controller), 1);
                held.push(buffer);
              },
              () => {
                aborted += 1;
              },
            );
          },
          abort: () => waits.pop()?.abort(),
          release: () => {
            const buffer = held.shift();
            if (buffer !== undefined) pool.release(buffer);
          },
          forfeit: () => {
            const buffer = held.shift();
            if (buffer !== undefined) pool.discard(buffer);
          },
          trim: () => pool.trim(),
        };
        for (const name of steps) {
          run[name]?.();
          await Promise.resolve().then(() => undefined);
          expect(new Set(held).size).toBe(held.length);
          expect(pool.allocatedBytes()).toBeLessThanOrEqual(max * 4);
        }
        while (served + aborted < asked) {
          run['release']?.();
          await Promise.resolve().then(() => undefined);
        }
        expect(pool.peakBytes()).toBeLessThanOrEqual(max * 4);
        expect(pool.inUseCount()).toBe(held.length);
      }),
      { seed: 11, numRuns: 300 },
    );
  });

  it('takes another count at any time: more serve those who wait, fewer are dropped as they come back', async () => {
    const pool = createBufferPool(8, 1);
    const first = await pool.acquire();
    const waits = [pool.acquire(), pool.acquire()];
    pool.resize(3);
    const others = await Promise.all(waits);
    expect(pool.inUseCount()).toBe(3);
    pool.resize(1);
    for (const buffer of others) pool.release(buffer);
    expect([pool.inUseCount(), pool.allocatedBytes()]).toEqual([1, 8]);
    const late = pool.acquire();
    expect(await settled(late)).toBe(false);
    pool.release(first);
    expect(await late).toBe(first);
    pool.release(first);
    expect(pool.allocatedBytes()).toBe(8);
    expect(() => pool.resize(0)).toThrow(TypeError);
  });
});
