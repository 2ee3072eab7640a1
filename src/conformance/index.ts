/**
 * `reelway/conformance`: the contracts of the ports as tests, for anyone's adapter under any test runner or none,
 * and wrappers that make any adapter fail in the ways in which real ones do.
 */
export type { BlobStoreClaims, BlobStoreFixture } from './blob-store/given.js';
export type { BlobStoreSuiteOptions } from './blob-store/index.js';
export { blobStoreSuite } from './blob-store/index.js';
export type { ConformancePort } from './clauses.js';
export { conformanceClauses } from './clauses.js';
export type {
  FaultKind,
  FaultPlan,
  FaultPlanOptions,
  FaultRule,
  OperationOutcome,
  PortOperation,
  PortOperationName,
} from './faults/index.js';
export { createFaultPlan, faultyBlobStore, faultyFileSystem, faultyKeyValueStore } from './faults/index.js';
export type { FileSystemClaims, FileSystemFixture } from './file-system/given.js';
export type { FileSystemSuiteOptions } from './file-system/index.js';
export { fileSystemSuite } from './file-system/index.js';
export type { KeyValueStoreClaims, KeyValueStoreFixture } from './key-value-store/given.js';
export type { KeyValueStoreSuiteOptions } from './key-value-store/index.js';
export { keyValueStoreSuite } from './key-value-store/index.js';
export type { ConformanceClause } from './kit/failure.js';
export { ConformanceFailure, isConformanceFailure } from './kit/failure.js';
export type { RunSuiteOptions, SuiteResult } from './kit/run-suite.js';
export { runSuite } from './kit/run-suite.js';
export type { TestFunction } from './kit/suite.js';
