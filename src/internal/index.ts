/** What the engines share and no app sees. */
export { type AbortSource, abortable, abortReason, createAbortSource, sleep, throwIfAborted } from './abort.js';
export { type BufferPool, createBufferPool } from './buffer-pool.js';
export { createEmitter, type Emitter, type Listenable } from './emitter.js';
export { createLocalLock } from './local-lock.js';
export { systemClock } from './system-clock.js';
export { createTurns, inSlices, inTurns, type Pace, type Turns } from './turns.js';
