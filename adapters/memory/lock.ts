/** A lock inside one process: what React Native needs, and what tests of two engines share. */
import { ReelwayError } from '../../src/errors/index.js';
import type { AbortSignalLike, Clock, Lease, Lock } from '../../src/ports/index.js';

/** How {@link memoryLock} is set up. */
export interface MemoryLockOptions {
  /** What `waitMs` is measured by. @default the host's timers */
  readonly clock?: Pick<Clock, 'after'>;
}

/** A lock that is held by at most one of those who share this object, in the order in which they asked. */
export function memoryLock(options: MemoryLockOptions = {}): Lock {
  const after = options.clock === undefined ? hostAfter : options.clock.after.bind(options.clock);
  const held = new Set<string>();
  const waiting = new Map<string, (() => void)[]>();

  function lease(name: string): Lease {
    held.add(name);
    let mine = true;
    return {
      isHeld: () => mine,
      release: async () => {
        if (!mine) return;
        mine = false;
        held.delete(name);
        waiting.get(name)?.shift()?.();
      },
    };
  }

  function queueUp(name: string, waitMs: number, signal: AbortSignalLike | undefined): Promise<Lease | undefined> {
    const queue = waiting.get(name) ?? [];
    waiting.set(name, queue);
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        const place = queue.indexOf(granted);
        if (place >= 0) queue.splice(place, 1);
        cancelTimer();
        signal?.removeEventListener('abort', aborted);
      };
      const granted = (): void => {
        leave();
        resolve(lease(name));
      };
      const aborted = (): void => {
        leave();
        reject(reasonOf(signal));
      };
      queue.push(granted);
      signal?.addEventListener('abort', aborted);
      const cancelTimer = after(waitMs, () => {
        leave();
        resolve(undefined);
      });
    });
  }

  return {
    acquire: async (name, { waitMs = 0, signal } = {}) => {
      if (!(waitMs >= 0)) throw new TypeError('waitMs must be a number ≥ 0');
      if (signal?.aborted) throw reasonOf(signal);
      if (!held.has(name)) return lease(name);
      return waitMs === 0 ? undefined : queueUp(name, waitMs, signal);
    },
  };
}

function reasonOf(signal: AbortSignalLike | undefined): unknown {
  return signal?.reason ?? new ReelwayError('ABORTED');
}

function hostAfter(delayMs: number, run: () => void): () => void {
  const timer = setTimeout(run, delayMs);
  return () => clearTimeout(timer);
}
