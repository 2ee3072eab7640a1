/** Helpers that the engines share. */
export {
  type AbortHandle,
  abortable,
  abortableWait,
  abortReason,
  createAbortHandle,
  onAbort,
  sleep,
  throwIfAborted,
} from '../abort/index.js';
export { type BlobPageWalk, forEachBlobPage } from './blob-pages.js';
export { type BufferPool, createBufferPool, withBuffer } from './buffer-pool.js';
export {
  type CooperativeScheduler,
  createCooperativeScheduler,
  processInSlices,
  runCooperatively,
  type WorkBudget,
} from './cooperative.js';
export { createEmitter, type Emitter, type Listenable } from './emitter.js';
export { forEachLimit } from './for-each-limit.js';
export { createLocalLock } from './local-lock.js';
export { createProgressThrottle, type ProgressThrottle, type ThroughputFigures, throughputFigures } from './progress.js';
export { readFully } from './read-fully.js';
export { joinPath, type SourcePath, splitPath } from './rooted-path.js';
export { createSerialWriter, type SerialWriter } from './serial-writer.js';
export { systemClock } from './system-clock.js';
export { createWakingClock, type WakingClock } from './waking-clock.js';
