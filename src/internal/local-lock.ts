/** A lock by name inside this process, for hosts where one process owns the store: React Native, tests. */

import { sleep } from '../abort/index.js';
import type { AbortSignalLike, Clock, Lease, Lock } from '../ports/index.js';

const POLL_MS = 50;

/** A {@link Lock} that holds inside this process and this instance only. */
export function createLocalLock(clock: Clock): Lock {
  const held = new Set<string>();
  const take = (name: string): Lease | undefined => {
    if (held.has(name)) return undefined;
    held.add(name);
    let mine = true;
    return {
      isHeld: () => mine,
      release: () => {
        if (mine) held.delete(name);
        mine = false;
        return Promise.resolve();
      },
    };
  };
  const acquire = async (name: string, waitMs: number, signal: AbortSignalLike | undefined): Promise<Lease | undefined> => {
    const deadlineMs = clock.monotonicMs() + waitMs;
    for (;;) {
      const lease = take(name);
      const leftMs = deadlineMs - clock.monotonicMs();
      if (lease !== undefined || leftMs <= 0) return lease;
      await sleep(clock, Math.min(POLL_MS, leftMs), signal);
    }
  };
  return { acquire: (name, options = {}) => acquire(name, options.waitMs ?? 0, options.signal) };
}
