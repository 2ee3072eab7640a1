/** Long work in turns with everybody else: a thread that also draws and plays must not be kept for longer than a few milliseconds. */
import type { Steps } from '../core/index.js';
import type { Clock } from '../ports/index.js';
import { sleep } from './abort.js';

/** Milliseconds at a stretch; a step beyond them takes up to a few more. */
const STRETCH_MS = 3;

/** Lets others have their turn once a stretch has lasted long enough. */
export interface Turns {
  /** Whether it has. */
  isOver(): boolean;
  /** Resolves when the others have had theirs. */
  rest(): Promise<void>;
}

/** Measures stretches by the clock, so that work in virtual time, which costs none, rests never. */
export function createTurns(clock: Clock): Turns {
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
export async function inTurns<T>(clock: Clock, steps: Steps<T>): Promise<T> {
  const turns = createTurns(clock);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (turns.isOver()) await turns.rest();
  }
}
