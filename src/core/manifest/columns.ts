/** Packing numbers of one width into bytes, and looking sizes up without adding all of them up. */
import type { CooperativeTask } from '../text/cooperative-task.js';
import type { PackedNumbers, PackedSizes, UniformSizes } from './types.js';

const MARK_EVERY = 64;

/** Whether a loop over segments has done a step's worth of them. */
export function isStep(index: number): boolean {
  return index % 512 === 511;
}

/** Packs whole numbers from 0 up to 2^48 − 1 in the least width that holds the largest. */
export function* packNumbers(numbers: readonly number[]): CooperativeTask<PackedNumbers> {
  let largest = 0;
  for (let index = 0; index < numbers.length; index += 1) {
    if (isStep(index)) yield;
    largest = Math.max(largest, numbers[index] as number);
  }
  let width = 1;
  while (2 ** (8 * width) <= largest) width += 1;
  const values = new Uint8Array(numbers.length * width);
  for (let index = 0; index < numbers.length; index += 1) {
    if (isStep(index)) yield;
    let rest = numbers[index] as number;
    for (let byte = 0; byte < width; byte += 1) {
      values[index * width + byte] = rest % 256;
      rest = Math.floor(rest / 256);
    }
  }
  return { width, values };
}

/** The number with this index. */
export function numberAt(column: PackedNumbers, index: number): number {
  const start = index * column.width;
  let number = 0;
  for (let at = start + column.width - 1; at >= start; at -= 1) number = number * 256 + (column.values[at] as number);
  return number;
}

/** Sizes that can be looked up: notes where every 64th segment starts. */
export function* markSizes(
  column: PackedNumbers,
  count: number,
): CooperativeTask<{ readonly sizes: PackedSizes; readonly total: number; readonly least: number }> {
  const marks = new Float64Array(Math.ceil(count / MARK_EVERY));
  let total = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let index = 0; index < count; index += 1) {
    if (isStep(index)) yield;
    if (index % MARK_EVERY === 0) marks[index / MARK_EVERY] = total;
    const size = numberAt(column, index);
    least = Math.min(least, size);
    total += size;
  }
  return { sizes: { width: column.width, values: column.values, marks }, total, least };
}

/** Bytes of the segment with this index, of `count`. */
export function sizeAt(sizes: UniformSizes | PackedSizes, count: number, index: number): number {
  if ('each' in sizes) return index === count - 1 ? sizes.last : sizes.each;
  return numberAt(sizes, index);
}

/** Where the segment with this index starts. */
export function startAt(sizes: UniformSizes | PackedSizes, index: number): number {
  if ('each' in sizes) return index * sizes.each;
  const mark = Math.floor(index / MARK_EVERY);
  let start = sizes.marks[mark] as number;
  for (let before = mark * MARK_EVERY; before < index; before += 1) start += numberAt(sizes, before);
  return start;
}

/** The segment that holds this byte; the byte is inside of all segments. */
export function indexAt(sizes: UniformSizes | PackedSizes, offset: number): number {
  if ('each' in sizes) return Math.floor(offset / sizes.each);
  const { marks } = sizes;
  const mark = lastAtMost(marks.length, offset, (at) => marks[at] as number);
  let index = mark * MARK_EVERY;
  let end = (marks[mark] as number) + numberAt(sizes, index);
  while (end <= offset) {
    index += 1;
    end += numberAt(sizes, index);
  }
  return index;
}

/** The last of `count` rising values that is ≤ `wanted`, 0 where none is. */
export function lastAtMost(count: number, wanted: number, valueAt: (index: number) => number): number {
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (valueAt(middle) <= wanted) low = middle;
    else high = middle - 1;
  }
  return low;
}
