/** Half-open byte ranges. HTTP's inclusive end exists only inside adapters. */

/** Bytes from `start`, inclusive, to `end`, exclusive; 0 ≤ start ≤ end. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}
