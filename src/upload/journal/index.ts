/** The journal: the durable state of the queue. */
export { leasedStore } from './leased-store.js';
export { type Journal, openJournal } from './open-journal.js';
export { UploadJournal } from './upload-journal.js';
export { acknowledgedBytes, type FrozenPlan, restoreError, type SourceIdentity, storeError, type UploadRecord } from './upload-record.js';
