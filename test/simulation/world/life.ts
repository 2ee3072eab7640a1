/**
 * One life of a process: it ends without notice, and what it had on its way may still land, or not. It may be suspended for a
 * while: then no timer fires, no answer arrives, and what it was doing on the device is done before or after.
 */
import type { AbortSignalLike, Clock } from '../../../src/index.js';
import type { TimelineView } from '../../../src/testing/timeline.js';
import { type Holding, Holdings, signalOf } from './holdings.js';
import type { World } from './world.js';

export class Life {
  readonly id: number;
  readonly world: World;
  readonly view: TimelineView;
  readonly clock: Clock;
  /** The app passes it to every call that takes a signal. */
  readonly signal: AbortSignalLike = signalOf(this);
  alive = true;
  /** The engine has stopped: what it makes from now on breaks I10. */
  stopped = false;
  private readonly holdings = new Holdings();
  private suspendedAtMs: number | undefined;
  private readonly missed: (() => void)[] = [];
  private readonly fates = new Set<() => void>();
  private readonly onDeath: (life: Life) => void;

  constructor(world: World, id: number, onDeath: (life: Life) => void) {
    this.world = world;
    this.id = id;
    this.onDeath = onDeath;
    world.livesAlive += 1;
    this.view = world.timeline.view();
    this.clock = {
      wallMs: () => world.timeline.wallMs(),
      monotonicMs: () => world.timeline.monotonicMs(),
      after: (delayMs, run) => {
        this.refuseWhenStopped('timer');
        return this.after(delayMs, run);
      },
      random: () => world.timeline.random(),
    };
  }

  get isSuspended(): boolean {
    return this.suspendedAtMs !== undefined;
  }

  /** For how many milliseconds it has been suspended by now. */
  get suspendedMs(): number {
    return this.suspendedAtMs === undefined ? 0 : this.world.nowMs - this.suspendedAtMs;
  }

  suspend(): void {
    this.suspendedAtMs ??= this.world.nowMs;
  }

  /** Goes on: what it has missed happens now, one after the other. */
  wake(): void {
    this.suspendedAtMs = undefined;
    for (const run of this.missed.splice(0)) {
      this.world.server.after(0, () => {
        if (this.alive) this.whenAwake(run);
      });
    }
  }

  /** Runs code of the process: at once, or when it wakes. */
  whenAwake(run: () => void): void {
    if (this.isSuspended) this.missed.push(run);
    else run();
  }

  private after(delayMs: number, run: () => void): () => void {
    const state = { isCanceled: false };
    const cancel = this.view.after(delayMs, () => this.whenAwake(() => state.isCanceled || run()));
    return () => {
      state.isCanceled = true;
      cancel();
    };
  }

  /** The process is killed: no promise of it ever settles, no timer fires. */
  crash(): void {
    if (!this.alive) return;
    this.world.trace(`life ${this.id} dies`);
    this.end();
    for (const fate of [...this.fates]) fate();
    this.fates.clear();
    this.onDeath(this);
  }

  /** The process ends in good order. */
  end(): void {
    if (this.alive) this.world.livesAlive -= 1;
    this.alive = false;
    this.view.end();
  }

  /** Counts something as open until the returned function is called. */
  hold(kind: Holding): () => void {
    // A store may deliver a download late; it has to be closed at once. All else the engine makes itself.
    if (kind !== 'download') this.refuseWhenStopped(kind);
    return this.holdings.take(kind);
  }

  /** I10: a stopped engine has nothing open. */
  requireNothingOpen(when: string): void {
    const timers = this.view.pendingTimers();
    const left = [...(timers > 0 ? [`${timers} × timer`] : []), ...this.holdings.list()];
    if (left.length > 0) this.world.violate('I10', `left ${when}: ${left.join(', ')}`);
  }

  private refuseWhenStopped(what: string): void {
    if (this.stopped && this.alive) this.world.violate('I10', `a ${what} is made after the engine has stopped`);
  }

