/** `reelway cancel`: gives an upload up, and removes what it has put into its bucket. */
import { ReelwayError } from '../../index.js';
import { openBucket } from '../bucket.js';
import type { CommandContext } from '../command.js';
import { stateDirectory } from '../places.js';
import { openQueueState, uploadEngine } from '../queue-state.js';
import { bucketOf } from './queue.js';

/** Options of `cancel`. */
export interface CancelCommandOptions {
  readonly state?: string;
}

/** Runs `cancel`. */
export async function cancelCommand({ host, output }: CommandContext, uploadId: string, options: CancelCommandOptions): Promise<void> {
  const state = openQueueState(stateDirectory(host, options.state));
  const url = await bucketOf(state, uploadId);
  if (url === undefined) {
    throw new ReelwayError('UPLOAD_NOT_FOUND', {
      message: `No upload ${JSON.stringify(uploadId)} in ${state.directory}`,
      context: { uploadId },
    });
  }
  const engine = uploadEngine(state, openBucket(url, host));
  engine.on('warning', ({ error }) => output.warning(error));
  // The others must not go on meanwhile.
  engine.configure({ enabled: false });
  await engine.start();
  try {
    const handle = engine.get(uploadId);
    await handle.cancel();
    output.completed({ uploadId, videoId: handle.videoId }, `Canceled ${uploadId}; nothing of it is left in ${url}.`);
  } finally {
    await engine.stop();
  }
}
