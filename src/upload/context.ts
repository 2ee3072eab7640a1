/** What the parts of one running engine share. Each file takes at most three members of {@link EngineContext}. */

import type { RetryPolicy } from '../core/index.js';
import type { ReelwayError } from '../errors/index.js';
import type { BufferPool } from '../internal/index.js';
import type { Clock } from '../ports/index.js';
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

/** What it takes to decide what follows a failure. */
export interface RetryContext {
  readonly policy: RetryPolicy;
  readonly clock: Clock;
  readonly networkHealth: NetworkHealth;
  readonly credentials: CredentialRefresher;
  readonly counters: Pick<Counters, 'retries'>;
  /** Errors that have used up their budget. */
  readonly exhaustedErrors: WeakSet<ReelwayError>;
  /** Whether the device reports that it is offline. */
  isOffline(): boolean;
}

/** One running engine. */
export interface EngineContext {
  readonly settings: Settings;
  readonly journal: Journal;
  /** One attempt for each request; a run has a store that repeats them. */
  readonly store: StoreClient;
  readonly backgroundPuts: BackgroundPuts;
  readonly pool: BufferPool;
  readonly counters: Counters;
  readonly retry: RetryContext;
  /** @throws {ReelwayError} QUEUE_LOCKED where the lease is lost; the engine stops itself then */
  assertLockHeld(): void;
  /** Reports to the app what failed without changing the result of an upload. */
  warn(error: ReelwayError): void;
}
