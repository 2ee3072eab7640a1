/** `reelway cancel`: gives an upload up, and removes what it has put into its bucket. */
import { type BlobStore, isReelwayError, ReelwayError } from '../../index.js';
import { openRemembered } from '../bucket.js';
import type { CommandContext } from '../command.js';
import type { BucketOptions } from '../opened.js';
import { nameOf } from '../place.js';
import { stateDirectory } from '../places.js';
import { openQueueState, uploadEngine } from '../queue-state.js';
import { bucketOf } from './queue.js';

/** Options of `cancel`. */
export interface CancelCommandOptions extends BucketOptions {
  readonly state?: string;
}

/** Runs `cancel`. */
export async function cancelCommand({ host, output }: CommandContext, uploadId: string, options: CancelCommandOptions): Promise<void> {
  const state = openQueueState(stateDirectory(host, options.state));
  const place = await bucketOf(state, uploadId);
  if (place === undefined) {
    throw new ReelwayError('UPLOAD_NOT_FOUND', {
      message: `No upload ${JSON.stringify(uploadId)} in ${state.directory}`,
      context: { uploadId },
    });
  }
  const bucket = await openRemembered(place, host, options);
  const engine = uploadEngine(state, bucket);
  engine.on('warning', ({ error }) => output.warning(error));
  // The others must not go on meanwhile.
  engine.configure({ enabled: false });
  try {
    await engine.start();
    const handle = engine.get(uploadId);
    await handle.cancel();
    await sweep(bucket.store, `${handle.videoId}/${uploadId}/`);
    output.completed({ uploadId, videoId: handle.videoId }, `Canceled ${uploadId}; nothing of it is left in ${nameOf(place)}.`);
  } finally {
    await engine.stop();
    bucket.close();
  }
}

/** The engine sweeps later once more, and also where it fails now; but what is told now must be true now. */
async function sweep(store: BlobStore, prefix: string): Promise<void> {
  if (store.list === undefined) return;
  try {
    const keys: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.list(prefix, cursor);
      keys.push(...page.blobs.map(({ key }) => key));
      cursor = page.cursor;
    } while (cursor !== undefined);
    if (keys.length > 0) await store.remove(keys);
  } catch (error) {
    if (!isReelwayError(error)) throw error;
    if (error.context['reason'] === 'NoSuchBucket') return;
    const { code, message, context, userMessage } = error;
    const rest = 'The upload is canceled, but what it has put into the bucket is still there. Run the same command again.';
    throw new ReelwayError(code, { message, context, cause: error, userMessage: `${userMessage} ${rest}` });
  }
}
