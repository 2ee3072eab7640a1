/** Assertions of the suites. Not a test runner's own, since a suite runs under any of them, and on a phone under none. */
import { isReelwayError, type PortErrorCode, type ReelwayError } from '../../errors/index.js';
import { type ConformanceClause, ConformanceFailure, describeThrown } from './failure.js';

/** Checks on behalf of one clause. */
export class Check {
  private readonly clause: ConformanceClause;

  constructor(clause: ConformanceClause) {
    this.clause = clause;
  }

  fail(seen: string, cause?: unknown): never {
    throw new ConformanceFailure(this.clause, seen, cause);
  }

  /** A part of the fixture that a claim has promised. */
  needs<T>(part: T | undefined, name: string, claim: string): T {
    if (part === undefined) this.fail(`the fixture has no ${name}, which this test needs because of ${claim}`);
    return part;
  }

  that(holds: boolean, seen: string): void {
    if (!holds) this.fail(seen);
  }

  equal(actual: unknown, expected: unknown, what: string): void {
    if (!Object.is(actual, expected)) this.fail(`${what} is ${show(actual)}, expected ${show(expected)}`);
  }

  /** The same strings in any order, none twice. */
  sameSet(actual: readonly string[], expected: readonly string[], what: string): void {
    const found = [...actual].sort();
    const wanted = [...expected].sort();
    const same = found.length === wanted.length && found.every((name, index) => name === wanted[index]);
    if (!same) this.fail(`${what} are ${show(found)}, expected ${show(wanted)}`);
  }

  bytes(actual: Uint8Array, expected: Uint8Array, what: string): void {
    if (actual.length !== expected.length) this.fail(`${what}: ${actual.length} bytes, expected ${expected.length}`);
    // A loop, since a callback for each of a million bytes takes most of a suite's time.
    let at = 0;
    while (at < actual.length && actual[at] === expected[at]) at += 1;
    if (at < actual.length) this.fail(`${what}: byte ${at} is ${actual[at]}, expected ${expected[at]}`);
  }

  /** Rejects with a ReelwayError that has one of the codes. */
  async rejects(promise: Promise<unknown>, codes: readonly PortErrorCode[], what: string): Promise<ReelwayError> {
    const thrown = await this.thrownBy(promise, `${what} resolves, expected ${codes.join(' or ')}`);
    if (!isReelwayError(thrown))
      this.fail(`${what} rejects with ${describeThrown(thrown)}, expected a ReelwayError ${codes.join(' or ')}`, thrown);
    if (!(codes as readonly string[]).includes(thrown.code)) {
      this.fail(`${what} rejects with ${thrown.code} (${thrown.message}), expected ${codes.join(' or ')}`, thrown);
    }
    return thrown;
  }

  /** Rejects with this very value. */
  async rejectsWith(promise: Promise<unknown>, reason: unknown, what: string): Promise<void> {
    const thrown = await this.thrownBy(promise, `${what} resolves, expected ${describeThrown(reason)}`);
    if (thrown !== reason) this.fail(`${what} rejects with ${describeThrown(thrown)}, expected ${describeThrown(reason)} itself`, thrown);
  }

  /** Rejects, with whatever it likes. */
  async thrownBy(promise: Promise<unknown>, seen: string): Promise<unknown> {
    const outcome = await settled(promise);
    if (outcome.ok) this.fail(seen);
    return outcome.thrown;
  }
}

/** How a promise ended. */
export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly thrown: unknown };

/** Waits for a promise to end either way. */
export async function settled<T>(promise: Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await promise };
  } catch (thrown) {
    return { ok: false, thrown };
  }
}

/** A value as a failure message shows it, cut where it is long. */
export function show(value: unknown): string {
  const text = typeof value === 'string' || Array.isArray(value) ? JSON.stringify(value) : String(value);
  return text.length > 200 ? `${text.slice(0, 200)}… (${text.length} characters)` : text;
}
