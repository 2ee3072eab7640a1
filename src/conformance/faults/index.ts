/** Wrappers that make any adapter fail in the ways in which real ones do: for Reelway's own tests, and for an app's. */
export { faultyBlobStore } from './blob-store.js';
export { faultyFileSystem } from './file-system.js';
export { faultyKeyValueStore } from './key-value-store.js';
export type { FaultKind, PortOperationName } from './kinds.js';
export type { FaultPlan, FaultPlanOptions, FaultRule, OperationOutcome, PortOperation } from './plan.js';
export { createFaultPlan } from './plan.js';
