/**
 * Writes a record once at a time, always in its newest state. Two writes at once could land in either order. Requests during a write
 * share the next one.
 */

/** Writes one record. */
export interface SerialWriter {
  /** Resolves once a write that began after this call has ended; rejects as that write did. */
  request(): Promise<void>;
  /** Resolves when no write is under way or waiting; never rejects. */
  settled(): Promise<void>;
}

/** @param write writes the state as it is when it is called */
export function createSerialWriter(write: () => Promise<void>): SerialWriter {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const begin = (): Promise<void> => {
    const done = write().finally(() => {
      if (running === done) running = undefined;
    });
    running = done;
    return done;
  };
  const request = (): Promise<void> => {
    if (next !== undefined) return next;
    // mutation-point: start-write-when-idle
    if (running === undefined) return begin();
    const after = ignoreOutcome(running).then(() => {
      next = undefined;
      return begin();
    });
    next = after;
    return after;
  };
  const settled = async (): Promise<void> => {
    while (running !== undefined || next !== undefined) await ignoreOutcome(next ?? running);
  };
  return { request, settled };
}

/** Resolves when the promise settles. The caller of `request` gets the outcome. */
function ignoreOutcome(promise: Promise<void> | undefined): Promise<void> {
  return (promise ?? Promise.resolve()).then(
    () => undefined,
    () => undefined,
  );
}
