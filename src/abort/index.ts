/** Aborting on every host. A room of its own, since adapters that import it must not load what `internal` loads. */
export {
  type AbortHandle,
  abortable,
  abortableWait,
  abortReason,
  createAbortHandle,
  onAbort,
  sleep,
  throwIfAborted,
} from './abort.js';
