/** Counts what an engine has opened and must close: a stopped engine has none of it open, and opens none. */
import type { AbortSignalLike, Conditions } from '../../../src/index.js';
import type { Life } from './life.js';

/** What is counted. Timers are counted by the clock. */
export type Holding = 'read handle' | 'write handle' | 'download' | 'lease' | 'listener on the conditions' | 'listener on a signal';

/** What is open in one life. */
export class Holdings {
  private readonly counts = new Map<Holding, number>();

  /** Counts one as open. The returned function counts it as closed, once. */
  take(kind: Holding): () => void {
    this.change(kind, 1);
    let isHeld = true;
    return () => {
      if (isHeld) this.change(kind, -1);
      isHeld = false;
    };
  }

  /** What is open, in words. */
  list(): string[] {
    return [...this.counts].filter(([, count]) => count > 0).map(([kind, count]) => `${count} × ${kind}`);
  }

  private change(kind: Holding, by: 1 | -1): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + by);
  }
}

/** The device's conditions for one life. Its listeners are counted; they are not called after its end. */
export function conditionsOf(life: Life, conditions: Conditions): Conditions {
  return {
    current: () => conditions.current(),
    subscribe: (listener) => {
      const forget = life.hold('listener on the conditions');
      const off = conditions.subscribe(() => {
        if (life.alive) listener();
      });
      return () => {
        forget();
        off();
      };
    },
  };
}

/** A signal of the app that is never aborted, so every listener on it must be removed by the engine. */
export function signalOf(life: Life): AbortSignalLike {
  const listeners = new Map<() => void, () => void>();
  return {
    aborted: false,
    reason: undefined,
    addEventListener: (_type, listener) => {
      if (!listeners.has(listener)) listeners.set(listener, life.hold('listener on a signal'));
    },
    removeEventListener: (_type, listener) => {
      listeners.get(listener)?.();
      listeners.delete(listener);
    },
  };
}
