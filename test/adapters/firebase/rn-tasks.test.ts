/** Tasks of React Native's library: an aborted one leaves no timer. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { RnFirebaseSnapshot, RnFirebaseTask } from '../../../adapters/firebase/library.js';
import { runTask } from '../../../adapters/firebase/rn-tasks.js';
import { TestSignal } from '../../../src/conformance/kit/abort.js';

afterEach(() => {
  vi.useRealTimers();
});

describe('a task that is aborted', () => {
  it('sets no timer when its cancel is answered after the task has ended', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    let answerCancel = (_taken: boolean): void => undefined;
    let fail = (_error: unknown): void => undefined;
    const ended = new Promise<RnFirebaseSnapshot>((_resolve, reject) => {
      fail = reject;
    });
    const task = {
      on: () => () => undefined,
      cancel: () =>
        new Promise<boolean>((resolve) => {
          answerCancel = resolve;
        }),
      // biome-ignore lint/suspicious/noThenProperty: a task of the library is a thenable
      then: (resolve: (snapshot: RnFirebaseSnapshot) => void, reject: (error: unknown) => void) => ended.then(resolve, reject),
    } as unknown as RnFirebaseTask;
    const signal = new TestSignal();
    const run = runTask(() => task, { signal, onProgress: undefined, context: { key: 'clip' } });
    signal.abort('enough');
    fail({ code: 'storage/cancelled' });
    await expect(run).rejects.toBe('enough');
    answerCancel(false);
    await new Promise((resolve) => setImmediate(resolve));
    expect(vi.getTimerCount()).toBe(0);
    expect(signal.listening).toBe(0);
  });
});
