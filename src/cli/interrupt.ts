/** Ctrl-C: the first ends gracefully and keeps all progress; the second ends at once. */
import { ReelwayError } from '../index.js';
import type { CliHost } from './host.js';

/** Runs `work` with a controller whose signal the first interrupt aborts. */
export async function interruptible<T>(host: CliHost, work: (stop: AbortController) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const off = host.onInterrupt(() => {
    stop.abort(
      new ReelwayError('ABORTED', {
        message: 'Interrupted; what is done is kept',
        userMessage: 'Stopped as asked. The same command goes on from here.',
      }),
    );
  });
  try {
    return await work(stop);
  } finally {
    off();
  }
}
