/** What the parts of one running engine share. */

import type { ReelwayError } from '../errors/index.js';
import type { BufferPool } from '../internal/index.js';
import type { BackgroundPuts, CredentialRefresher, NetworkHealth, StoreClient } from '../transfer/index.js';
import type { Journal } from './journal/index.js';
import type { Settings } from './options.js';

/** Figures of the engine's own work. */
export interface Counters {
  bytesSent: number;
  bytesResent: number;
  journalBytes: number;
  retries: number;
}

/** One running engine. */
export interface EngineContext {
  readonly settings: Settings;
  readonly journal: Journal;
  readonly store: StoreClient;
  readonly backgroundPuts: BackgroundPuts;
  readonly pool: BufferPool;
  readonly networkHealth: NetworkHealth;
  readonly credentials: CredentialRefresher;
  readonly counters: Counters;
  /** Errors that have used up their budget. */
  readonly exhaustedErrors: WeakSet<ReelwayError>;
  /** Whether the device says that it is offline. */
  isOffline(): boolean;
  /** @throws {ReelwayError} QUEUE_LOCKED where the lease is lost; the engine stops itself then */
  assertLockHeld(): void;
  /** Tells the app of something that went wrong on the side. */
  warn(error: ReelwayError): void;
}
