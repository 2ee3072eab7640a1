/** The throughput estimate: right on steady links, careful on falling ones, calm on jumpy ones. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createThroughputEstimate } from '../../../src/core/index.js';
import { codeOf, fieldOf, seededRandom } from '../support.js';

describe('the throughput estimate', () => {
  it('knows nothing before the first sample, and all of a steady link after it', () => {
    const estimate = createThroughputEstimate();
    expect(estimate.bytesPerSecond).toBeUndefined();
    expect(estimate.etaMs(1_000)).toBeUndefined();
    estimate.add(524_288, 500);
    expect(estimate.bytesPerSecond).toBeCloseTo(1_048_576, 3);
    expect(estimate.etaMs(2_097_152)).toBeCloseTo(2_000, 3);
    expect(estimate.etaMs(-5)).toBe(0);
    estimate.reset();
    expect(estimate.bytesPerSecond).toBeUndefined();
  });

  it('falls at once and rises slowly', () => {
    const estimate = createThroughputEstimate();
    for (let second = 0; second < 60; second += 1) estimate.add(1_000_000, 1_000);
    for (let second = 0; second < 5; second += 1) estimate.add(100_000, 1_000);
    expect(estimate.bytesPerSecond).toBeLessThan(450_000);
    for (let second = 0; second < 5; second += 1) estimate.add(1_000_000, 1_000);
    expect(estimate.bytesPerSecond).toBeLessThan(900_000);
  });

  it('does not care how time is cut into samples', () => {
    const coarse = createThroughputEstimate();
    const fine = createThroughputEstimate();
    for (const rate of [500, 2_000, 100]) {
      coarse.add(rate * 4, 4_000);
      for (let part = 0; part < 40; part += 1) fine.add(rate / 10, 100);
    }
    expect(fine.bytesPerSecond).toBeCloseTo(coarse.bytesPerSecond as number, 6);
  });

  it('keeps its estimate of the rest calm on a jumpy link', () => {
    const estimate = createThroughputEstimate();
    const random = seededRandom(5);
    for (let warm = 0; warm < 60; warm += 1) estimate.add(1_000_000 * (0.2 + 1.6 * random()), 1_000);
    const told: number[] = [];
    for (let second = 0; second < 60; second += 1) {
      estimate.add(1_000_000 * (0.2 + 1.6 * random()), 1_000);
      told.push(estimate.etaMs(100_000_000) as number);
    }
    for (const eta of told) {
      expect(eta).toBeGreaterThan(75_000);
      expect(eta).toBeLessThan(135_000);
    }
    told.slice(1).forEach((eta, index) => {
      expect(Math.abs(eta / (told[index] as number) - 1)).toBeLessThan(0.06);
    });
  });

  it('has no answer for the rest while nothing moves', () => {
    const estimate = createThroughputEstimate();
    estimate.add(0, 5_000);
    expect(estimate.bytesPerSecond).toBe(0);
    expect(estimate.etaMs(10)).toBeUndefined();
  });

  it('ignores samples that cannot be', () => {
    const estimate = createThroughputEstimate();
    estimate.add(1_000, 1_000);
    for (const bad of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      estimate.add(bad, 1_000);
      estimate.add(1_000, bad);
    }
    estimate.add(1_000, 0);
    expect(estimate.bytesPerSecond).toBeCloseTo(1_000, 6);
  });

  it('stays between the slowest and the fastest sample', () => {
    const sample = fc.tuple(fc.integer({ min: 0, max: 10_000_000 }), fc.integer({ min: 1, max: 60_000 }));
    fc.assert(
      fc.property(fc.array(sample, { minLength: 1, maxLength: 30 }), (samples) => {
        const estimate = createThroughputEstimate();
        for (const [bytes, elapsedMs] of samples) estimate.add(bytes, elapsedMs);
        const rates = samples.map(([bytes, elapsedMs]) => (bytes * 1_000) / elapsedMs);
        const told = estimate.bytesPerSecond as number;
        expect(told).toBeGreaterThanOrEqual(Math.min(...rates) * 0.999_999 - 1e-6);
        expect(told).toBeLessThanOrEqual(Math.max(...rates) * 1.000_001 + 1e-6);
      }),
      { seed: 15 },
    );
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses a half-life of %s', (bad) => {
    expect(codeOf(() => createThroughputEstimate({ fastHalfLifeMs: bad }))).toBe('INVALID_CONFIG');
    expect(fieldOf(() => createThroughputEstimate({ slowHalfLifeMs: bad }))).toBe('slowHalfLifeMs');
  });
});
