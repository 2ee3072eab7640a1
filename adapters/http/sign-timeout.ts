/**
 * The time limit of a signing request to the app's backend. On Node a timer keeps the process from ending. These timers do so only
 * while a put or get waits for a signature: a backend that does not answer cannot keep a process whose requests were aborted.
 */

import { abortable } from '../../src/adapter-kit/index.js';
import { ReelwayError } from '../../src/errors/index.js';
import type { AbortSignalLike } from '../../src/ports/index.js';

/** Limits the duration of signing requests, and waits for their results. */
export interface SignTimeout {
  /** @throws {ReelwayError} TIMEOUT if the answer does not arrive in time */
  limit<T>(answer: Promise<T>): Promise<T>;
  /** Waits for an answer, or until the abort. */
  wait<T>(answer: Promise<T>, signal: AbortSignalLike | undefined): Promise<T>;
}

/** Timers of Node are objects; those of browsers and phones are numbers. */
interface HostTimer {
  ref?(): unknown;
  unref?(): unknown;
}

/** @param timeoutMs milliseconds, > 0 */
export function createSignTimeout(timeoutMs: number): SignTimeout {
  const timers = new Set<HostTimer>();
  let waiting = 0;
  const apply = (timer: HostTimer): void => void (waiting > 0 ? timer.ref?.() : timer.unref?.());
  const changeWaiting = (change: 1 | -1): void => {
    waiting += change;
    for (const timer of timers) apply(timer);
  };
  return {
    limit: (answer) =>
      new Promise((resolve, reject) => {
        const late = (): void => reject(new ReelwayError('TIMEOUT', { message: `The signer did not answer within ${timeoutMs} ms` }));
        const handle = setTimeout(late, timeoutMs);
        const timer = handle as unknown as HostTimer;
        timers.add(timer);
        apply(timer);
        answer.then(resolve, reject).finally(() => {
          timers.delete(timer);
          clearTimeout(handle);
        });
      }),
    wait: async (answer, signal) => {
      changeWaiting(1);
      try {
        return await abortable(answer, signal);
      } finally {
        changeWaiting(-1);
      }
    },
  };
}
