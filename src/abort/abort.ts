/**
 * Aborting on hosts without AbortController, or with an old one. Only `aborted`, `reason` and the two listener methods of a signal
 * are used: React Native has no `throwIfAborted`, and its signals may have no reason.
 */
import { ReelwayError } from '../errors/index.js';
import type { AbortSignalLike, Clock } from '../ports/index.js';

/** An abort signal and the function that aborts it. */
export interface AbortHandle {
  readonly signal: AbortSignalLike;
  /** Aborts once; later calls change nothing. */
  abort(reason?: unknown): void;
}

/** Why a signal was aborted: its own reason, or an ABORTED error where the host has no reasons. */
export function abortReason(signal: AbortSignalLike): unknown {
  return signal.reason === undefined ? new ReelwayError('ABORTED') : signal.reason;
}

/** @throws the signal's reason, if it is aborted */
export function throwIfAborted(signal: AbortSignalLike | undefined): void {
  if (signal?.aborted) throw abortReason(signal);
}

/** A signal of our own, aborted too when any of `parents` is. `dispose` forgets the parents, so that long signals do not leak. */
export function createAbortHandle(...parents: readonly (AbortSignalLike | undefined)[]): AbortHandle & { dispose(): void } {
  const listeners = new Set<() => void>();
  const state: { aborted: boolean; reason: unknown } = { aborted: false, reason: undefined };
  const undo: (() => void)[] = [];
  const dispose = (): void => {
    for (const run of undo.splice(0)) run();
  };
  const abort = (reason?: unknown): void => {
    if (state.aborted) return;
    state.aborted = true;
    state.reason = reason === undefined ? new ReelwayError('ABORTED') : reason;
    dispose();
    for (const listener of [...listeners]) listener();
    listeners.clear();
  };
  for (const parent of parents) {
    if (parent === undefined) continue;
    if (parent.aborted) {
      abort(abortReason(parent));
      break;
    }
    undo.push(onAbort(parent, () => abort(abortReason(parent))));
  }
  const signal: AbortSignalLike = {
    get aborted() {
      return state.aborted;
    },
    get reason() {
      return state.reason;
    },
    addEventListener: (_type, listener) => {
      if (!state.aborted) listeners.add(listener);
    },
    removeEventListener: (_type, listener) => {
      listeners.delete(listener);
    },
  };
  return { signal, abort, dispose };
}

/** Calls `listener` once at the abort, or at once if the signal is aborted already. Returns a function that removes the listener. */
export function onAbort(signal: AbortSignalLike | undefined, listener: () => void): () => void {
  if (signal === undefined) return () => undefined;
  if (signal.aborted) {
    listener();
    return () => undefined;
  }
  const forget = (): void => signal.removeEventListener('abort', fire);
  const fire = (): void => {
    forget();
    listener();
  };
  signal.addEventListener('abort', fire);
  return forget;
}

/** The promise's own outcome, or the signal's reason as soon as it is aborted. The promise itself runs on. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignalLike | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise<T>((resolve, reject) => {
    const forget = onAbort(signal, () => reject(abortReason(signal)));
    // The outcome is always handled, so an abort never leaves an unhandled rejection behind.
    promise.then(resolve, reject).finally(forget);
  });
}

/**
 * A promise that `start` settles later, or that the abort rejects with the signal's reason. `start` returns what to undo; it runs once,
 * however the wait ends. An aborted signal rejects without a start.
 */
export function abortableWait<T>(
  signal: AbortSignalLike | undefined,
  start: (resolve: (value: T) => void, reject: (error: unknown) => void) => () => void,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    throwIfAborted(signal);
    let isOver = false;
    let undo = (): void => undefined;
    const end = (settle: () => void): void => {
      if (isOver) return;
      isOver = true;
      undo();
      settle();
    };
    const undoStart = start(
      (value) => end(() => resolve(value)),
      (error) => end(() => reject(error)),
    );
    // `start` may settle before it returns.
    if (isOver) return undoStart();
    undo = undoStart;
    const forget = onAbort(signal, () => end(() => reject(abortReason(signal as AbortSignalLike))));
    undo = () => {
      forget();
      undoStart();
    };
  });
}

/** Waits `delayMs` (≥ 0) by the clock; rejects with the signal's reason if that comes first. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignalLike): Promise<void> {
  return abortableWait<void>(signal, (resolve) => clock.after(delayMs, () => resolve()));
}
