/** The error of a suite, for authors of adapters: names the violated clause, the observation, and the reason for the clause. */
import { isReelwayError } from '../../errors/index.js';

const BRAND = Symbol.for('reelway.conformance-failure');

/** One sentence of a port's contract. */
export interface ConformanceClause {
  /** Stable, such as `blob.put.whole-or-absent`. */
  readonly id: string;
  /** What the contract wants. */
  readonly wants: string;
  /** What breaks in an app where an adapter does otherwise. */
  readonly why: string;
}

/** An adapter broke a clause of its port's contract. Thrown by the suites only, never by adapters or engines. */
export class ConformanceFailure extends Error {
  /** The clause's id. */
  readonly clause: string;
  /** What the suite saw instead. */
  readonly seen: string;

  constructor(clause: ConformanceClause, seen: string, cause?: unknown) {
    super(`${clause.id}: ${clause.wants}\n  seen: ${seen}\n  why it matters: ${clause.why}`);
    this.name = 'ConformanceFailure';
    this.clause = clause.id;
    this.seen = seen;
    if (cause !== undefined) Object.defineProperty(this, 'cause', { value: cause, configurable: true, writable: true });
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/** Whether a value is a {@link ConformanceFailure} of any copy of the package. */
export function isConformanceFailure(value: unknown): value is ConformanceFailure {
  return typeof value === 'object' && value !== null && (value as { [BRAND]?: unknown })[BRAND] === true;
}

/** Any thrown value in a few words. */
export function describeThrown(value: unknown): string {
  if (isReelwayError(value)) return `ReelwayError ${value.code} (${value.message})`;
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  return `a thrown ${value === null ? 'null' : typeof value}: ${String(value)}`;
}
