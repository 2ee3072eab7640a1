/** Tasks of React Native's library, held to the rules of ports: canceled by a signal, and settled before their file may go. */
import { abortReason, onAbort, throwIfAborted } from '../../src/adapter-kit/index.js';
import type { ErrorContext } from '../../src/errors/index.js';
import type { AbortSignalLike } from '../../src/ports/index.js';
import { firebaseError } from './errors.js';
import type { RnFirebaseSnapshot, RnFirebaseTask } from './library.js';

const CANCEL_AGAIN_MS = 100;
const MOST_CANCELS = 100;

/** How a task is run. */
export interface RunTaskOptions {
  readonly signal: AbortSignalLike | undefined;
  readonly onProgress: ((bytes: number) => void) | undefined;
  readonly context: ErrorContext;
}

/**
 * Begins a task and waits for its end. An aborted one settles when the native side has let go of the file, or 10 s after the abort where it does
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

/** A cancel that comes before the native task is registered is lost, and the library says so: it is asked again. */
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
  // A library that throws here does so at the next attempt too; the last one gives up.
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
