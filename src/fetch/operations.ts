/**
 * The running operations of a fetcher. One call can end all of them and wait for their ends. Every operation fails in the same
 * way: with a typed error, or with the reason of the caller's signal.
 */
import { type MessageCatalogue, type ReelwayError, withMessages } from '../errors/index.js';
import { abortable, abortReason, createAbortHandle, throwIfAborted } from '../internal/index.js';
import type { AbortSignalLike } from '../ports/index.js';
import { asReelwayError } from '../transfer/index.js';

export class OperationScope {
  private readonly messages: MessageCatalogue | undefined;
  private readonly running = new Set<Promise<unknown>>();
  private source = createAbortHandle();
  /** Resolves when the current `end` is over. New operations wait for it. */
  private ending: Promise<void> = Promise.resolve();

  constructor(messages: MessageCatalogue | undefined) {
    this.messages = messages;
  }

  /** Aborted by the next `end`. */
  get signal(): AbortSignalLike {
    return this.source.signal;
  }

  /** Runs an operation with a signal that follows the caller's signal and the fetcher's. */
  async run<T>(signal: AbortSignalLike | undefined, work: (signal: AbortSignalLike) => Promise<T>): Promise<T> {
    try {
      throwIfAborted(signal);
      await abortable(this.ending, signal);
      const source = createAbortHandle(this.source.signal, signal);
      const promise = work(source.signal);
      this.running.add(promise);
      try {
        return await promise;
      } finally {
        this.running.delete(promise);
        source.dispose();
      }
    } catch (error) {
      throw this.asThrown(error, signal);
    }
  }

  /** Aborts all operations, waits for their ends, and runs `last` before a new operation can begin. */
  async end(reason: ReelwayError, first: () => Promise<void>, last: () => Promise<void>): Promise<void> {
    const ended = this.ending.then(async () => {
      this.source.abort(reason);
      await first();
      await settled([...this.running]);
      this.source = createAbortHandle();
      await last();
    });
    this.ending = ended.catch(() => undefined);
    try {
      await ended;
    } catch (error) {
      throw this.asThrown(error, undefined);
    }
  }

  private asThrown(error: unknown, signal: AbortSignalLike | undefined): unknown {
    if (signal?.aborted && error === abortReason(signal)) return error;
    return withMessages(asReelwayError(error), this.messages);
  }
}

/** Waits for all of them. Their callers handle the results. */
async function settled(promises: readonly Promise<unknown>[]): Promise<void> {
  await Promise.all(
    promises.map((promise) =>
      promise.then(
        () => undefined,
        () => undefined,
      ),
    ),
  );
}
