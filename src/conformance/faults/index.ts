/** Wrappers that make any adapter fail as real ones do: for the tests of Reelway and of apps. */
export { faultyBlobStore } from './blob-store.js';
export { faultyFileSystem } from './file-system.js';
export { faultyKeyValueStore } from './key-value-store.js';
export type { FaultKind, PortOperationName } from './kinds.js';
export type { FaultPlan, FaultPlanOptions, FaultRule, OperationOutcome, PortOperation } from './plan.js';
export { createFaultPlan } from './plan.js';
