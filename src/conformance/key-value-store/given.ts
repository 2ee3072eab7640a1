/** What a key-value store's suite is given. */
import type { KeyValueStore } from '../../ports/index.js';
import type { RunnableClause } from '../kit/suite.js';

/** A key-value store under test, created empty for each test. */
export interface KeyValueStoreFixture {
  readonly keyValueStore: KeyValueStore;
  /** Another adapter over the same records, as after a relaunch. @default persistence is not tried */
  readonly reopen?: () => Promise<KeyValueStore>;
  /** Makes what lies below unreadable behind the adapter's back; with the claim `breakable`. */
  readonly breakStorage?: () => Promise<void>;
  /** Called after the test. */
  readonly cleanup?: () => Promise<void>;
}

/** What only the suite wants to know of a key-value store; no engine asks. */
export interface KeyValueStoreClaims {
  /** The fixture has `reopen`, and records outlive the adapter. @default false: not tried */
  readonly persistent?: boolean;
  /** The fixture has `breakStorage`. @default false: not tried */
  readonly breakable?: boolean;
  /** Characters that fit into the store, > 0; the suite then fills it up. @default not tried */
  readonly roomCharacters?: number;
}

/** A clause of the key-value store's contract. */
export type KeyValueStoreClause = RunnableClause<KeyValueStoreFixture, KeyValueStore, KeyValueStoreClaims>;
