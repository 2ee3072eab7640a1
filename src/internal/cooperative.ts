/** Long work that yields to other work: a thread that also draws and plays must not be kept for longer than a few milliseconds. */

import { sleep } from '../abort/index.js';
import type { CooperativeTask } from '../core/index.js';
import type { Clock } from '../ports/index.js';

/** Milliseconds at a stretch; a step beyond them takes up to a few more. */
const STRETCH_MS = 3;

/** Lets others have their turn once a stretch has lasted long enough. */
export interface CooperativeScheduler {
  /** Whether it has. */
  isOver(): boolean;
  /** Resolves when the others have had theirs. */
  rest(): Promise<void>;
}

/** Measures stretches by the clock, so that work in virtual time, which costs none, rests never. */
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

/** Runs all steps, with rests between them. */
export async function runCooperatively<T>(clock: Clock, task: CooperativeTask<T>): Promise<T> {
  const scheduler = createCooperativeScheduler(clock);
  for (;;) {
    const step = task.next();
    if (step.done === true) return step.value;
    if (scheduler.isOver()) await scheduler.rest();
  }
}

/** Bytes between two looks at the clock: the slowest hash on the slowest host takes about 5 ms for them, the usual one half a millisecond. */
const SLICE_BYTES = 16_384;

/** How long somebody has worked since the others last had their turn, over all calls: pieces that come one behind the other are one stretch. */
export interface WorkBudget {
  /** Milliseconds, ≥ 0. */
  workedMs: number;
}

/** Works through bytes slice by slice, with rests by the pace. The bytes must stay as they are until it resolves. */
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
