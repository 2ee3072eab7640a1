/** The raw plan: slices that tile the file, and the configuration rows of the bad-input table. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_SEGMENT_BYTES, MAX_SEGMENTS, planRawSegments } from '../../../src/core/index.js';
import { codeOf, fieldOf } from '../support.js';

describe('the raw plan', () => {
  it('cuts the well-known file into 219 slices', () => {
    const plan = planRawSegments(114_381_456);
    expect(plan.count).toBe(219);
    expect(plan.segmentAt(0)).toEqual({ start: 0, end: 524_288 });
    expect(plan.segmentAt(218)).toEqual({ start: 114_294_784, end: 114_381_456 });
  });

  it('tiles any file with slices of one size, the last one shorter', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: MAX_SEGMENT_BYTES }), fc.nat(500), fc.nat(), (segmentBytes, whole, rest) => {
        const sizeBytes = whole * segmentBytes + (rest % segmentBytes);
        const plan = planRawSegments(sizeBytes, segmentBytes);
        let position = 0;
        for (let index = 0; index < plan.count; index += 1) {
          const { start, end } = plan.segmentAt(index);
          expect(start).toBe(position);
          expect(end - start).toBe(index < plan.count - 1 ? segmentBytes : sizeBytes - start);
          expect(end).toBeGreaterThan(start);
          position = end;
        }
        expect(position).toBe(sizeBytes);
      }),
      { seed: 3 },
    );
  });

  it('plans nothing for an empty file', () => {
    expect(planRawSegments(0).count).toBe(0);
    expect(() => planRawSegments(0).segmentAt(0)).toThrow(TypeError);
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1_073_741_824, MAX_SEGMENT_BYTES + 1])('refuses slices of %s bytes', (bad) => {
    expect(codeOf(() => planRawSegments(10, bad))).toBe('INVALID_CONFIG');
    expect(fieldOf(() => planRawSegments(10, bad))).toBe('segmentBytes');
  });

  it.each([-1, 1.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY])('refuses a file of %s bytes', (bad) => {
    expect(codeOf(() => planRawSegments(bad))).toBe('INVALID_CONFIG');
    expect(fieldOf(() => planRawSegments(bad))).toBe('sizeBytes');
  });

  it('refuses more slices than a manifest can describe, and not one fewer', () => {
    expect(planRawSegments(MAX_SEGMENTS * MAX_SEGMENT_BYTES).count).toBe(MAX_SEGMENTS);
    expect(codeOf(() => planRawSegments(MAX_SEGMENTS * MAX_SEGMENT_BYTES + 1))).toBe('FILE_TOO_LARGE_FOR_ADAPTER');
  });

  it.each([-1, 2, 0.5, Number.NaN])('has no slice %s of 2', (index) => {
    expect(() => planRawSegments(20, 10).segmentAt(index)).toThrow(TypeError);
  });
});
