/**
 * Limits how many requests run at once.
 *
 * The adaptive limit starts at two, for the head and the tail of a video. It grows by one while that raises the throughput noticeably,
 * and halves when requests fail: a link that loses packets gains nothing from more requests. The fixed limit is always the maximum.
 */
import { abortableWait } from '../internal/index.js';
import type { AbortSignalLike, Clock } from '../ports/index.js';

const START = 2;
/** Factor by which one more request must raise the throughput. Below it, the request only takes bandwidth from the others. */
const WORTHWHILE_GAIN = 1.05;
/** Requests without a gain after which a higher limit is tried again: links change. */
const PROBE_EVERY = 24;

/** How the limit follows the link. */
export type LimitPolicy = 'adaptive' | 'fixed';

/** Permission to run one request. */
export interface Slot {
  /** Returns the slot after a success with this many bytes. */
  succeed(bytes: number): void;
  /** Returns the slot without a measurement: after an abort, or a failure that is not the link's. */
  abandon(): void;
}

/** The slots of one engine. */
export class RequestLimiter {
  private readonly clock: Clock;
  private readonly policy: LimitPolicy;
  private max: number;
  private current: number;
  private running = 0;
  private readonly waiting = new Set<(slot: Slot) => void>();
  /** The measurement under way: bytes, and the time with requests. */
  private busyMs = 0;
  private busySinceMs = 0;
  private bytes = 0;
  private requests = 0;
  /** The best rate seen with fewer requests, in bytes a millisecond. */
  private bestRate = 0;
  private sinceProbe = 0;
  private halvedMs = Number.NEGATIVE_INFINITY;
  /** Called when a slot is free: with true before the waiting requests get it, then with false. */
  onFree: (urgentOnly: boolean) => void = () => undefined;

  /** @param max requests at once, ≥ 1 */
  constructor(clock: Clock, max: number, policy: LimitPolicy = 'adaptive') {
    this.clock = clock;
    this.max = max;
    this.policy = policy;
    this.current = policy === 'fixed' ? max : Math.min(START, max);
  }

  /** Requests at once now, 1 to the maximum. */
  get limit(): number {
    return this.current;
  }

  /** Slots in use. */
  get inUse(): number {
    return this.running;
  }

  /** Another maximum, ≥ 1. Requests under way beyond it go on. */
  resize(max: number): void {
    this.max = max;
    this.current = this.policy === 'fixed' ? max : Math.min(this.current, max);
    this.serve();
  }

  /** A slot if one is free now. */
  tryTake(): Slot | undefined {
    return this.running < this.current ? this.lend() : undefined;
  }

  /** A slot as soon as one is free, in order of the calls. Rejects with the signal's reason. */
  take(signal: AbortSignalLike): Promise<Slot> {
    const slot = signal.aborted || this.waiting.size > 0 ? undefined : this.tryTake();
    if (slot !== undefined) return Promise.resolve(slot);
    return abortableWait(signal, (resolve) => {
      this.waiting.add(resolve);
      return () => this.waiting.delete(resolve);
    });
  }

  /** A request failed because of the link or the store. `startedMs`: when the attempt began, in monotonic milliseconds. */
  failed(startedMs: number): void {
    // Requests that were under way at the last halving fail for the same reason: the limit is halved once.
    if (this.policy === 'fixed' || startedMs < this.halvedMs) return;
    this.halvedMs = this.clock.monotonicMs();
    this.current = Math.max(1, Math.floor(this.current / 2));
    this.bestRate = 0;
    this.measure();
  }

  private lend(): Slot {
    if (this.running === 0) this.busySinceMs = this.clock.monotonicMs();
    this.running += 1;
    let isLent = true;
    const giveBack = (bytes: number | undefined): void => {
      if (!isLent) return;
      isLent = false;
      this.countTime();
      this.running -= 1;
      if (bytes !== undefined && this.policy === 'adaptive') this.learn(bytes);
      this.serve();
    };
    return { succeed: (bytes) => giveBack(bytes), abandon: () => giveBack(undefined) };
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
    // Two rounds: requests that were under way before must not count alone.
    if (this.requests < this.current * 2) return;
    // No time has passed: the link is fast enough for more.
    this.adjust(this.busyMs > 0 ? this.bytes / this.busyMs : Number.POSITIVE_INFINITY);
    this.measure();
  }

  private adjust(rate: number): void {
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
