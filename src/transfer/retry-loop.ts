/**
 * Tries one request again until it succeeds, its budget is spent or it is no longer wanted. While the device says that it
 * is offline nothing is tried and nothing is counted; a change of conditions ends every wait at once.
 */
import { createRetryTracker, type RetryTracker } from '../core/index.js';
import { ReelwayError } from '../errors/index.js';
import { abortableWait, throwIfAborted } from '../internal/index.js';
import type { AbortSignalLike } from '../ports/index.js';
import type { StoreReader } from './transfer-context.js';

/** How the attempts of one piece of work follow each other. `Start` is what an attempt keeps of its beginning. */
export interface RetryRules<Start> {
  /** Resolves when an attempt may begin. A rejection ends the work. */
  readonly begin: () => Promise<Start>;
  /** Resolves when the next attempt may be prepared. A rejection ends the work. Not called after an abort. */
  readonly recover: (error: unknown, start: Start) => Promise<void>;
}

/** Runs `attempt`, numbered from 1, until it succeeds or its rules end it. */
export async function repeatUntilDone<T, Start>(
  signal: AbortSignalLike | undefined,
  rules: RetryRules<Start>,
  attempt: (number: number) => Promise<T>,
): Promise<T> {
  for (let number = 1; ; number += 1) {
    const start = await rules.begin();
    try {
      return await attempt(number);
    } catch (error) {
      throwIfAborted(signal);
      await rules.recover(error, start);
    }
  }
}

/**
 * Told of every failed attempt. `delayMs`: until the next one; `undefined`: there is none, or it waits for the network.
 * `startedMs`: when the attempt began, by the monotonic clock.
 */
export type FailureListener = (error: ReelwayError, delayMs: number | undefined, startedMs: number) => void;

/** How one request is repeated. */
export interface AttemptOptions {
  readonly signal?: AbortSignalLike | undefined;
  /** What a failure means. */
  readonly translate: (error: unknown) => ReelwayError;
  readonly onFailure?: FailureListener | undefined;
  /** Waited for before each attempt, once the device is online. */
  readonly beforeAttempt?: (() => Promise<void>) | undefined;
  /** False: ends with an error that {@link isOfflineError} knows instead of waiting for the network. @default true */
  readonly waitsOffline?: boolean | undefined;
}

/** One attempt's view of the others. */
export interface Attempt {
  /** From 1. */
  readonly number: number;
  /** This attempt made progress that the next one continues from: budgets and delays start again. */
  progressed(): void;
}

/** The outcome of the first attempt that succeeds. */
export async function withAttempts<T>(reader: StoreReader, options: AttemptOptions, run: (attempt: Attempt) => Promise<T>): Promise<T> {
  const { signal, waitsOffline = true } = options;
  const tracker = createRetryTracker(reader.retry.policy, () => reader.clock.random());
  const begin = async (): Promise<number> => {
    if (waitsOffline) await untilOnline(reader, signal);
    else if (isOffline(reader)) throw new OfflineError('NETWORK');
    await options.beforeAttempt?.();
    return reader.clock.monotonicMs();
  };
  const recover = (error: unknown, startedMs: number): Promise<void> => untilNext(reader, options, tracker, error, startedMs);
  return repeatUntilDone(signal, { begin, recover }, (number) => run({ number, progressed: () => tracker.succeed() }));
}

/** Whether an operation ended because it would have had to wait for the network. */
export function isOfflineError(error: unknown): boolean {
  return error instanceof OfflineError;
}

class OfflineError extends ReelwayError {}

/** Waits until the next attempt may begin; rejects with the failure where there is none. */
async function untilNext(
  reader: StoreReader,
  options: AttemptOptions,
  tracker: RetryTracker,
  error: unknown,
  startedMs: number,
): Promise<void> {
  const failure = options.translate(error);
  const online = reader.conditions?.current().online;
  const decision = tracker.fail({ code: failure.code, retryAfterMs: failure.context.retryAfterMs, online });
  const delayMs = decision.action === 'retry' ? decision.delayMs : undefined;
  options.onFailure?.(failure, delayMs, startedMs);
  if (decision.action === 'wait' && decision.reason === 'offline') return;
  if (delayMs === undefined) throw failure;
  reader.counters.retries += 1;
  await backoff(reader, delayMs, options.signal);
}

/** Resolves as soon as the device does not say that it is offline. */
async function untilOnline(reader: Pick<StoreReader, 'conditions'>, signal?: AbortSignalLike): Promise<void> {
  throwIfAborted(signal);
  const { conditions } = reader;
  if (conditions === undefined || !isOffline(reader)) return;
  await abortableWait<void>(signal, (wake) =>
    conditions.subscribe(() => {
      if (!isOffline(reader)) wake();
    }),
  );
}

/** Waits for the delay, or less: a device that comes back online need not sit out a backoff from before. */
async function backoff(reader: StoreReader, delayMs: number, signal: AbortSignalLike | undefined): Promise<void> {
  const { conditions, clock } = reader;
  await abortableWait<void>(signal, (wake) => {
    let wasOffline = isOffline(reader);
    const cancel = clock.after(delayMs, wake);
    const unsubscribe = conditions?.subscribe(() => {
      const offline = isOffline(reader);
      if (wasOffline && !offline) wake();
      wasOffline = offline;
    });
    return () => {
      cancel();
      // mutation-point: unsubscribe-backoff
      unsubscribe?.();
    };
  });
}

function isOffline({ conditions }: Pick<StoreReader, 'conditions'>): boolean {
  return conditions?.current().online === false;
}
