/** Runs a suite without a test runner: for a self-test screen on a phone, with the real adapter. */
import type { Clock } from '../../ports/index.js';
import { settled } from './check.js';
import { describeThrown, isConformanceFailure } from './failure.js';
import type { TestFunction } from './suite.js';

/** How one test of a suite ended. */
export interface SuiteResult {
  /** The test's name. */
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'not-applicable';
  /** The broken clause's id; only where it failed. */
  readonly clause?: string;
  /** What is wrong, or why it does not apply. */
  readonly message?: string;
}

/** How {@link runSuite} runs. */
export interface RunSuiteOptions {
  /** Called after each test, for a screen that fills line by line. */
  readonly onResult?: (result: SuiteResult) => void;
  /** Ends the wait for a test that never settles; without one a hanging adapter hangs the run. @default none */
  readonly clock?: Pick<Clock, 'after'>;
  /** Milliseconds that one test may take, > 0; only with `clock`. @default 30,000 */
  readonly limitMs?: number;
}

/**
 * Registers tests by `register`, runs them one after another, and resolves with how each ended; never rejects over a failed test.
 * For example `await runSuite((test) => blobStoreSuite({ name: 'mine', test, create }))`.
 */
export async function runSuite(register: (test: TestFunction) => void, options: RunSuiteOptions = {}): Promise<SuiteResult[]> {
  const tests: { name: string; body: (...context: unknown[]) => Promise<void> }[] = [];
  register((name, body) => tests.push({ name, body }));
  const results: SuiteResult[] = [];
  for (const { name, body } of tests) {
    const result = await resultOf(name, body, options);
    results.push(result);
    options.onResult?.(result);
  }
  return results;
}

async function resultOf(name: string, body: (...context: unknown[]) => Promise<void>, options: RunSuiteOptions): Promise<SuiteResult> {
  let skipped: string | undefined;
  const skip = (reason: string): void => {
    skipped = reason;
  };
  const outcome = await settled(inTime(body({ skip }), options));
  if (outcome.ok) return skipped === undefined ? { name, outcome: 'passed' } : { name, outcome: 'not-applicable', message: skipped };
  const { thrown } = outcome;
  if (isConformanceFailure(thrown)) return { name, outcome: 'failed', clause: thrown.clause, message: thrown.message };
  return { name, outcome: 'failed', message: describeThrown(thrown) };
}

function inTime(run: Promise<void>, { clock, limitMs = 30_000 }: RunSuiteOptions): Promise<void> {
  if (clock === undefined) return run;
  return new Promise((resolve, reject) => {
    const cancel = clock.after(limitMs, () => reject(new TypeError(`the adapter did not settle within ${limitMs} ms`)));
    const done = (end: () => void) => (): void => {
      cancel();
      end();
    };
    run.then(done(resolve), (thrown: unknown) => done(() => reject(thrown))());
  });
}
