/** Copies a file that only the operating system can open into the app. No half file ever has its name. */

import { abortable, throwIfAborted } from '../abort/index.js';
import type { AbortSignalLike } from '../ports/index.js';

/** A host's own steps; paths are plain. */
export interface ImportSteps {
  /** Copies all bytes to `part`, where nothing is, and rejects where it cannot be sure of that. */
  copy(part: string): Promise<void>;
  /** Puts `part` in the place of `target`. */
  move(part: string, target: string): Promise<void>;
  /** Missing is success. */
  remove(path: string): Promise<void>;
}

/**
 * Copies beside `target` and renames, so that a kill leaves no half file under that name.
 *
 * A native copy cannot be stopped. For a video that the photo library does not export as a file, iOS never ends it. So an abort
 * rejects at once, and a file that the copy makes later is removed then.
 */
export async function importWhole(steps: ImportSteps, target: string, signal?: AbortSignalLike): Promise<void> {
  throwIfAborted(signal);
  const part = `${target}.part`;
  await steps.remove(part);
  const copy = steps.copy(part);
  try {
    await abortable(copy, signal);
    await steps.move(part, target);
  } catch (error) {
    await steps.remove(part);
    // Where the copy still runs it may make the file again. One that cannot be removed then goes with the next import of that name.
    if (signal?.aborted === true) copy.then(() => steps.remove(part)).catch(() => undefined);
    throw error;
  }
}
