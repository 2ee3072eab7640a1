/** The journal: what of the queue outlives the process. */
export { guardStore } from './guarded-store.js';
export { type Journal, openJournal } from './open-journal.js';
export {
  acknowledgedBytes,
  type FrozenPlan,
  restoreError,
  type SourceIdentity,
  type SourcePath,
  storeError,
  type UploadRecord,
} from './record.js';
export { createSerialWriter } from './serial-writer.js';
export { UploadJournal } from './upload-journal.js';
