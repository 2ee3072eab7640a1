/**
 * Aborting on hosts whose AbortController is old or absent: a signal is read through `aborted`, `reason` and its two
 * listener methods alone, and made here where an engine needs one of its own.
 */
import { ReelwayError } from '../errors/index.js';
import type { AbortSignalLike, Clock } from '../ports/index.js';

/** A signal and the hand that pulls it. */
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
    const follow = (): void => abort(abortReason(parent));
    parent.addEventListener('abort', follow);
    undo.push(() => parent.removeEventListener('abort', follow));
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

/** The promise's own outcome, or the signal's reason as soon as it is aborted; the promise itself runs on. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignalLike | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise<T>((resolve, reject) => {
    const stop = (): void => {
      signal.removeEventListener('abort', stop);
      reject(abortReason(signal));
    };
    // The outcome is always taken up, so an abort never leaves an unhandled rejection behind.
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop);
  });
}

/** Waits `delayMs` (≥ 0) by the clock; rejects with the signal's reason if that comes first. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignalLike): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    if (signal?.aborted) {
      reject(abortReason(signal));
      return;
    }
    const stop = (): void => {
      cancel();
      signal?.removeEventListener('abort', stop);
      if (signal !== undefined) reject(abortReason(signal));
    };
    const cancel = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', stop);
      resolve();
    });
    signal?.addEventListener('abort', stop);
  });
}
