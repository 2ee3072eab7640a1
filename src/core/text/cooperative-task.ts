/**
 * Long work as a row of short steps: a generator that yields wherever others may have a turn. Who is in no hurry to be polite runs
 * them at once; engines rest between two of them once some milliseconds have passed.
 */

/** Work in steps, none of which takes longer than about a millisecond on a phone. */
export type CooperativeTask<T> = Generator<undefined, T, undefined>;

/** All steps at once. */
export function runToCompletion<T>(task: CooperativeTask<T>): T {
  for (;;) {
    const step = task.next();
    if (step.done === true) return step.value;
  }
}
