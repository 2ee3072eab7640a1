import { describe, expect, it } from 'vitest';
import { abortable, abortableWait, abortReason, createAbortHandle, onAbort, sleep, throwIfAborted } from '../../src/abort/index.js';
import { ReelwayError } from '../../src/errors/index.js';
import type { AbortSignalLike } from '../../src/ports/index.js';
import { createVirtualClock } from '../../src/testing/index.js';

/** A signal that counts its listeners, as old as React Native's: no reason. */
const oldSignal = () => {
  const listeners = new Set<() => void>();
  const state = { aborted: false };
  const signal: AbortSignalLike = {
    get aborted() {
      return state.aborted;
    },
    addEventListener: (_type, listener) => {
      listeners.add(listener);
    },
    removeEventListener: (_type, listener) => {
      listeners.delete(listener);
    },
  };
  const abort = (): void => {
    state.aborted = true;
    for (const listener of [...listeners]) listener();
  };
  return { signal, abort, listeners };
};

describe('abortReason and throwIfAborted', () => {
  it('give the signal its own reason, else ABORTED', () => {
    const controller = new AbortController();
    expect(() => throwIfAborted(controller.signal)).not.toThrow();
    expect(() => throwIfAborted(undefined)).not.toThrow();
    const reason = new TypeError('mine');
    controller.abort(reason);
    expect(abortReason(controller.signal)).toBe(reason);
    expect(() => throwIfAborted(controller.signal)).toThrow(reason);
    const old = oldSignal();
    old.abort();
    expect(abortReason(old.signal)).toMatchObject({ code: 'ABORTED' });
    expect(() => throwIfAborted(old.signal)).toThrow(ReelwayError);
  });
});

describe('createAbortSource', () => {
  it('aborts once, with the first reason', () => {
    const source = createAbortHandle();
    const seen: unknown[] = [];
    source.signal.addEventListener('abort', () => seen.push(source.signal.reason));
    expect([source.signal.aborted, source.signal.reason]).toEqual([false, undefined]);
    source.abort('first');
    source.abort('second');
    expect([source.signal.aborted, source.signal.reason, seen]).toEqual([true, 'first', ['first']]);
  });

  it('has a reason of its own where none is given', () => {
    const source = createAbortHandle();
    source.abort();
    expect(source.signal.reason).toMatchObject({ code: 'ABORTED' });
  });

  it('forgets removed listeners, and takes none after the abort', () => {
    const source = createAbortHandle();
    let calls = 0;
    const listener = (): void => {
      calls += 1;
    };
    source.signal.addEventListener('abort', listener);
    source.signal.removeEventListener('abort', listener);
    source.abort();
    source.signal.addEventListener('abort', listener);
    expect(calls).toBe(0);
  });

  it('follows each of its parents, with their reason', () => {
    const controller = new AbortController();
    const old = oldSignal();
    const first = createAbortHandle(undefined, controller.signal, old.signal);
    controller.abort('away');
    expect(first.signal.reason).toBe('away');
    expect(old.listeners.size).toBe(0);
    const second = createAbortHandle(old.signal);
    old.abort();
    expect(second.signal.reason).toMatchObject({ code: 'ABORTED' });
  });

  it('is aborted from the start where a parent is', () => {
    const open = oldSignal();
    const source = createAbortHandle(open.signal, AbortSignal.abort('before'));
    expect([source.signal.aborted, source.signal.reason]).toEqual([true, 'before']);
    expect(open.listeners.size).toBe(0);
  });

  it('leaves no listener on a parent that lives on', () => {
    const parent = oldSignal();
    const source = createAbortHandle(parent.signal);
    expect(parent.listeners.size).toBe(1);
    source.dispose();
    source.dispose();
    expect(parent.listeners.size).toBe(0);
    parent.abort();
    expect(source.signal.aborted).toBe(false);
    for (let count = 0; count < 1_000; count += 1) createAbortHandle(parent.signal).abort();
    expect(parent.listeners.size).toBe(0);
  });
});

