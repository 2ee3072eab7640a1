/** A planted faulty adapter: a good one with one thing wrong, and the clause that must catch it. */
import type { SuiteResult } from '../../../src/conformance/index.js';

export interface Plant<Given, Claims> {
  /** What is wrong with it. */
  readonly name: string;
  /** The clause that it breaks. */
  readonly clause: string;
  /** Other clauses that cannot hold either, once this one is broken. */
  readonly also?: readonly string[];
  readonly claims?: Claims;
  readonly make: () => Promise<Given>;
}

/** The ids of the clauses that failed, sorted. */
export function brokenClauses(results: readonly SuiteResult[]): string[] {
  return results
    .filter(({ outcome }) => outcome === 'failed')
    .map(({ clause, message }) => clause ?? `no clause: ${message}`)
    .sort();
}

/** Lets `count` turns of the microtask queue pass. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await undefined;
}
