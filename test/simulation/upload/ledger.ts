/** What the app of the simulated world knows: which videos it wanted stored, what it was promised, what it asked for. */
import type { Priority } from '../../../src/index.js';

/** One video that the app wants stored. */
export interface Job {
  /** Travels as the title, so that a manifest tells which job it belongs to. */
  readonly name: string;
  readonly path: string;
  /** The engine is to copy it; the app removes the file once it has been told that it is in the queue. */
  readonly copied: boolean;
  readonly addAtMs: number;
  readonly priority: Priority;
  readonly videoId: string | undefined;
  /** Every content that the file ever had. */
  readonly versions: Uint8Array[];
  /** The file is not what it was when it was added. */
  changed: boolean;
  /** Its name was taken when it should have been added. */
  refused: boolean;
}

export class Ledger {
  readonly jobs: readonly Job[];
  /** Upload id → job: `add` has resolved, or the upload was seen in a later life's list. */
  readonly accepted = new Map<string, Job>();
  /** Somebody has called `cancel`; whether it took effect is open. */
  readonly cancelAsked = new Set<string>();
  /** `cancel` has resolved. */
  readonly canceled = new Set<string>();
  /** Uploads that were seen completed. */
  readonly completed = new Set<string>();
  /** Upload id → idempotency keys with which it was published. */
  readonly published = new Map<string, Set<string>>();

  constructor(jobs: readonly Job[]) {
    this.jobs = jobs;
  }

  accept(uploadId: string, job: Job): void {
    this.accepted.set(uploadId, job);
  }

  isDecided(job: Job): boolean {
    return job.refused || [...this.accepted.values()].includes(job);
  }

  jobNamed(name: string | undefined): Job | undefined {
    return this.jobs.find((job) => job.name === name);
  }
}
