/**
 * A world in one thread: virtual time, seeded chance, and what is durable outside of the process. Everything that happens in
 * it is a function of its seed.
 */
import type { ReelwayErrorCode } from '../../../src/errors/index.js';
import { createSeededRandom } from '../../../src/testing/index.js';
import { createTimeline, type Timeline, type TimelineView } from '../../../src/testing/timeline.js';
import { type FaultKind, hasOwnRandom, NO_RATES, type Rates, randomFor } from './faults.js';

/** Where a process dies: at its n-th operation, from 1, counted over the whole run. */
export interface CrashPoint {
  readonly operation: number;
  readonly when: 'before' | 'after';
}

export interface WorldOptions {
  readonly seed: number;
  readonly rates?: Rates;
  readonly crashes?: readonly CrashPoint[];
  /** Keeps every line of the trace, for replays. */
  readonly keepLog?: boolean;
}

/** What the credentials and the causes of errors hold: it must never be seen in a journal, an event or a message. */
export const CANARY = 'canary-5ecret-token';

const WALL_MS = 1_760_000_000_000;

export class World {
  readonly timeline: Timeline;
  /** Timers of everything outside of the process. */
  readonly server: TimelineView;
  readonly random: () => number;
  /** Random numbers of their own for what was added later, so that the numbers before stay the same. */
  readonly aside: () => number;
  readonly fired = new Map<string, number>();
  readonly violations: string[] = [];
  readonly log: string[] = [];
  rates: Rates;
  online = true;
  authValid = true;
  /** Until then a put of an earlier life may land. */
  lateUntilMs = 0;
  /** Nothing of the store can be reached: every request fails in this way. */
  storeAway: ReelwayErrorCode | undefined;
  /** Every request is answered with success by somebody else. */
  isPortal = false;
  /** Sources that cannot be read for now. */
  readonly unreadable = new Set<string>();
  operations = 0;
  /** Processes that live. */
  livesAlive = 0;
  /** What happened before this time is hours old, though the clock of the world stood still meanwhile. */
  settledMs = 0;
  private readonly seed: number;
  private readonly own = new Map<string, () => number>();
  private readonly crashes: Map<string, true>;
  private readonly keepLog: boolean;
  /** Share of the requests that ignore an abort. */
  private readonly ignoredAborts: number;
  private readonly underWay = new Set<() => void>();
  private hash = 0x811c9dc5;

  constructor(options: WorldOptions) {
    this.seed = options.seed;
    this.random = createSeededRandom(options.seed * 2 + 1);
    this.aside = createSeededRandom(options.seed * 7 + 3);
    this.ignoredAborts = this.aside() < 0.75 ? 0.8 : 0;
    this.timeline = createTimeline(WALL_MS, createSeededRandom(options.seed * 2));
    this.server = this.timeline.view();
    this.rates = options.rates ?? NO_RATES;
    this.crashes = new Map((options.crashes ?? []).map((point) => [`${point.operation} ${point.when}`, true]));
    this.keepLog = options.keepLog ?? false;
  }

  get nowMs(): number {
    return this.timeline.nowMs();
  }

  /** What happened, in order: equal seeds must give equal traces. */
  trace(text: string): void {
    const line = `${Math.round(this.nowMs * 1_000)} ${text}`;
    for (let at = 0; at < line.length; at += 1) this.hash = Math.imul(this.hash ^ line.charCodeAt(at), 0x01000193) >>> 0;
    if (this.keepLog) this.log.push(line);
  }

  traceHash(): string {
    return this.hash.toString(16).padStart(8, '0');
  }

  /** Whether a fault strikes now. */
  strikes(kind: FaultKind): boolean {
    const rate = this.rates[kind];
    if (rate === 0 || (hasOwnRandom(kind) ? this.ownRandom(kind) : this.random)() >= rate) return false;
    this.count(kind);
    this.trace(`fault ${kind}`);
    return true;
  }

  /** Random numbers of one purpose. */
  ownRandom(purpose: string): () => number {
    const known = this.own.get(purpose);
    if (known !== undefined) return known;
    const made = randomFor(this.seed, purpose);
    this.own.set(purpose, made);
    return made;
  }

  count(kind: string): void {
    this.fired.set(kind, (this.fired.get(kind) ?? 0) + 1);
  }

  firedOf(kind: string): number {
    return this.fired.get(kind) ?? 0;
  }

  /** Whether the request that begins now ignores an abort. */
  isAbortIgnored(): boolean {
    return this.ignoredAborts > 0 && this.aside() < this.ignoredAborts;
  }

  /** A port operation begins; its number. */
  begin(label: string): number {
    this.operations += 1;
    this.trace(`#${this.operations} ${label}`);
    return this.operations;
  }

  /** Whether the process dies here. */
  kills(operation: number, when: CrashPoint['when']): boolean {
    if (this.crashes.size > 0 && this.crashes.has(`${operation} ${when}`)) {
      this.count('crash');
      return true;
    }
    return this.strikes('crash');
  }

  /** Something that is still on its way through the network, for up to so many milliseconds. */
  later(ms: number, run: () => void): void {
    const arrive = (): void => {
      if (this.underWay.delete(arrive)) run();
    };
    this.underWay.add(arrive);
    this.server.after(ms, arrive);
  }

  /** Hours pass for the rest of the world: what is on its way arrives. */
  letArrive(): void {
    this.settledMs = this.nowMs;
    while (this.underWay.size > 0) for (const arrive of [...this.underWay]) arrive();
  }

  /** From 0 to `most`, in milliseconds. */
  delay(most: number): number {
    return this.random() * most;
  }

  violate(invariant: string, text: string): void {
    this.trace(`VIOLATION ${invariant} ${text}`);
    this.violations.push(`${invariant}: ${text}`);
  }

  /** Ends every fault: what is left must now come to an end. */
  heal(): void {
    this.trace('heal');
    this.rates = NO_RATES;
    this.online = true;
    this.authValid = true;
    this.isPortal = false;
  }
}
