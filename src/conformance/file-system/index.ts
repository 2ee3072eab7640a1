/** The contract of the FileSystem port, as tests. */
import type { FileSystem } from '../../ports/index.js';
import { registerSuite, requireSuiteOptions, type TestFunction } from '../kit/suite.js';
import type { FileSystemClaims, FileSystemClause, FileSystemFixture } from './given.js';
import { LOOKING_CLAUSES } from './looking.js';
import { MOVING_CLAUSES } from './moving.js';
import { NAME_CLAUSES } from './names.js';
import { OPTIONAL_CLAUSES } from './optional.js';
import { READING_CLAUSES } from './reading.js';
import { WRITING_CLAUSES } from './writing.js';

/** How {@link fileSystemSuite} is called. */
export interface FileSystemSuiteOptions {
  /** Stands in front of each test's name. */
  readonly name: string;
  /** Your runner's test function. */
  readonly test: TestFunction;
  /** A fresh file system with an empty directory, for each test. */
  readonly create: () => Promise<FileSystemFixture>;
  /** What the suite cannot see by itself. @default nothing is claimed */
  readonly claims?: FileSystemClaims;
  /** Any instance, looked at and never called: tests that do not apply to it are not registered. @default they are registered and skipped */
  readonly sample?: FileSystem;
}

/** Every clause of the file system's contract. */
export const FILE_SYSTEM_CLAUSES: readonly FileSystemClause[] = [
  ...LOOKING_CLAUSES,
  ...READING_CLAUSES,
  ...WRITING_CLAUSES,
  ...MOVING_CLAUSES,
  ...NAME_CLAUSES,
  ...OPTIONAL_CLAUSES,
];

/** Registers a test for each clause of the FileSystem contract. */
export function fileSystemSuite(options: FileSystemSuiteOptions): void {
  requireSuiteOptions('fileSystemSuite', options);
  registerSuite({
    name: options.name,
    test: options.test,
    create: options.create,
    claims: options.claims ?? {},
    sample: options.sample,
    clauses: FILE_SYSTEM_CLAUSES,
    adapterOf: (given) => given.fileSystem,
  });
}
