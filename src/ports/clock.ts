/** Time and random numbers, which a simulation replaces together. */

/** The only source of time and random numbers. */
export interface Clock {
  /** Milliseconds since 1970, for expiry, leases, records. May jump. */
  wallMs(): number;
  /** Milliseconds from an arbitrary start, for rates and stalls. Never falls; may stand still while the device sleeps. */
  monotonicMs(): number;
  /**
   * Runs `run` once, never early, after a suspension hours late: compare times, do not count ticks.
   * `delayMs` is ≥ 0; 0 is the next turn. Returns its cancel.
   */
  after(delayMs: number, run: () => void): () => void;
  /** In [0, 1). For jitter and ids, not for secrets. */
  random(): number;
}
