/** Parts of a blob that fail by plan. */
import type { BlobParts } from '../../ports/index.js';
import { injectFault } from './inject-fault.js';
import type { WorkingPlan } from './plan.js';

/** The same parts with the faults of the plan; targets are keys and sessions. */
export function faultyParts(parts: BlobParts, work: WorkingPlan): BlobParts {
  return {
    minPartBytes: parts.minPartBytes,
    maxPartBytes: parts.maxPartBytes,
    maxParts: parts.maxParts,
    begin: (key, options) =>
      injectFault(work, { name: 'blob.parts.begin', target: key, signal: options.signal, run: () => parts.begin(key, options) }),
    putPart: (session, number, body, options) =>
      injectFault(work, {
        name: 'blob.parts.putPart',
        target: session,
        signal: options?.signal,
        run: () => parts.putPart(session, number, body, options),
      }),
    list: (session, signal) =>
      injectFault(work, {
        name: 'blob.parts.list',
        target: session,
        signal,
        run: () => parts.list(session, signal),
        special: { stale: async () => [] },
      }),
    complete: (session, list, signal) =>
      injectFault(work, { name: 'blob.parts.complete', target: session, signal, run: () => parts.complete(session, list, signal) }),
    abort: (session, signal) =>
      injectFault(work, { name: 'blob.parts.abort', target: session, signal, run: () => parts.abort(session, signal) }),
  };
}
