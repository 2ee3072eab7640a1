/** Long work in turns: rests are taken by time, and only by time. */
import { describe, expect, it } from 'vitest';
import {
  type CooperativeTask,
  createManifest,
  createManifestSteps,
  encodeManifest,
  encodeManifestSteps,
  parseManifest,
  parseManifestSteps,
  runToCompletion,
} from '../../src/core/index.js';
import { createCooperativeScheduler, processInSlices, runCooperatively, type WorkBudget } from '../../src/internal/index.js';
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
    const work = function* (stepMs: number): CooperativeTask<string> {
      for (let step = 0; step < 12; step += 1) {
        clock.nowMs += stepMs;
        yield;
      }
      return 'done';
    };
    expect(await runCooperatively(clock, work(0))).toBe('done');
    expect(clock.rests).toBe(0);
    expect(await runCooperatively(clock, work(1))).toBe('done');
    expect(clock.rests).toBe(4);
    expect(await runCooperatively(clock, work(5))).toBe('done');
    expect(clock.rests).toBe(16);
  });

  it('counts a new stretch from the end of the rest', async () => {
    const clock = handClock();
    const scheduler = createCooperativeScheduler(clock);
    clock.nowMs = 10;
    expect(scheduler.isOver()).toBe(true);
    await scheduler.rest();
    expect(scheduler.isOver()).toBe(false);
  });

  it('counts work on bytes over all calls, and hands every byte on once, in order', async () => {
    const clock = handClock();
    const budget: WorkBudget = { workedMs: 0 };
    const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => index % 251);
    const seen: number[] = [];
    const lengths: number[] = [];
    const work = (slice: Uint8Array): void => {
      clock.nowMs += 1;
      lengths.push(slice.length);
      seen.push(...slice);
    };
    await processInSlices(clock, budget, bytes, work);
    expect(lengths).toEqual([16_384, 16_384, 16_384, 16_384, 4_464]);
    expect(seen).toEqual([...bytes]);
    expect([clock.rests, budget.workedMs]).toEqual([1, 2]);
    await processInSlices(clock, budget, bytes.subarray(0, 1), work);
    expect([clock.rests, budget.workedMs]).toEqual([2, 0]);
    await processInSlices(clock, budget, new Uint8Array(0), work);
    expect(lengths.length).toBe(6);
  });

  it('tells what a step throws', async () => {
    const broken = function* (): CooperativeTask<void> {
      yield;
      throw new TypeError('broken');
    };
    await expect(runCooperatively(handClock(), broken())).rejects.toThrow('broken');
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
    const count = <T>(task: CooperativeTask<T>): { steps: number; value: T } => {
      for (let number = 0; ; number += 1) {
        const step = task.next();
        if (step.done === true) return { steps: number, value: step.value };
      }
    };
    const created = count(createManifestSteps(draft));
    const encoded = count(encodeManifestSteps(created.value));
    const parsed = count(parseManifestSteps(encoded.value));
    const same = encodeManifest(parseManifest(encodeManifest(createManifest(draft))));
    expect(Buffer.compare(same, encoded.value)).toBe(0);
    expect(Buffer.compare(runToCompletion(encodeManifestSteps(parsed.value)), same)).toBe(0);
    expect(Math.min(created.steps, encoded.steps, parsed.steps)).toBeGreaterThan(150);
  });
});