  /** Says what becomes of something that is under way when the process dies. Returns how to take that back. */
  atDeath(fate: () => void): () => void {
    this.fates.add(fate);
    return () => this.fates.delete(fate);
  }

  /**
   * An operation of the device: takes `latencyMs`, then `apply` has its effect, all at once.
   * `underWay` says what becomes of it when the process dies in between; nothing by default.
   */
  operate<T>(label: string, latencyMs: number, apply: () => T, underWay?: () => void): Promise<T> {
    const operation = this.enter(label);
    if (operation === undefined) return never();
    return new Promise((resolve, reject) => {
      const forget = underWay === undefined ? () => undefined : this.atDeath(underWay);
      const end = (): void => {
        forget();
        if (!this.alive) return;
        const answer = attempt(apply);
        this.leave(operation, () => (answer.ok ? resolve(answer.value) : reject(answer.error)));
      };
      this.world.server.after(latencyMs, () => {
        // Suspended before the last step on the device, or behind it.
        if (this.alive && this.isSuspended && this.world.aside() < 0.5) this.whenAwake(end);
        else end();
      });
    });
  }

  /** A request to the store: `run` may last, and goes on where the abort or the death of the process leave it. */
  request<T>(label: string, signal: AbortSignalLike | undefined, run: (flight: Flight) => Promise<T>): Promise<T> {
    const operation = this.enter(label);
    if (operation === undefined) return never();
    return new Promise((resolve, reject) => {
      const flight = new Flight();
      const settle = (answer: () => void): void => {
        if (flight.over) return;
        flight.over = true;
        forget();
        signal?.removeEventListener('abort', abort);
        if (this.alive) this.leave(operation, answer);
      };
      const forget = this.atDeath(() => flight.cut('death'));
      const abort = (): void => {
        if (flight.ignoresAbort) {
          this.world.count('abortIgnored');
          return;
        }
        const deafMs = flight.cut('abort');
        this.world.server.after(deafMs + this.world.delay(5), () => settle(() => reject(signal?.reason)));
      };
      if (signal?.aborted) abort();
      else signal?.addEventListener('abort', abort);
      // Who is deaf to the abort settles when the abort is heard, and not before.
      run(flight).then(
        (value) => flight.isDeaf || settle(() => resolve(value)),
        (error: unknown) => flight.isDeaf || settle(() => reject(error)),
      );
    });
  }

  /** Waits on the server's side, and for a process that is suspended. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.world.server.after(ms, () => this.whenAwake(resolve));
    });
  }

  private enter(label: string): number | undefined {
    if (!this.alive) return undefined;
    if (this.isSuspended) this.world.violate('driver', `life ${this.id} begins ${label} while it is suspended`);
    const operation = this.world.begin(`${this.id} ${label}`);
    if (!this.world.kills(operation, 'before')) return operation;
    this.crash();
    return undefined;
  }

  private leave(operation: number, answer: () => void): void {
    if (this.world.kills(operation, 'after')) this.crash();
    else this.whenAwake(answer);
  }
}

/** A request on its way. */
export class Flight {
  over = false;
  /** An abort changes nothing: it comes too late, or the adapter ignores it. */
  ignoresAbort = false;
  /** It goes on reading what it was lent for a while after its abort. */
  isDeaf = false;
  /** What becomes of it when it is cut off; gives the milliseconds that it stays deaf to an abort. */
  onCut: (why: 'abort' | 'death') => number = () => 0;
  private wasCut = false;

  get isCut(): boolean {
    return this.wasCut;
  }

  cut(why: 'abort' | 'death'): number {
    if (this.over || this.wasCut) return 0;
    this.wasCut = true;
    return this.onCut(why);
  }
}

function attempt<T>(apply: () => T): { ok: true; value: T } | { ok: false; error: unknown } {
  try {
    return { ok: true, value: apply() };
  } catch (error) {
    return { ok: false, error };
  }
}

function never<T>(): Promise<T> {
  return new Promise(() => undefined);
}
