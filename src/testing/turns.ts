/** Turns of the host's own event loop. */

/** One turn: every microtask has run when it resolves, and what the host had ready. */
export function hostTurn(): Promise<void> {
  return new Promise((resolve) => {
    // Browsers have no setImmediate; their shortest timer is slow, but says the same.
    if (typeof setImmediate === 'function') setImmediate(resolve);
    else setTimeout(resolve, 0);
  });
}

/** Real time, in which input and output of the host may end. */
export function hostPause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
