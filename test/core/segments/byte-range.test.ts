/** Byte ranges against a plain model: sets of single bytes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ByteRange,
  containsRange,
  intersectRanges,
  mergeRanges,
  rangeLength,
  rangesOverlap,
  subtractRanges,
} from '../../../src/core/index.js';

const range = fc.tuple(fc.nat(40), fc.nat(40)).map(([a, b]): ByteRange => ({ start: Math.min(a, b), end: Math.max(a, b) }));
const ranges = fc.array(range, { maxLength: 8 });

function bytesOf(list: readonly ByteRange[]): number[] {
  const bytes = new Set<number>();
  for (const { start, end } of list) for (let byte = start; byte < end; byte += 1) bytes.add(byte);
  return [...bytes].sort((a, b) => a - b);
}

function expectTidy(list: readonly ByteRange[]): void {
  list.forEach(({ start, end }, index) => {
    expect(start).toBeLessThan(end);
    const next = list[index + 1];
    if (next !== undefined) expect(end).toBeLessThanOrEqual(next.start);
  });
}

describe('byte ranges', () => {
  it('merges to the same bytes in the fewest ranges', () => {
    fc.assert(
      fc.property(ranges, (list) => {
        const merged = mergeRanges(list);
        expect(bytesOf(merged)).toEqual(bytesOf(list));
        expectTidy(merged);
        merged.slice(1).forEach(({ start }, index) => {
          expect(start).toBeGreaterThan((merged[index] as ByteRange).end);
        });
      }),
      { seed: 1 },
    );
  });

  it('subtracts, contains and intersects as sets do', () => {
    fc.assert(
      fc.property(range, ranges, range, (from, holes, other) => {
        const held = new Set(bytesOf(holes));
        const left = subtractRanges(from, holes);
        expect(bytesOf(left)).toEqual(bytesOf([from]).filter((byte) => !held.has(byte)));
        expectTidy(left);
        expect(containsRange(holes, from)).toBe(bytesOf([from]).every((byte) => held.has(byte)));
        const shared = bytesOf([from]).filter((byte) => byte >= other.start && byte < other.end);
        const both = intersectRanges(from, other);
        expect(both === undefined ? [] : bytesOf([both])).toEqual(shared);
        expect(rangesOverlap(from, other)).toBe(shared.length > 0);
        expect(rangeLength(from)).toBe(bytesOf([from]).length);
      }),
      { seed: 2 },
    );
  });

  it.each([
    { start: -1, end: 2 },
    { start: 3, end: 2 },
    { start: 0.5, end: 2 },
    { start: 0, end: Number.NaN },
    { start: 0, end: Number.POSITIVE_INFINITY },
    { start: 0, end: 2 ** 53 },
  ])('refuses %o everywhere', (bad) => {
    const good = { start: 0, end: 1 };
    expect(() => rangeLength(bad)).toThrow(TypeError);
    expect(() => rangesOverlap(good, bad)).toThrow(TypeError);
    expect(() => rangesOverlap(bad, good)).toThrow(TypeError);
    expect(() => mergeRanges([good, bad])).toThrow(TypeError);
    expect(() => subtractRanges(bad, [])).toThrow(TypeError);
    expect(() => containsRange([bad], good)).toThrow(TypeError);
  });
});
