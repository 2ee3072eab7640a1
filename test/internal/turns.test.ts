/** Long work in turns: rests are taken by time, and only by time. */
import { describe, expect, it } from 'vitest';
import {
  createManifest,
  createManifestSteps,
  encodeManifest,
  encodeManifestSteps,
  parseManifest,
  parseManifestSteps,
  runSteps,
  type Steps,
} from '../../src/core/index.js';
import { createTurns, inTurns } from '../../src/internal/index.js';
import type { Clock } from '../../src/ports/index.js';
import { createVirtualClock } from '../../src/testing/index.js';

/** A clock on which time passes only when it is told to, and that counts rests. */
function handClock(): Clock & { nowMs: number; rests: number } {
  const clock = {
    ...createVirtualClock(),
    nowMs: 0,
    rests: 0,
    monotonicMs: () => clock.nowMs,
    after: (_delayMs: number, run: () => void) => {
      clock.rests += 1;
      void Promise.resolve().then(run);
      return () => undefined;
    },
  };
  return clock;
}

describe('work in turns', () => {
  it('rests after 3 ms at a stretch, and not before', async () => {
    const clock = handClock();
    const work = function* (stepMs: number): Steps<string> {
      for (let step = 0; step < 12; step += 1) {
        clock.nowMs += stepMs;
        yield;
      }
      return 'done';
    };
    expect(await inTurns(clock, work(0))).toBe('done');
    expect(clock.rests).toBe(0);
    expect(await inTurns(clock, work(1))).toBe('done');
    expect(clock.rests).toBe(4);
    expect(await inTurns(clock, work(5))).toBe('done');
    expect(clock.rests).toBe(16);
  });

  it('counts a new stretch from the end of the rest', async () => {
    const clock = handClock();
    const turns = createTurns(clock);
    clock.nowMs = 10;
    expect(turns.isOver()).toBe(true);
    await turns.rest();
    expect(turns.isOver()).toBe(false);
  });

  it('tells what a step throws', async () => {
    const broken = function* (): Steps<void> {
      yield;
      throw new TypeError('broken');
    };
    await expect(inTurns(handClock(), broken())).rejects.toThrow('broken');
  });

  it('cuts a large manifest into steps, and gives the same bytes at once', () => {
    const draft = {
      videoId: 'v',
      uploadId: 'u',
      layout: 'raw' as const,
      createdMs: 1,
      source: { sizeBytes: 8_192 * 9, contentType: 'video/mp4' },
      metadata: {},
      renditions: [
        { urlTemplate: 'u/{n}', segments: Array.from({ length: 8_192 }, () => ({ sizeBytes: 9, hashes: { sha256: 'ab'.repeat(32) } })) },
      ],
    };
    const count = <T>(steps: Steps<T>): { steps: number; value: T } => {
      for (let number = 0; ; number += 1) {
        const step = steps.next();
        if (step.done === true) return { steps: number, value: step.value };
      }
    };
    const created = count(createManifestSteps(draft));
    const encoded = count(encodeManifestSteps(created.value));
    const parsed = count(parseManifestSteps(encoded.value));
    const same = encodeManifest(parseManifest(encodeManifest(createManifest(draft))));
    expect(Buffer.compare(same, encoded.value)).toBe(0);
    expect(Buffer.compare(runSteps(encodeManifestSteps(parsed.value)), same)).toBe(0);
    expect(Math.min(created.steps, encoded.steps, parsed.steps)).toBeGreaterThan(150);
  });
});
