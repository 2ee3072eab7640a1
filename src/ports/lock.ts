/**
 * One running engine a queue, where processes or tabs share a store. The engine has a fence besides: a number that it increments
 * under the lease.
 */
import type { AbortSignalLike } from './common.js';

/** Options of {@link Lock.acquire}. */
export interface AcquireOptions {
  /** Milliseconds, ≥ 0. @default 0 */
  readonly waitMs?: number;
  readonly signal?: AbortSignalLike;
}

/** Locks by name, held by at most one process or tab at once. */
export interface Lock {
  /** The lease; `undefined` when it is held elsewhere for all of `waitMs`. */
  acquire(name: string, options?: AcquireOptions): Promise<Lease | undefined>;
}

/** A lock that is held. */
export interface Lease {
  /**
   * Engines call it before each durable step. True only while no other lease of this name was granted since, however much time
   * has passed. A lease that expires without renewal checks itself again after each pause of its own, by wall time and by
   * monotonic time, since either can stand still. It takes the lock again in this call, unless another lease was granted
   * meanwhile, even one that is released. Once false, it stays false.
   * @throws {ReelwayError} STORAGE_UNAVAILABLE, STORAGE_FULL where that cannot be decided now; the lease is not lost
   */
  isHeld(): boolean;
  /** Releases the lock; idempotent. */
  release(): Promise<void>;
}
