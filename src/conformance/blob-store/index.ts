/** The contract of the BlobStore port, as tests. */
import type { BlobStore } from '../../ports/index.js';
import { registerSuite, requireSuiteOptions, type TestFunction } from '../kit/suite.js';
import { ABORTING_CLAUSES } from './aborting.js';
import type { BlobStoreClaims, BlobStoreClause, BlobStoreFixture } from './given.js';
import { KEEPING_CLAUSES, OPTIONAL_CLAUSES } from './keeping.js';
import { LISTING_CLAUSES } from './listing.js';
import { PARTS_CLAUSES } from './parts.js';
import { PARTS_ENDING_CLAUSES } from './parts-ending.js';
import { PUTTING_CLAUSES } from './putting.js';
import { READING_CLAUSES } from './reading.js';
import { REFUSING_CLAUSES } from './refusing.js';

/** How {@link blobStoreSuite} is called. */
export interface BlobStoreSuiteOptions {
  /** Stands in front of each test's name. */
  readonly name: string;
  /** Your runner's test function. */
  readonly test: TestFunction;
  /** A fresh, empty store for each test. */
  readonly create: () => Promise<BlobStoreFixture>;
  /** What the suite cannot see by itself. @default nothing is claimed */
  readonly claims?: BlobStoreClaims;
  /** Any instance, looked at and never called: tests that do not apply to it are not registered. @default they are registered and skipped */
  readonly sample?: BlobStore;
}

/** Every clause of the blob store's contract. */
export const BLOB_STORE_CLAUSES: readonly BlobStoreClause[] = [
  ...PUTTING_CLAUSES,
  ...REFUSING_CLAUSES,
  ...READING_CLAUSES,
  ...KEEPING_CLAUSES,
  ...LISTING_CLAUSES,
  ...OPTIONAL_CLAUSES,
  ...ABORTING_CLAUSES,
  ...PARTS_CLAUSES,
  ...PARTS_ENDING_CLAUSES,
];

/** Registers a test for each clause of the BlobStore contract. */
export function blobStoreSuite(options: BlobStoreSuiteOptions): void {
  requireSuiteOptions('blobStoreSuite', options);
  registerSuite({
    name: options.name,
    test: options.test,
    create: options.create,
    claims: options.claims ?? {},
    sample: options.sample,
    clauses: BLOB_STORE_CLAUSES,
    adapterOf: (given) => given.blobStore,
  });
}
