/** The table of states, walked in full and at random. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canTransition,
  describeTransitions,
  isTerminal,
  transition,
  UPLOAD_TRANSITIONS,
  type UploadSignal,
  type UploadStatus,
} from '../../../src/core/index.js';
import { codeOf } from '../support.js';

const STATUSES = Object.keys(UPLOAD_TRANSITIONS) as UploadStatus[];
const SIGNALS: readonly UploadSignal[] = ['start', 'wait', 'resume', 'pause', 'publish', 'complete', 'fail', 'cancel', 'retry'];

function reachable(from: UploadStatus): Set<UploadStatus> {
  const seen = new Set<UploadStatus>([from]);
  for (const status of seen) {
    for (const signal of SIGNALS) if (canTransition(status, signal)) seen.add(transition(status, signal));
  }
  return seen;
}

describe('upload states', () => {
  it('lead from pending to completed through processing and publishing', () => {
    let status: UploadStatus = 'pending';
    for (const signal of ['start', 'publish', 'complete'] as const) status = transition(status, signal);
    expect(status).toBe('completed');
  });

  it('answer every signal in every status with a status of the table or INVALID_STATE', () => {
    for (const status of STATUSES) {
      for (const signal of SIGNALS) {
        if (canTransition(status, signal)) expect(STATUSES).toContain(transition(status, signal));
        else expect(codeOf(() => transition(status, signal))).toBe('INVALID_STATE');
      }
    }
  });

  it('end in completed and canceled only, and never leave them', () => {
    expect(STATUSES.filter(isTerminal)).toEqual(['completed', 'canceled']);
  });

  it('can always still end: nothing is stuck, and nothing is out of reach', () => {
    expect(reachable('pending').size).toBe(STATUSES.length);
    for (const status of STATUSES.filter((each) => !isTerminal(each))) {
      const ends = reachable(status);
      expect(ends.has('completed'), status).toBe(true);
      expect(transition(status, 'cancel')).toBe('canceled');
    }
  });

  it('return from waiting and paused to pending, wherever they were entered', () => {
    for (const status of ['pending', 'processing', 'publishing'] as const) {
      for (const signal of ['wait', 'pause'] as const) expect(transition(transition(status, signal), 'resume')).toBe('pending');
    }
    expect(transition(transition('processing', 'fail'), 'retry')).toBe('pending');
  });

  it('complete only after publishing, whatever happens before', () => {
    const step = (status: UploadStatus, signal: UploadSignal): UploadStatus => {
      const next = transition(status, signal);
      if (next === 'completed') expect(status).toBe('publishing');
      if (status === 'paused') expect(['pending', 'canceled']).toContain(next);
      return next;
    };
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...SIGNALS), { maxLength: 60 }), (signals) => {
        let status: UploadStatus = 'pending';
        for (const signal of signals) if (canTransition(status, signal)) status = step(status, signal);
        expect(STATUSES).toContain(status);
      }),
      { seed: 13, numRuns: 2_000 },
    );
  });

  it('are drawn from the table: one line for each step', () => {
    const drawn = describeTransitions().split('\n');
    for (const [status, steps] of Object.entries(UPLOAD_TRANSITIONS)) {
      for (const [signal, next] of Object.entries(steps)) expect(drawn).toContain(`  ${status} --> ${next}: ${signal}`);
    }
    expect(drawn).toContain('  canceled --> [*]');
    expect(drawn.filter((line) => line.includes('[*]'))).toHaveLength(3);
  });
});
