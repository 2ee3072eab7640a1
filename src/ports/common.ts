/**
 * What all ports share: abort signals, and the lending of bytes.
 *
 * Rules for every port:
 * - Names ending in `Bytes` are bytes, in `Ms` milliseconds, in `Seconds` media time. Ranges are half-open.
 * - Adapters reject with `ReelwayError` (a `PortErrorCode`; its context may hold `status`, `retryAfterMs`),
 *   never with a library's own error. Where a result may be `undefined`, a missing thing is not an error.
 * - Borrowing: bytes passed in belong to the adapter until the promise settles, and not longer. So an aborted `put`
 *   settles only when nothing can read its bytes any more. Bytes from `next()` are valid until the next call on
 *   that reader. Code that needs bytes longer copies them.
 * - Abort: rejects with `signal.reason`, or `ABORTED` where the host has no reasons.
 * - An absent optional method means "not supported"; there is no flag beside it.
 * - Engines never overlap two writes to one path or one key. All other calls may overlap.
 */

/** The part of `AbortSignal` that every host has. Adapters bridge it where a host wants its own class (`fetch` does). */
export interface AbortSignalLike {
  /** Whether the abort has happened. */
  readonly aborted: boolean;
  /** Why; missing on React Native up to 0.86. */
  readonly reason?: unknown;
  /** Calls `listener` once the abort happens. */
  addEventListener(type: 'abort', listener: () => void): void;
  /** Removes `listener`, so that a long-lived signal does not leak. */
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** Bytes in order: pieces of 1 to 524,288 bytes, then `undefined`. */
export interface PieceReader {
  /** The next piece, lent until the next call on this reader; `undefined` at the end, and again at each call after it. */
  next(): Promise<Uint8Array | undefined>;
  /** Releases all resources. Idempotent; may be called before the end. */
  close(): Promise<void>;
}
