/** What follows a failure of an upload: another attempt after a while, a wait for something, or the end. */
import { createRetryTracker, type RetryTracker, type WaitingReason } from '../core/index.js';
import type { ReelwayError } from '../errors/index.js';
import { abortable, type BlobPageWalk, sleep, throwIfAborted } from '../internal/index.js';
import type { AbortSignalLike, BlobInfo, Clock } from '../ports/index.js';
import { isNoResponse, repeatUntilDone, type StoreClient, wrapError } from '../transfer/index.js';
import type { RetryContext } from './context.js';
import type { Upload } from './upload.js';

/** Thrown through the run of an upload that has to wait. */
export class UploadSuspended extends Error {
  readonly reason: WaitingReason;
  readonly error: ReelwayError | undefined;

  constructor(reason: WaitingReason, error?: ReelwayError) {
    super(`Waiting: ${reason}`);
    this.reason = reason;
    this.error = error;
  }
}

/** What to do after a failure. */
export type RetryDecision =
  | { readonly action: 'retry'; readonly delayMs: number }
  | { readonly action: 'wait'; readonly reason: WaitingReason }
  | { readonly action: 'fail' };

/**
 * Decides what follows one failure.
 *
 * @param epoch of the credentials with which the attempt began
 * @throws the signal's reason while credentials are refreshed
 */
export async function decideRetry(
  retry: RetryContext,
  tracker: RetryTracker,
  error: ReelwayError,
  epoch: number,
  signal: AbortSignalLike,
): Promise<RetryDecision> {
  const kind = retry.policy.classOf(error.code);
  if (kind === 'auth') {
    return (await abortable(retry.credentials.refresh(error, epoch), signal))
      ? { action: 'retry', delayMs: 0 }
      : { action: 'wait', reason: 'auth' };
  }
  // mutation-point: wait-while-offline
  if (isNoResponse(error.code) && (retry.isOffline() || retry.networkHealth.state() !== 'up')) return { action: 'wait', reason: 'offline' };
  // mutation-point: read-retry-after
  const { retryAfterMs } = error.context;
  // mutation-point: read-online
  const online = !retry.isOffline();
  const decision = tracker.fail({ code: error.code, retryAfterMs, online });
  if (decision.action === 'retry') return { action: 'retry', delayMs: decision.delayMs };
  if (decision.action === 'wait') return { action: 'wait', reason: decision.reason };
  // The device's own storage comes back; a video is not given up because the phone was locked.
  return error.code === 'STORAGE_UNAVAILABLE' ? { action: 'wait', reason: 'storage' } : { action: 'fail' };
}

/** Repeats an operation of a run. `signal`: ends it before the run ends. @default the run's own */
export type Repeat = <T>(operation: () => Promise<T>, signal?: AbortSignalLike) => Promise<T>;

/**
 * A store whose requests are each repeated, so that a step of many requests does not fail because each of them failed once. `signal` is the
 * run's own by default.
 */
export interface RetryingStore {
  /** Whether blobs can be listed. */
  readonly lists: boolean;
  head(key: string, signal?: AbortSignalLike): Promise<BlobInfo | undefined>;
  readSmall(key: string, signal?: AbortSignalLike): Promise<Uint8Array>;
  /** Reads a whole blob. `begin` is called before each attempt, and its result gets every piece of the attempt. */
  read(key: string, begin: () => (piece: Uint8Array) => Promise<void>, signal?: AbortSignalLike): Promise<void>;
  /** Visits what is listed below a prefix. @throws {ReelwayError} LISTING_INVALID where the listing does not end */
  eachPage(prefix: string, visit: BlobPageWalk['visit']): Promise<void>;
}

/** One run of an upload. Its operations and its store repeat what fails. */
export interface UploadRun {
  readonly upload: Upload;
  /** Ends the run. */
  readonly signal: AbortSignalLike;
  readonly clock: Clock;
  readonly repeat: Repeat;
  readonly store: RetryingStore;
}

/** The run of an upload until its signal ends it. */
export function createUploadRun(retry: RetryContext, client: StoreClient, upload: Upload, signal: AbortSignalLike): UploadRun {
  const repeat: Repeat = (operation, own = signal) => repeatOperation(retry, upload, own, operation);
  return { upload, signal, clock: retry.clock, repeat, store: createRetryingStore(client, repeat, signal) };
}

function createRetryingStore(client: StoreClient, repeat: Repeat, runSignal: AbortSignalLike): RetryingStore {
  return {
    lists: client.lists,
    head: (key, signal = runSignal) => repeat(() => client.head(key, signal), signal),
    readSmall: (key, signal = runSignal) => repeat(() => client.readSmall(key, signal), signal),
    read: async (key, begin, signal = runSignal) => {
      await repeat(() => client.read(key, signal, begin()), signal);
    },
    eachPage: (prefix, visit) => client.eachPage(prefix, runSignal, visit, repeat),
  };
}

/** @throws {UploadSuspended} where something has to change first; the error that ended the budget */
function repeatOperation<T>(retry: RetryContext, upload: Upload, signal: AbortSignalLike, operation: () => Promise<T>): Promise<T> {
  const tracker = createRetryTracker(retry.policy, () => retry.clock.random());
  const begin = async (): Promise<number> => {
    throwIfAborted(signal);
    return retry.credentials.epoch();
  };
  const recover = (failure: unknown, epoch: number): Promise<void> => backOff(retry, upload, signal, tracker, failure, epoch);
  return repeatUntilDone(signal, { begin, recover }, async () => {
    const result = await operation();
    retry.credentials.accepted();
    return result;
  });
}

/** Waits until the operation may be tried again. Throws where it may not. */
async function backOff(
  retry: RetryContext,
  upload: Upload,
  signal: AbortSignalLike,
  tracker: RetryTracker,
  failure: unknown,
  epoch: number,
): Promise<void> {
  if (failure instanceof UploadSuspended) throw failure;
  const error = wrapError(failure, 'INTERNAL', 'A step of the upload failed');
  // A part of this operation has used up its own budget: repeating the whole would only multiply the attempts.
  if (retry.exhaustedErrors.has(error)) throw error;
  const decision = await decideRetry(retry, tracker, error, epoch, signal);
  throwIfAborted(signal);
  if (decision.action === 'fail') {
    retry.exhaustedErrors.add(error);
    throw error;
  }
  if (decision.action === 'wait') throw new UploadSuspended(decision.reason, error);
  retry.counters.retries += 1;
  upload.emitRetry(error, decision.delayMs);
  if (decision.delayMs === 0) return;
  upload.move('wait', { reason: 'backoff', error });
  await sleep(retry.clock, decision.delayMs, signal);
  upload.startWork();
}
