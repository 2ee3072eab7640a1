/**
 * The AbortController of React Native up to 0.86: `abort-controller` 3.0.0 over `event-target-shim`, as `dist/abort-controller.js` has it.
 *
 * Facts copied, each with its place:
 * - `abort()` takes no reason, and the signal has none: no `reason`, no `throwIfAborted`; `AbortSignal` has no `any`, `timeout`, `abort`;
 * - `aborted` is a getter on the prototype, so a signal that is spread or copied has lost it; it throws where `this` is no signal;
 * - a second `abort()` does nothing; listeners get `{ type: 'abort' }`;
 * - a signal cannot be constructed;
 * - `addEventListener` takes the same listener once; `removeEventListener` ends it; one that throws does not stop the others
 *   (`event-target-shim`), and what it threw is written to the console.
 */

type Listener = (event: { readonly type: 'abort' }) => void;

const flags = new WeakMap<object, boolean>();
const listeners = new WeakMap<object, Set<Listener>>();

/** The signal, as React Native's global `AbortSignal`. */
export class OldAbortSignal {
  onabort: Listener | null = null;

  constructor() {
    throw new TypeError('AbortSignal cannot be constructed directly');
  }

  get aborted(): boolean {
    const aborted = flags.get(this);
    if (aborted === undefined) throw new TypeError("Expected 'this' to be an 'AbortSignal' object");
    return aborted;
  }

  addEventListener(type: 'abort', listener: Listener): void {
    if (type === 'abort') listeners.get(this)?.add(listener);
  }

  removeEventListener(_type: 'abort', listener: Listener): void {
    listeners.get(this)?.delete(listener);
  }
}

/** How many listeners a signal has: what somebody has left behind. */
export function listenersOf(signal: OldAbortSignal): number {
  return listeners.get(signal)?.size ?? 0;
}

/** The controller, as React Native's global `AbortController`. */
export class OldAbortController {
  private readonly own: OldAbortSignal;

  constructor() {
    this.own = Object.create(OldAbortSignal.prototype) as OldAbortSignal;
    flags.set(this.own, false);
    listeners.set(this.own, new Set());
  }

  get signal(): OldAbortSignal {
    return this.own;
  }

  abort(): void {
    if (flags.get(this.own) !== false) return;
    flags.set(this.own, true);
    const failures: unknown[] = [];
    for (const listener of [...(listeners.get(this.own) ?? [])]) {
      try {
        listener({ type: 'abort' });
      } catch (error) {
        failures.push(error);
      }
    }
    for (const failure of failures) console.error(failure);
  }
}
