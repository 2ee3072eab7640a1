/** Long work that yields to other work: a thread that also draws and plays must not be blocked for more than a few milliseconds. */

import { sleep } from '../abort/index.js';
import type { CooperativeTask } from '../core/index.js';
import type { Clock } from '../ports/index.js';

/** Milliseconds of work without a pause. One step more may add a few. */
const STRETCH_MS = 3;

/** Says when work must pause, and pauses it. */
export interface CooperativeScheduler {
  /** Whether the work has run for long enough. */
  isOver(): boolean;
  /** Resolves when other work has run. */
  rest(): Promise<void>;
}

/** A scheduler by the clock. Work in virtual time takes no time, so it never pauses. */
export function createCooperativeScheduler(clock: Clock): CooperativeScheduler {
  let sinceMs = clock.monotonicMs();
  return {
    isOver: () => clock.monotonicMs() - sinceMs >= STRETCH_MS,
    rest: async () => {
      await sleep(clock, 0);
      sinceMs = clock.monotonicMs();
    },
  };
}

/** Runs all steps of a task, with pauses between them. */
export async function runCooperatively<T>(clock: Clock, task: CooperativeTask<T>): Promise<T> {
  const scheduler = createCooperativeScheduler(clock);
  for (;;) {
    const step = task.next();
    if (step.done === true) return step.value;
    if (scheduler.isOver()) await scheduler.rest();
  }
}

/** Bytes between two looks at the clock: the slowest hash on the slowest host takes about 5 ms for them, the usual one 0.5 ms. */
const SLICE_BYTES = 16_384;

/** The work since the last pause, over all calls: consecutive pieces count together. */
export interface WorkBudget {
  /** Milliseconds, ≥ 0. */
  workedMs: number;
}

/** Passes bytes to `work` slice by slice, with pauses by the budget. The bytes must not change until it resolves. */
export async function processInSlices(
  clock: Clock,
  budget: WorkBudget,
  bytes: Uint8Array,
  work: (slice: Uint8Array) => void,
): Promise<void> {
  for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
    const begunMs = clock.monotonicMs();
    work(bytes.subarray(at, at + SLICE_BYTES));
    budget.workedMs += clock.monotonicMs() - begunMs;
    if (budget.workedMs < STRETCH_MS) continue;
    await sleep(clock, 0);
    budget.workedMs = 0;
  }
}
