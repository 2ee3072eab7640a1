/**
 * A lock between the processes of the simulated world: leases of the dead are noticed late, a lease may be stolen, and a holder
 * that was silent may find that another process has taken its place, or has even given it back.
 */
import type { Lease, Lock } from '../../../src/index.js';
import type { Life } from './life.js';

const POLL_MS = 500;
const STALE_MS = 8_000;

interface Holder {
  readonly life: Life;
  /** When others may take it, once its holder is dead. */
  staleAtMs: number | undefined;
  /** It has been silent for too long, and has not taken its lock again yet. */
  wasSilent: boolean;
}

/** What outlives the process. */
export class Leases {
  private readonly holders = new Map<string, Holder>();
  private readonly followsTheLiving: boolean;

  /** `followsTheLiving`: where nothing proves that a silent holder is alive, others may take its lock. */
  constructor(followsTheLiving = false) {
    this.followsTheLiving = followsTheLiving;
  }

  /** Takes every lease from its holder, as an overloaded host does that looks dead for a while. */
  steal(): boolean {
    const had = this.holders.size > 0;
    this.holders.clear();
    return had;
  }

  /** All of these processes, or all processes, were silent for so many milliseconds. */
  silence(ms: number, life?: Life): void {
    if (Math.abs(ms) <= STALE_MS) return;
    for (const holder of this.holders.values()) if (life === undefined || holder.life === life) holder.wasSilent = true;
  }

  /** Whether a life holds a lock at all: only then may it write records. */
  holds(life: Life): boolean {
    return [...this.holders.values()].some((holder) => holder.life === life);
  }

  take(name: string, life: Life): Lease | undefined {
    const now = life.world.nowMs;
    const before = this.holders.get(name);
    if (before?.life.alive) {
      if (!this.mayFollow(before)) return undefined;
      life.world.count('silentHolderFollowed');
    } else if (before !== undefined) before.staleAtMs ??= now + life.world.delay(STALE_MS);
    if (now < (before?.staleAtMs ?? 0)) return undefined;
    const holder: Holder = { life, staleAtMs: undefined, wasSilent: false };
    this.holders.set(name, holder);
    const mine = (): boolean => this.holders.get(name) === holder;
    // A stolen lease must be released too.
    const released = life.hold('lease');
    return {
      isHeld: () => life.alive && mine() && this.goOn(holder),
      release: () =>
        life.operate('release', life.world.delay(2), () => {
          released();
          if (mine()) this.holders.delete(name);
        }),
    };
  }

  private mayFollow({ life, wasSilent }: Holder): boolean {
    return this.followsTheLiving && (wasSilent || life.suspendedMs > STALE_MS);
  }

  /** No other has taken the lock: a holder that was silent takes it again. */
  private goOn(holder: Holder): boolean {
    if (holder.wasSilent) holder.life.world.count('silentHolderGoesOn');
    holder.wasSilent = false;
    return true;
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