describe('abortable', () => {
  it('is the promise itself without a signal', async () => {
    const promise = Promise.resolve(1);
    expect(abortable(promise, undefined)).toBe(promise);
  });

  it('hands on either outcome, and leaves no listener', async () => {
    const { signal, listeners } = oldSignal();
    await expect(abortable(Promise.resolve(7), signal)).resolves.toBe(7);
    await expect(abortable(Promise.reject(new TypeError('no')), signal)).rejects.toThrow('no');
    expect(listeners.size).toBe(0);
  });

  it('ends waiting at the abort, and takes up the late outcome', async () => {
    const controller = new AbortController();
    let fail: (error: Error) => void = () => undefined;
    const slow = new Promise<never>((_resolve, reject) => {
      fail = reject;
    });
    const waiting = abortable(slow, controller.signal);
    controller.abort('enough');
    await expect(waiting).rejects.toBe('enough');
    // An unhandled rejection would fail the whole run.
    fail(new Error('too late'));
    await new Promise((resolve) => setImmediate(resolve));
    await expect(abortable(new Promise(() => undefined), controller.signal)).rejects.toBe('enough');
  });
});

describe('sleep', () => {
  it('waits by the clock', async () => {
    const clock = createVirtualClock();
    const { signal, listeners } = oldSignal();
    await clock.runUntil(sleep(clock, 1_000, signal));
    expect(clock.monotonicMs()).toBe(1_000);
    expect(listeners.size).toBe(0);
    await clock.runUntil(sleep(clock, 5));
    expect(clock.monotonicMs()).toBe(1_005);
  });

  it('ends at the abort, and leaves neither timer nor listener', async () => {
    const clock = createVirtualClock();
    const { signal, abort, listeners } = oldSignal();
    const waiting = sleep(clock, 1_000, signal);
    clock.after(10, abort);
    await expect(clock.runUntil(waiting)).rejects.toMatchObject({ code: 'ABORTED' });
    expect([clock.monotonicMs(), clock.pendingTimers(), listeners.size]).toEqual([10, 0, 0]);
    await expect(sleep(clock, 1_000, signal)).rejects.toMatchObject({ code: 'ABORTED' });
    expect(clock.pendingTimers()).toBe(0);
  });
});

describe('abortableWait', () => {
  it('undoes what it started exactly once, however it ends', async () => {
    type Settle = { abort(): void; resolve(value: number): void; reject(error: unknown): void };
    const endings: readonly { readonly end: (settle: Settle) => void; readonly outcome: unknown }[] = [
      { end: ({ abort }) => abort(), outcome: 'enough' },
      { end: ({ resolve }) => resolve(1), outcome: 1 },
      { end: ({ reject }) => reject('broken'), outcome: 'broken' },
    ];
    for (const { end, outcome } of endings) {
      const handle = createAbortHandle();
      let undone = 0;
      const wait = abortableWait<number>(handle.signal, (resolve, reject) => {
        void Promise.resolve().then(() => end({ abort: () => handle.abort('enough'), resolve, reject }));
        return () => {
          undone += 1;
        };
      });
      expect(await wait.catch((error: unknown) => error)).toBe(outcome);
      handle.abort('late');
      expect(undone).toBe(1);
    }
  });

  it('starts nothing where the signal is aborted already', async () => {
    let starts = 0;
    const start = (): (() => void) => {
      starts += 1;
      return () => undefined;
    };
    const handle = createAbortHandle();
    handle.abort('before');
    await expect(abortableWait(handle.signal, start)).rejects.toBe('before');
    expect(starts).toBe(0);
  });

  it('undoes a wait that settles, or is aborted, before the start returns', async () => {
    let undone = 0;
    const undo = (): void => {
      undone += 1;
    };
    const settled = abortableWait<number>(undefined, (resolve) => {
      resolve(7);
      return undo;
    });
    expect(await settled).toBe(7);
    const handle = createAbortHandle();
    const aborted = abortableWait<number>(handle.signal, () => {
      handle.abort('meanwhile');
      return undo;
    });
    await expect(aborted).rejects.toBe('meanwhile');
    expect(undone).toBe(2);
  });
});

describe('onAbort', () => {
  it('leaves no listener behind after the abort', () => {
    const { signal, abort, listeners } = oldSignal();
    let calls = 0;
    onAbort(signal, () => {
      calls += 1;
    });
    expect(listeners.size).toBe(1);
    abort();
    expect([calls, listeners.size]).toEqual([1, 0]);
  });
});
