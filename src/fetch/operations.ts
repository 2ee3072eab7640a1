/**
 * All that is under way in a fetcher: so that one call can end it all and wait until nothing is left, and so that every
 * operation fails in the same way: with a typed error, or with the reason of the caller's own signal.
 */
import { type MessageCatalogue, type ReelwayError, withMessages } from '../errors/index.js';
import { abortable, abortReason, createAbortHandle, throwIfAborted } from '../internal/index.js';
import type { AbortSignalLike } from '../ports/index.js';
import { asReelwayError } from '../transfer/index.js';

/** The running operations of one fetcher. */
export class OperationScope {
  private readonly messages: MessageCatalogue | undefined;
  private readonly running = new Set<Promise<unknown>>();
  private source = createAbortHandle();
  /** An end that is under way; what begins meanwhile waits for it. */
  private ending: Promise<void> = Promise.resolve();

  constructor(messages: MessageCatalogue | undefined) {
    this.messages = messages;
  }

  /** Aborted when all that runs now is ended. */
  get signal(): AbortSignalLike {
    return this.source.signal;
  }

  /** Runs an operation under the caller's signal and the fetcher's own. */
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
      throw this.told(error, signal);
    }
  }

  /** Ends all that runs, waits for it, and then runs `last` before anything else may begin. */
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
      throw this.told(error, undefined);
    }
  }

  private told(error: unknown, signal: AbortSignalLike | undefined): unknown {
    if (signal?.aborted && error === abortReason(signal)) return error;
    return withMessages(asReelwayError(error), this.messages);
  }
}

/** Waits for all of them; how each ended is its caller's business. */
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
