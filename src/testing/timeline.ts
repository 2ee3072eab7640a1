/** Virtual time: one order of all timers, shared by one or more runs of a process. */

interface Timer {
  readonly dueMs: number;
  readonly run: () => void;
}

/** The timers of one run of a process. */
export interface TimelineView {
  after(delayMs: number, run: () => void): () => void;
  pendingTimers(): number;
  /** Ends the run: its timers are removed, and new ones are ignored. */
  end(): void;
}

/** Time that moves only by calls. */
export interface Timeline {
  nowMs(): number;
  wallMs(): number;
  monotonicMs(): number;
  random(): number;
  /** When the next timer is due; `undefined` without one. */
  nextDueMs(): number | undefined;
  /** Moves to the next timer and runs it. */
  step(): void;
  /** Moves on to `ms`, unless it has passed. */
  moveTo(ms: number): void;
  jumpWall(ms: number): void;
  suspend(ms: number, monotonicRuns: boolean): void;
  view(): TimelineView;
}

/** A timeline that starts at 0, with the wall clock at `wallMs`. */
export function createTimeline(wallMs: number, random: () => number): Timeline {
  const timers: Timer[] = [];
  const state = { nowMs: 0, wallOffsetMs: wallMs, monotonicOffsetMs: 0 };
  return {
    nowMs: () => state.nowMs,
    // Whole milliseconds, as on every host.
    wallMs: () => Math.floor(state.nowMs + state.wallOffsetMs),
    monotonicMs: () => state.nowMs + state.monotonicOffsetMs,
    random,
    nextDueMs: () => timers[0]?.dueMs,
    step: () => {
      const timer = timers.shift();
      if (timer === undefined) return;
      state.nowMs = Math.max(state.nowMs, timer.dueMs);
      timer.run();
    },
    moveTo: (ms) => {
      state.nowMs = Math.max(state.nowMs, ms);
    },
    jumpWall: (ms) => {
      if (!Number.isFinite(ms)) throw new TypeError(`Not a number of milliseconds: ${ms}`);
      state.wallOffsetMs += ms;
    },
    suspend: (ms, monotonicRuns) => {
      state.wallOffsetMs += ms;
      if (monotonicRuns) state.monotonicOffsetMs += ms;
    },
    view: () => viewOf(timers, () => state.nowMs),
  };
}

function viewOf(timers: Timer[], nowMs: () => number): TimelineView {
  const own = new Set<Timer>();
  let ended = false;
  const drop = (timer: Timer): void => {
    if (!own.delete(timer)) return;
    const place = timers.indexOf(timer);
    if (place >= 0) timers.splice(place, 1);
  };
  return {
    after: (delayMs, run) => {
      if (!(delayMs >= 0) || delayMs === Number.POSITIVE_INFINITY) throw new TypeError(`A timer's delay is at least 0 ms, not ${delayMs}`);
      if (ended) return () => undefined;
      const timer: Timer = {
        dueMs: nowMs() + delayMs,
        run: () => {
          own.delete(timer);
          run();
        },
      };
      own.add(timer);
      insert(timers, timer);
      return () => drop(timer);
    },
    pendingTimers: () => own.size,
    end: () => {
      ended = true;
      for (const timer of [...own]) drop(timer);
    },
  };
}

/** Behind all that are due at the same time: first armed, first run. */
function insert(timers: Timer[], timer: Timer): void {
  let low = 0;
  let high = timers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((timers[middle]?.dueMs ?? 0) <= timer.dueMs) low = middle + 1;
    else high = middle;
  }
  timers.splice(low, 0, timer);
}
