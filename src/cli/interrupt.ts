/** Ctrl-C: the first one stops gracefully and keeps all progress; the second ends the process at once. */
import { ReelwayError } from '../index.js';
import type { CliHost } from './host.js';

/** Runs `work` with a controller whose signal the first interrupt aborts. */
export async function interruptible<T>(host: CliHost, work: (stop: AbortController) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const off = host.onInterrupt(() => {
    stop.abort(
      new ReelwayError('ABORTED', {
        message: 'Interrupted; the progress is kept',
        userMessage: 'Stopped. The same command continues from here.',
      }),
    );
  });
  try {
    return await work(stop);
  } finally {
    off();
  }
}
