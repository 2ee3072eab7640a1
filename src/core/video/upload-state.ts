/**
 * The states of an upload: one table, one function. Whatever is not in the table cannot happen, so that no two rooms
 * disagree on what a paused, waiting or failed upload may do next.
 */
import { ReelwayError } from '../../errors/index.js';
import type { UploadStatus } from './video.js';

/** What can happen to an upload. */
export type UploadSignal = 'start' | 'wait' | 'resume' | 'pause' | 'publish' | 'complete' | 'fail' | 'cancel' | 'retry';

/** Where each signal leads from each status; what is missing is not allowed. */
export const UPLOAD_TRANSITIONS = {
  pending: { start: 'processing', wait: 'waiting', pause: 'paused', fail: 'failed', cancel: 'canceled' },
  processing: { publish: 'publishing', wait: 'waiting', pause: 'paused', fail: 'failed', cancel: 'canceled' },
  publishing: { complete: 'completed', wait: 'waiting', pause: 'paused', fail: 'failed', cancel: 'canceled' },
  // Waiting again is another reason to wait; back at work everything starts at `pending`, which is cheap: the journal knows what is done.
  waiting: { wait: 'waiting', resume: 'pending', pause: 'paused', fail: 'failed', cancel: 'canceled' },
  paused: { resume: 'pending', cancel: 'canceled' },
  failed: { retry: 'pending', cancel: 'canceled' },
  completed: {},
  canceled: {},
} as const satisfies Readonly<Record<UploadStatus, Partial<Readonly<Record<UploadSignal, UploadStatus>>>>>;

const TABLE: Readonly<Record<UploadStatus, Partial<Readonly<Record<UploadSignal, UploadStatus>>>>> = UPLOAD_TRANSITIONS;

/** The status after a signal. @throws {ReelwayError} INVALID_STATE where the table has no such step */
export function transition(status: UploadStatus, signal: UploadSignal): UploadStatus {
  const next = TABLE[status][signal];
  if (next === undefined) {
    throw new ReelwayError('INVALID_STATE', { message: `An upload that is ${status} cannot ${signal}`, context: { from: status, signal } });
  }
  return next;
}

/** Whether the table has such a step. */
export function canTransition(status: UploadStatus, signal: UploadSignal): boolean {
  return TABLE[status][signal] !== undefined;
}

/** Whether an upload stays in this status for ever: completed or canceled. */
export function isTerminal(status: UploadStatus): boolean {
  return Object.keys(TABLE[status]).length === 0;
}

/** The table as a Mermaid state diagram, for documents that a test holds to the code. */
export function describeTransitions(): string {
  const lines = ['stateDiagram-v2', '  [*] --> pending'];
  for (const [status, steps] of Object.entries(TABLE)) {
    for (const [signal, next] of Object.entries(steps)) lines.push(`  ${status} --> ${next}: ${signal}`);
    if (isTerminal(status as UploadStatus)) lines.push(`  ${status} --> [*]`);
  }
  return lines.join('\n');
}
