/**
 * One pump a queue where processes or tabs share a store. The fence is the engine's: a number raised under the lease.
 */
import type { AbortSignalLike } from './common.js';

/** How {@link Lock.acquire} waits. */
export interface AcquireOptions {
  /** Milliseconds, ≥ 0. @default 0 */
  readonly waitMs?: number;
  readonly signal?: AbortSignalLike;
}

/** Locks by name, held by at most one process or tab at once. */
export interface Lock {
  /** The lease, or `undefined` when another holds it for all of `waitMs`. */
  acquire(name: string, options?: AcquireOptions): Promise<Lease | undefined>;
}

/** A lock that is held. */
export interface Lease {
  /**
   * Asked before each durable step. True only while no other lease of this name has been given since, whatever time has
   * passed. A lease that can be taken over because of silence decides that again after each silence of its own, by wall time
   * and by monotonic time, since either can stand still: it takes the lock again in this call, unless another lease was given
   * meanwhile, even one that is released. False for ever once lost.
   * @throws {ReelwayError} STORAGE_UNAVAILABLE, STORAGE_FULL where that cannot be decided now; the lease is not lost
   */
  isHeld(): boolean;
  /** Gives it back; idempotent. */
  release(): Promise<void>;
}
