/** A lock between the processes of the simulated world: leases of the dead are noticed late, and a lease may be stolen. */
import type { Lease, Lock } from '../../../src/index.js';
import type { Life } from './life.js';

const POLL_MS = 500;
const STALE_MS = 8_000;

interface Holder {
  readonly life: Life;
  /** When others may take it, once its holder is dead. */
  staleAtMs: number | undefined;
}

/** What outlives the process. */
export class Leases {
  private readonly holders = new Map<string, Holder>();

  /** Takes every lease from its holder, as an overloaded host does that looks dead for a while. */
  steal(): boolean {
    const had = this.holders.size > 0;
    this.holders.clear();
    return had;
  }

  take(name: string, life: Life): Lease | undefined {
    const now = life.world.nowMs;
    const before = this.holders.get(name);
    if (before?.life.alive) return undefined;
    if (before !== undefined) before.staleAtMs ??= now + life.world.delay(STALE_MS);
    if (now < (before?.staleAtMs ?? 0)) return undefined;
    const holder: Holder = { life, staleAtMs: undefined };
    this.holders.set(name, holder);
    const mine = (): boolean => this.holders.get(name) === holder;
    // A stolen lease must be released too.
    const released = life.hold('lease');
    return {
      isHeld: () => life.alive && mine(),
      release: () =>
        life.operate('release', life.world.delay(2), () => {
          released();
          if (mine()) this.holders.delete(name);
        }),
    };
  }
}

/** The lock as one life sees it. */
export function lockOf(life: Life, leases: Leases): Lock {
  return {
    acquire: async (name, options = {}) => {
      const endMs = life.world.nowMs + (options.waitMs ?? 0);
      for (;;) {
        const lease = await life.operate(`acquire ${name}`, life.world.delay(3), () => leases.take(name, life));
        if (lease !== undefined || life.world.nowMs >= endMs) return lease;
        await new Promise<void>((resolve) => life.clock.after(POLL_MS, resolve));
      }
    },
  };
}
