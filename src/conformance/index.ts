/**
 * `reelway/conformance`: the contracts of the ports as tests, for anyone's adapter under any test runner or none,
 * and wrappers that make any adapter fail in the ways in which real ones do.
 */
export type { FileSystemSuiteOptions } from './file-system/index.js';
export { fileSystemSuite } from './file-system/index.js';
export type { FileSystemClaims, FileSystemFixture } from './file-system/given.js';
export type { ConformanceClause } from './kit/failure.js';
export { ConformanceFailure, isConformanceFailure } from './kit/failure.js';
export type { RunSuiteOptions, SuiteResult } from './kit/run-suite.js';
export { runSuite } from './kit/run-suite.js';
export type { TestFunction } from './kit/suite.js';
