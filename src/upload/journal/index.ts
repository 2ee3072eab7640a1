/** The journal: what of the queue outlives the process. */
export { leasedStore } from './leased-store.js';
export { type Journal, openJournal } from './open-journal.js';
export { UploadJournal } from './upload-journal.js';
export { acknowledgedBytes, type FrozenPlan, restoreError, type SourceIdentity, storeError, type UploadRecord } from './upload-record.js';
