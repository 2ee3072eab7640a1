/**
 * A clock that a test drives: hours of backoff, sleep and wall-clock jumps pass in microseconds, in the same order every time.
 * Between two timers the host's own event loop gets a turn, so that promises settle as they would in real life.
 */
import { type Clock, ReelwayError } from '../index.js';
import { createSeededRandom } from './random.js';
import { createTimeline, type Timeline, type TimelineView } from './timeline.js';
import { hostPause, hostTurn } from './turns.js';

/** How {@link createVirtualClock} starts. */
export interface VirtualClockOptions {
  /** Seed of `random()`, a safe integer ≥ 0. @default 1 */
  readonly seed?: number;
  /** Milliseconds since 1970 at the start. @default 1,700,000,000,000 */
  readonly wallMs?: number;
  /** Turns of the host's event loop before each timer, ≥ 1; more where ports do real input and output. @default 1 */
  readonly turns?: number;
}

/** Bounds of a drive. */
export interface DriveOptions {
  /** Virtual milliseconds, ≥ 0, after which it gives up. @default 2,592,000,000 (30 days) */
  readonly limitMs?: number;
}

/** How {@link VirtualClock.suspend} passes. */
export interface SuspendOptions {
  /** Whether monotonic time runs on meanwhile; hosts differ. @default true */
  readonly monotonicRuns?: boolean;
}

/** A {@link Clock} with the hand that turns it. */
export interface VirtualClock extends Clock {
  /** Passes `ms` (≥ 0): runs every timer that comes due, in order, and lets promises settle between them. */
  advance(ms: number): Promise<void>;
  /** Lets everything settle that needs no time. */
  settle(): Promise<void>;
  /** Passes as much time as it takes until the promise settles; its outcome. Rejects when nothing is left that could settle it. */
  runUntil<T>(promise: PromiseLike<T>, options?: DriveOptions): Promise<T>;
  /** Passes time until no timer is left. */
  runUntilIdle(options?: DriveOptions): Promise<void>;
  /** Moves the wall clock alone, by `ms` of either sign, as when a person sets it. */
  jumpWall(ms: number): void;
  /** The device sleeps for `ms` (≥ 0): wall time passes, timers stand still and come late by that much. */
  suspend(ms: number, options?: SuspendOptions): void;
  /** Timers that are armed, ≥ 0: what an engine left behind. */
  pendingTimers(): number;
}

const DEFAULT_WALL_MS = 1_700_000_000_000;
const DEFAULT_LIMIT_MS = 30 * 24 * 3_600_000;
/** Real milliseconds that a drive waits for input and output of the host when no timer is left. */
const PATIENCE_MS = 1_000;

/** A virtual clock. Nothing moves until it is driven. */
export function createVirtualClock(options: VirtualClockOptions = {}): VirtualClock {
  const { seed = 1, wallMs = DEFAULT_WALL_MS, turns = 1 } = options;
  if (!Number.isInteger(turns) || turns < 1) throw new TypeError('turns must be an integer of at least 1');
  const timeline = createTimeline(wallMs, createSeededRandom(seed));
  return clockOf(timeline, timeline.view(), turns);
}

/** The clock of one life on a timeline: kills end a life, and its timers with it, while time itself goes on. */
export function clockOf(timeline: Timeline, view: TimelineView, turns: number): VirtualClock {
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < turns; turn += 1) await hostTurn();
  };
  const advance = async (ms: number): Promise<void> => {
    requireMs(ms);
    const targetMs = timeline.nowMs() + ms;
    for (;;) {
      await settle();
      if ((timeline.nextDueMs() ?? Number.POSITIVE_INFINITY) > targetMs) break;
      timeline.step();
    }
    timeline.moveTo(targetMs);
    await settle();
  };
  return {
    wallMs: () => timeline.wallMs(),
    monotonicMs: () => timeline.monotonicMs(),
    after: (delayMs, run) => view.after(delayMs, run),
    random: () => timeline.random(),
    advance,
    settle,
    runUntil: (promise, drive = {}) => runUntil(timeline, settle, promise, drive.limitMs ?? DEFAULT_LIMIT_MS),
    runUntilIdle: (drive = {}) => runUntilIdle(timeline, settle, drive.limitMs ?? DEFAULT_LIMIT_MS),
    jumpWall: (ms) => timeline.jumpWall(ms),
    suspend: (ms, { monotonicRuns = true } = {}) => timeline.suspend(requireMs(ms), monotonicRuns),
    pendingTimers: () => view.pendingTimers(),
  };
}

async function runUntil<T>(timeline: Timeline, settle: () => Promise<void>, promise: PromiseLike<T>, limitMs: number): Promise<T> {
  const watched = watch(promise);
  const endMs = timeline.nowMs() + requireMs(limitMs);
  let idleMs = 0;
  for (;;) {
    await settle();
    if (watched.settled()) return promise;
    if (timeline.nextDueMs() === undefined) {
      if (idleMs >= PATIENCE_MS) throw failure('The promise has not settled, and no timer is left that could settle it');
      idleMs += 1;
      await hostPause(1);
    } else {
      idleMs = 0;
      stepWithin(timeline, endMs, limitMs);
    }
  }
}

async function runUntilIdle(timeline: Timeline, settle: () => Promise<void>, limitMs: number): Promise<void> {
  const endMs = timeline.nowMs() + requireMs(limitMs);
  for (;;) {
    await settle();
    if (timeline.nextDueMs() === undefined) return;
    stepWithin(timeline, endMs, limitMs);
  }
}

function failure(message: string): ReelwayError {
  return new ReelwayError('TIMEOUT', { message, retryable: false });
}

function stepWithin(timeline: Timeline, endMs: number, limitMs: number): void {
  if ((timeline.nextDueMs() ?? 0) > endMs) throw failure(`Not done after ${limitMs} virtual milliseconds`);
  timeline.step();
}

function watch(promise: PromiseLike<unknown>): { settled(): boolean } {
  let settled = false;
  const mark = (): void => {
    settled = true;
  };
  promise.then(mark, mark);
  return { settled: () => settled };
}

function requireMs(ms: number): number {
  if (!(ms >= 0) || ms === Number.POSITIVE_INFINITY) throw new TypeError(`Milliseconds of at least 0, not ${ms}`);
  return ms;
}
