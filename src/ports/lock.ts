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
  /** Asked before each durable step; false for ever once lost. By wall time, since monotonic time may sleep. */
  isHeld(): boolean;
  /** Gives it back; idempotent. */
  release(): Promise<void>;
}
