/** A lock inside one process: what React Native needs, and what tests of two engines share. */
import { abortableWait, assertOptions, throwIfAborted } from '../../src/adapter-kit/index.js';
import type { AbortSignalLike, Clock, Lease, Lock } from '../../src/ports/index.js';

/** Options of {@link memoryLock}. */
export interface MemoryLockOptions {
  /** Measures `waitMs`. @default the host's timers */
  readonly clock?: Pick<Clock, 'after'>;
}

/** A lock among the users of this object; it is granted in the order of requests. */
export function memoryLock(options: MemoryLockOptions = {}): Lock {
  assertOptions('memoryLock', options, { clock: true });
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
    return abortableWait(signal, (resolve) => {
      const granted = (): void => resolve(lease(name));
      const cancelTimer = after(waitMs, () => resolve(undefined));
      queue.push(granted);
      return () => {
        cancelTimer();
        const place = queue.indexOf(granted);
        if (place >= 0) queue.splice(place, 1);
      };
    });
  }

  return {
    acquire: async (name, { waitMs = 0, signal } = {}) => {
      if (!(waitMs >= 0)) throw new TypeError('waitMs must be a number ≥ 0');
      throwIfAborted(signal);
      if (!held.has(name)) return lease(name);
      return waitMs === 0 ? undefined : queueUp(name, waitMs, signal);
    },
  };
}

function hostAfter(delayMs: number, run: () => void): () => void {
  const timer = setTimeout(run, delayMs);
  return () => clearTimeout(timer);
}
