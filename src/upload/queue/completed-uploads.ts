/** The records of the last hundred completed uploads, without acknowledgements, so that nothing grows with the queue's history. */
import { wrapError } from '../../transfer/index.js';
import type { EngineContext } from '../context.js';
import type { Upload } from '../upload.js';

/** Completed uploads that are remembered. */
const REMEMBERED = 100;

export interface CompletedUploadHistory {
  /** The acknowledgements of this upload are in its manifest now. */
  dropPages(upload: Upload): void;
  /** Forgets the oldest completed uploads. */
  prune(uploads: Iterable<Upload>): void;
  /** Resolves when nothing is being removed: it writes under the lock. */
  settled(): Promise<void>;
}

/** @param forget called for each upload whose record is removed */
export function createCompletedUploadHistory(context: EngineContext, forget: (upload: Upload) => void): CompletedUploadHistory {
  const removals = new Set<Promise<void>>();
  const runInBackground = (removal: Promise<void>): void => {
    const done = removal
      // What cannot be removed now is removed at the next start.
      .catch((error: unknown) => context.warn(wrapError(error, 'STORAGE_UNAVAILABLE', 'Removing old records failed')))
      .then(() => {
        removals.delete(done);
      });
    removals.add(done);
  };
  return {
    dropPages: (upload) => runInBackground(upload.journal.dropPages()),
    prune: (uploads) => {
      const completed = [...uploads].filter((upload) => upload.status === 'completed');
      completed.sort((one, other) => (other.record.finishedMs ?? 0) - (one.record.finishedMs ?? 0));
      for (const upload of completed.slice(REMEMBERED)) {
        forget(upload);
        runInBackground(upload.journal.remove());
      }
    },
    settled: async () => {
      await Promise.all(removals);
    },
  };
}
