/** Runs tasks of React Native's library by the rules of ports: a signal cancels them, and they settle before their file is removed. */
import { abortReason, onAbort, throwIfAborted } from '../../src/adapter-kit/index.js';
import type { ErrorContext } from '../../src/errors/index.js';
import type { AbortSignalLike } from '../../src/ports/index.js';
import { firebaseError } from './errors.js';
import type { RnFirebaseSnapshot, RnFirebaseTask } from './library.js';

const CANCEL_AGAIN_MS = 100;
const MOST_CANCELS = 100;

export interface RunTaskOptions {
  readonly signal: AbortSignalLike | undefined;
  readonly onProgress: ((bytes: number) => void) | undefined;
  readonly context: ErrorContext;
}

/**
 * Begins a task and waits for its end. An aborted one settles when the native side has released the file, or 10 s after the abort if it does
 * not answer.
 */
export async function runTask(begin: () => RnFirebaseTask, { signal, onProgress, context }: RunTaskOptions): Promise<RnFirebaseSnapshot> {
  throwIfAborted(signal);
  let canceling: Canceling | undefined;
  let unlisten = (): void => undefined;
  let forget = (): void => undefined;
  try {
    const task = begin();
    if (onProgress !== undefined) unlisten = task.on('state_changed', ({ bytesTransferred }) => onProgress(bytesTransferred));
    const ended = new Promise<RnFirebaseSnapshot>((resolve, reject) => task.then(resolve, reject));
    const gaveUp = new Promise<never>((_resolve, reject) => {
      forget = onAbort(signal, () => {
        canceling = cancelUntilTaken(task, () => reject(signal === undefined ? undefined : abortReason(signal)));
      });
    });
    return await Promise.race([ended, gaveUp]);
  } catch (error) {
    throw signal?.aborted === true ? abortReason(signal) : firebaseError(error, context);
  } finally {
    forget();
    unlisten();
    canceling?.stop();
  }
}

interface Canceling {
  stop(): void;
}

/** A cancel before the native task is registered is lost; the library reports that, so it is repeated. */
function cancelUntilTaken(task: RnFirebaseTask, giveUp: () => void): Canceling {
  let left = MOST_CANCELS;
  let taken = false;
  let stopped = false;
  let timer: unknown;
  const again = async (): Promise<void> => {
    if (!taken) taken = await task.cancel();
    // The task may have ended while its cancel was under way.
    if (stopped) return;
    left -= 1;
    if (left <= 0) giveUp();
    else timer = setTimeout(attempt, CANCEL_AGAIN_MS);
  };
  // A library that throws here would throw at the next attempt too.
  const attempt = (): void => {
    again().catch(giveUp);
  };
  attempt();
  return {
    stop: () => {
      stopped = true;
      clearTimeout(timer as never);
    },
  };
}
