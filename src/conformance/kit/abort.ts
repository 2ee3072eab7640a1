/** An abort controller, since not every host has one; it also counts its listeners. */
import type { AbortSignalLike } from '../../ports/index.js';

/** A signal that the suite pulls by hand. */
export class TestSignal implements AbortSignalLike {
  aborted = false;
  reason: unknown;
  private readonly listeners = new Set<() => void>();

  /** How many listeners are on it. */
  get listening(): number {
    return this.listeners.size;
  }

  /** Aborts; `reason` left out is a host without reasons. */
  abort(reason?: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    for (const listener of [...this.listeners]) listener();
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    this.listeners.add(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.listeners.delete(listener);
  }
}
