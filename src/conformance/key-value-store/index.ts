/** The contract of the KeyValueStore port, as tests. */
import type { KeyValueStore } from '../../ports/index.js';
import { registerSuite, requireSuiteOptions, type TestFunction } from '../kit/suite.js';
import type { KeyValueStoreClaims, KeyValueStoreClause, KeyValueStoreFixture } from './given.js';
import { KEY_CLAUSES } from './keys.js';
import { VALUE_CLAUSES } from './values.js';

/** How {@link keyValueStoreSuite} is called. */
export interface KeyValueStoreSuiteOptions {
  /** Stands in front of each test's name. */
  readonly name: string;
  /** Your runner's test function. */
  readonly test: TestFunction;
  /** A fresh, empty store for each test. */
  readonly create: () => Promise<KeyValueStoreFixture>;
  /** What the suite cannot see by itself. @default nothing is claimed */
  readonly claims?: KeyValueStoreClaims;
  /** Any instance, looked at and never called: tests that do not apply to it are not registered. @default they are registered and skipped */
  readonly sample?: KeyValueStore;
}

/** Every clause of the key-value store's contract. */
export const KEY_VALUE_STORE_CLAUSES: readonly KeyValueStoreClause[] = [...VALUE_CLAUSES, ...KEY_CLAUSES];

/** Registers a test for each clause of the KeyValueStore contract. */
export function keyValueStoreSuite(options: KeyValueStoreSuiteOptions): void {
  requireSuiteOptions('keyValueStoreSuite', options);
  registerSuite({
    name: options.name,
    test: options.test,
    create: options.create,
    claims: options.claims ?? {},
    sample: options.sample,
    clauses: KEY_VALUE_STORE_CLAUSES,
    adapterOf: (given) => given.keyValueStore,
  });
}
