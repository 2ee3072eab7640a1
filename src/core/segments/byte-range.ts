/** Half-open byte ranges. HTTP's inclusive end exists only inside adapters. */

/** Bytes from `start`, inclusive, to `end`, exclusive; 0 ≤ start ≤ end. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * The same range, once its numbers are known to be good.
 * @throws {TypeError} unless both are safe integers and 0 ≤ start ≤ end
 */
function assertRange(range: ByteRange): ByteRange {
  const { start, end } = range;
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || end < start) {
    throw new TypeError(`Not a byte range: [${start}, ${end})`);
  }
  return range;
}

/** How many bytes a range holds, ≥ 0. @throws {TypeError} on bad numbers */
export function rangeLength(range: ByteRange): number {
  assertRange(range);
  return range.end - range.start;
}

/** The bytes that both ranges hold; `undefined` where there are none. @throws {TypeError} on bad numbers */
export function intersectRanges(a: ByteRange, b: ByteRange): ByteRange | undefined {
  assertRange(a);
  assertRange(b);
  const start = Math.max(a.start, b.start);
  const end = Math.min(a.end, b.end);
  return start < end ? { start, end } : undefined;
}

/** Whether the two share at least one byte. @throws {TypeError} on bad numbers */
export function rangesOverlap(a: ByteRange, b: ByteRange): boolean {
  return intersectRanges(a, b) !== undefined;
}

/** The same bytes in the fewest ranges, in order; empty ranges vanish, touching ones join. @throws {TypeError} on bad numbers */
export function mergeRanges(ranges: readonly ByteRange[]): ByteRange[] {
  const sorted = ranges.filter((range) => rangeLength(range) > 0).sort((a, b) => a.start - b.start);
  const merged: ByteRange[] = [];
  let open: ByteRange | undefined;
  for (const range of sorted) {
    if (open !== undefined && range.start <= open.end) {
      open = { start: open.start, end: Math.max(open.end, range.end) };
      merged[merged.length - 1] = open;
    } else {
      open = { start: range.start, end: range.end };
      merged.push(open);
    }
  }
  return merged;
}

/** The bytes of `from` that no range of `holes` holds, in order. @throws {TypeError} on bad numbers */
export function subtractRanges(from: ByteRange, holes: readonly ByteRange[]): ByteRange[] {
  assertRange(from);
  const left: ByteRange[] = [];
  let start = from.start;
  for (const hole of mergeRanges(holes)) {
    const end = Math.min(hole.start, from.end);
    if (start < end) left.push({ start, end });
    start = Math.max(start, hole.end);
  }
  if (start < from.end) left.push({ start, end: from.end });
  return left;
}

/** Whether every byte of `range` lies in one of `ranges`; an empty range always does. @throws {TypeError} on bad numbers */
export function containsRange(ranges: readonly ByteRange[], range: ByteRange): boolean {
  return subtractRanges(range, ranges).length === 0;
}
