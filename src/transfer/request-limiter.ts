/**
 * How many requests run at once. Starts with two (head and tail of a video at the same time), adds one while that makes
 * the link carry noticeably more, and halves when requests fail: a link that loses packets gains nothing by more of them.
 */
import { abortableWait } from '../internal/index.js';
import type { AbortSignalLike, Clock } from '../ports/index.js';

const START = 2;
/** One more request must bring so much more, or it only takes bandwidth from the others. */
const WORTHWHILE_GAIN = 1.05;
/** After so many requests without a gain it is worth another try: links change. */
const PROBE_EVERY = 24;

/** Leave to run one request. */
export interface Slot {
  /** Gives it back after success: so many bytes came. */
  succeed(bytes: number): void;
  /** Gives it back without a lesson: aborted, or a failure that is not the link's. */
  abandon(): void;
}

/** Requests at once, adapted to the link. */
export class RequestLimiter {
  private readonly clock: Clock;
  private readonly max: number;
  private current: number;
  private running = 0;
  private readonly waiting = new Set<(slot: Slot) => void>();
  /** The measurement under way: what came in how much time with requests. */
  private busyMs = 0;
  private busySinceMs = 0;
  private bytes = 0;
  private requests = 0;
  /** The best rate seen with fewer requests, in bytes a millisecond. */
  private bestRate = 0;
  private sinceProbe = 0;
  private halvedMs = Number.NEGATIVE_INFINITY;
  /** Runs what is most urgent when a slot is free, before anyone who waits; and whatever there is, after them. */
  onFree: (urgentOnly: boolean) => void = () => undefined;

  constructor(clock: Clock, max: number) {
    this.clock = clock;
    this.max = max;
    this.current = Math.min(START, max);
  }

  /** Requests at once, 1 to the limit. */
  get limit(): number {
    return this.current;
  }

  /** A slot if one is free now. */
  tryTake(): Slot | undefined {
    return this.running < this.current ? this.lend() : undefined;
  }

  /** A slot, as soon as one is free; first come, first served. Rejects with the signal's reason. */
  take(signal: AbortSignalLike): Promise<Slot> {
    const slot = signal.aborted || this.waiting.size > 0 ? undefined : this.tryTake();
    if (slot !== undefined) return Promise.resolve(slot);
    return abortableWait(signal, (resolve) => {
      this.waiting.add(resolve);
      return () => this.waiting.delete(resolve);
    });
  }

  /** A request failed by fault of the link or the store. `startedMs`: when the attempt began, in monotonic milliseconds. */
  failed(startedMs: number): void {
    // Requests that were under way at the last halving fail with it: one lesson, not many.
    if (startedMs < this.halvedMs) return;
    this.halvedMs = this.clock.monotonicMs();
    this.current = Math.max(1, Math.floor(this.current / 2));
    this.bestRate = 0;
    this.measure();
  }

  private lend(): Slot {
    if (this.running === 0) this.busySinceMs = this.clock.monotonicMs();
    this.running += 1;
    let isLent = true;
    const back = (bytes: number | undefined): void => {
      if (!isLent) return;
      isLent = false;
      this.countTime();
      this.running -= 1;
      if (bytes !== undefined) this.learn(bytes);
      this.serve();
    };
    return { succeed: (bytes) => back(bytes), abandon: () => back(undefined) };
  }

  private serve(): void {
    this.onFree(true);
    for (const grant of this.waiting) {
      if (this.running >= this.current) break;
      grant(this.lend());
    }
    this.onFree(false);
  }

  private learn(bytes: number): void {
    this.bytes += bytes;
    this.requests += 1;
    this.sinceProbe += 1;
    // Two rounds, so that the figure is not one of requests that were under way before.
    if (this.requests < this.current * 2) return;
    // Too fast to measure is fast enough for more.
    this.judge(this.busyMs > 0 ? this.bytes / this.busyMs : Number.POSITIVE_INFINITY);
    this.measure();
  }

  private judge(rate: number): void {
    const isBetter = rate > this.bestRate * WORTHWHILE_GAIN || rate === Number.POSITIVE_INFINITY;
    const isProbe = this.sinceProbe >= PROBE_EVERY;
    if (isBetter || isProbe) {
      this.bestRate = rate;
      this.sinceProbe = 0;
      this.current = Math.min(this.max, this.current + 1);
    }
  }

  private countTime(): void {
    const nowMs = this.clock.monotonicMs();
    this.busyMs += nowMs - this.busySinceMs;
    this.busySinceMs = nowMs;
  }

  private measure(): void {
    this.busySinceMs = this.clock.monotonicMs();
    this.busyMs = 0;
    this.bytes = 0;
    this.requests = 0;
  }
}
