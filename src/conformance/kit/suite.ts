/**
 * How clauses become tests. All that is asked of a test runner is a function `(name, body)`; a runner that hands its
 * tests a context with `skip` (node:test, vitest) skips the clauses that do not apply to the adapter.
 */
import { Check, settled, show } from './check.js';
import { type ConformanceClause, ConformanceFailure, describeThrown, isConformanceFailure } from './failure.js';

/** Registers one test: `test` of node:test, `test` or `it` of vitest and Jest, or anything of that shape. */
export type TestFunction = (name: string, body: (...context: unknown[]) => Promise<void>) => unknown;

/** A clause with the code that tries it. `Given` is what the suite's author hands in for one test. */
export interface RunnableClause<Given, Adapter, Claims> extends ConformanceClause {
  /** Whether it concerns this adapter at all. @default always */
  readonly applies?: (adapter: Adapter, claims: Claims) => boolean;
  readonly run: (given: Given, check: Check, claims: Claims) => Promise<void>;
}

/** What all three suites share, after their options are read. */
export interface SuiteSetup<Given, Adapter, Claims> {
  readonly name: string;
  readonly test: TestFunction;
  readonly clauses: readonly RunnableClause<Given, Adapter, Claims>[];
  readonly claims: Claims;
  readonly sample: Adapter | undefined;
  readonly adapterOf: (given: Given) => Adapter;
  readonly create: () => Promise<Given & { readonly cleanup?: (() => Promise<void>) | undefined }>;
}

/** Registers a test for each clause that applies, or, without a sample, for each. */
export function registerSuite<Given, Adapter, Claims>(setup: SuiteSetup<Given, Adapter, Claims>): void {
  for (const clause of setup.clauses) {
    const { sample, claims } = setup;
    if (sample !== undefined && clause.applies !== undefined && !clause.applies(sample, claims)) continue;
    // A rest parameter keeps the body's `length` at 0: Jest waits for a `done` callback from bodies with a named one.
    setup.test(`${setup.name} | ${clause.id}: ${clause.wants}`, (...context) => runClause(setup, clause, context[0]));
  }
}

async function runClause<Given, Adapter, Claims>(
  setup: SuiteSetup<Given, Adapter, Claims>,
  clause: RunnableClause<Given, Adapter, Claims>,
  context: unknown,
): Promise<void> {
  const given = await setup.create();
  const applies = clause.applies === undefined || clause.applies(setup.adapterOf(given), setup.claims);
  const outcome = await settled(applies ? tried(clause, () => clause.run(given, new Check(clause), setup.claims)) : Promise.resolve());
  const cleaned = await settled(given.cleanup?.() ?? Promise.resolve());
  // The failure first: a cleanup that fails behind it is its consequence.
  if (!outcome.ok) throw outcome.thrown;
  if (!cleaned.ok) throw cleaned.thrown;
  if (!applies) skipIn(context, 'the adapter says that it cannot do this');
}

/** Every failure names its clause, also where the adapter threw something that the clause did not look for. */
async function tried(clause: ConformanceClause, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (isConformanceFailure(error)) throw error;
    throw new ConformanceFailure(clause, `${describeThrown(error)}, where nothing should have been thrown`, error);
  }
}

function skipIn(context: unknown, reason: string): void {
  const skip = (context as { skip?: unknown } | undefined)?.skip;
  if (typeof skip === 'function') skip.call(context, reason);
}

/** Throws a TypeError where a suite was called wrongly. */
export function requireSuiteOptions(suite: string, options: { name: unknown; test: unknown; create: unknown }): void {
  if (typeof options.name !== 'string') throw new TypeError(`${suite}: name must be a string, not ${show(options.name)}`);
  if (typeof options.test !== 'function') throw new TypeError(`${suite}: test must be your runner's test function`);
  if (typeof options.create !== 'function') throw new TypeError(`${suite}: create must be a function that makes a fresh, empty adapter`);
}
