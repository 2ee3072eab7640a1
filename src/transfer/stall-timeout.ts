/**
 * Aborts a request that makes no progress. If the adapter ignores the abort for 5 s, the buffer that it holds must never be used again.
 * Time in which the device slept does not count.
 */
import { ReelwayError } from '../errors/index.js';
import { type AbortHandle, abortable, abortReason, createAbortHandle, onAbort, throwIfAborted } from '../internal/index.js';
import type { AbortSignalLike, Clock } from '../ports/index.js';
import { wrapError } from './errors.js';

/** How long requests may make no progress. */
export interface StallLimits {
  readonly clock: Clock;
  /** Milliseconds without a byte, > 0. */
  readonly stallMs: number;
}

/** What a request gets. */
export interface Attempt {
  readonly signal: AbortSignalLike;
  /** A byte has moved. */
  moved(): void;
}

/** Milliseconds that an aborted request has to settle. */
const GRACE_MS = 5_000;
/** A timer that is later than this means that the device slept, not that the request stalled. */
const LATE_MS = 5_000;

/**
 * Runs one request.
 *
 * @param onUnresponsive called when the request has not settled within the grace time after its abort
 * @throws {ReelwayError} TIMEOUT when it stalled; the signal's reason; what the request rejected with, foreign errors as UNAVAILABLE
 */
export async function withStallTimeout<T>(
  limits: StallLimits,
  signal: AbortSignalLike,
  run: (attempt: Attempt) => Promise<T>,
  onUnresponsive: () => void = () => undefined,
): Promise<T> {
  const { clock, stallMs } = limits;
  throwIfAborted(signal);
  const timeout = new StallTimeout(clock, stallMs, signal);
  try {
    const attempt: Attempt = { signal: timeout.signal, moved: () => timeout.moved() };
    return await settled(clock, timeout.signal, run(attempt), onUnresponsive);
  } finally {
    timeout.end();
  }
}

function settled<T>(clock: Clock, signal: AbortSignalLike, call: Promise<T>, onUnresponsive: () => void): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    let cancelGrace = (): void => undefined;
    const aborted = (): void => {
      cancelGrace = clock.after(GRACE_MS, () => {
        onUnresponsive();
        reject(abortReason(signal));
      });
    };
    const finish = (): void => {
      cancelGrace();
      forget();
    };
    const forget = onAbort(signal, aborted);
    call.then(
      (value) => {
        finish();
        resolve(value);
      },
      (error: unknown) => {
        finish();
        reject(
          signal.aborted
            ? abortReason(signal)
            : wrapError(error, 'UNAVAILABLE', 'The store rejected with an error that is not a ReelwayError'),
        );
      },
    );
  });
}

/** The stall timeout of one attempt. */
export class StallTimeout {
  /** Aborted when the attempt has stalled or its parent is aborted; for the adapter. */
  readonly signal: AbortSignalLike;
  private readonly source: AbortHandle & { dispose(): void };
  private readonly clock: Clock;
  private readonly stallMs: number;
  private movedMs: number;
  private cancel: () => void = () => undefined;

  constructor(clock: Clock, stallMs: number, parent: AbortSignalLike | undefined) {
    this.clock = clock;
    this.stallMs = stallMs;
    this.source = createAbortHandle(parent);
    this.signal = this.source.signal;
    this.movedMs = clock.monotonicMs();
    this.arm(stallMs);
  }

  /** The promise's outcome, or the reason of the abort. */
  async race<T>(promise: Promise<T>): Promise<T> {
    const value = await abortable(promise, this.signal);
    this.moved();
    return value;
  }

  /** The attempt made progress. */
  moved(): void {
    this.movedMs = this.clock.monotonicMs();
  }

  /** Cancels the timer. */
  end(): void {
    // mutation-point: cancel-stall-timer
    this.cancel();
    this.source.dispose();
  }

  private arm(delayMs: number): void {
    const dueMs = this.clock.monotonicMs() + delayMs;
    this.cancel = this.clock.after(delayMs, () => this.check(dueMs));
  }

  private check(dueMs: number): void {
    const nowMs = this.clock.monotonicMs();
    if (nowMs - dueMs > LATE_MS) this.movedMs = nowMs;
    const leftMs = this.movedMs + this.stallMs - nowMs;
    // mutation-point: abort-stalled-request
    if (leftMs > 0) this.arm(leftMs);
    else this.source.abort(new ReelwayError('TIMEOUT', { message: `No byte moved for ${this.stallMs} ms` }));
  }
}
