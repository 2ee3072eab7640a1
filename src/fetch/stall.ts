/**
 * The stall clock of one attempt: gives it up when nothing has moved for too long. It never hangs on an adapter that is
 * deaf to its signal, and it does not take a device that slept for a link that stood still.
 */
import { ReelwayError } from '../errors/index.js';
import { type AbortSource, abortable, createAbortSource } from '../internal/index.js';
import type { AbortSignalLike, Clock } from '../ports/index.js';

/** Watches one attempt. */
export class StallClock {
  /** Aborted when the attempt has stalled or its parent is aborted; for the adapter. */
  readonly signal: AbortSignalLike;
  private readonly source: AbortSource & { dispose(): void };
  private readonly clock: Clock;
  private readonly stallMs: number;
  private movedMs: number;
  private cancel: () => void = () => undefined;

  constructor(clock: Clock, stallMs: number, parent: AbortSignalLike | undefined) {
    this.clock = clock;
    this.stallMs = stallMs;
    this.source = createAbortSource(parent);
    this.signal = this.source.signal;
    this.movedMs = clock.monotonicMs();
    this.arm(stallMs);
  }

  /** The promise's outcome, or the reason why nobody waits for it any longer. */
  async race<T>(promise: Promise<T>): Promise<T> {
    const value = await abortable(promise, this.signal);
    this.moved();
    return value;
  }

  /** Something moved. */
  moved(): void {
    this.movedMs = this.clock.monotonicMs();
  }

  /** Takes the timer down. */
  end(): void {
    this.cancel();
    this.source.dispose();
  }

  private arm(delayMs: number): void {
    const dueMs = this.clock.monotonicMs() + delayMs;
    this.cancel = this.clock.after(delayMs, () => this.check(dueMs));
  }

  private check(dueMs: number): void {
    const nowMs = this.clock.monotonicMs();
    // A timer that comes this late means that the device slept: the link gets its time again.
    if (nowMs - dueMs > this.stallMs) this.movedMs = nowMs;
    const leftMs = this.movedMs + this.stallMs - nowMs;
    if (leftMs > 0) this.arm(leftMs);
    else this.source.abort(new ReelwayError('TIMEOUT', { message: `Nothing arrived for ${this.stallMs} ms` }));
  }
}
