/** `reelway cancel`: cancels an upload, and removes its blobs from the bucket. */
import { type BlobStore, forEachBlobPage, isReelwayError, ReelwayError } from '../../index.js';
import { openRemembered } from '../buckets/bucket.js';
import { bucketName } from '../buckets/bucket-location.js';
import type { BucketOptions } from '../buckets/open-bucket.js';
import type { CommandContext } from '../command.js';
import { stateDirectory } from '../default-paths.js';
import { openQueueState, uploadEngine } from '../queue/queue-state.js';
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
  // Other uploads must not run meanwhile.
  engine.configure({ enabled: false });
  try {
    await engine.start();
    const handle = engine.get(uploadId);
    await handle.cancel();
    await removeRemains(bucket.store, `${handle.videoId}/${uploadId}/`);
    output.completed({ uploadId, videoId: handle.videoId }, `Canceled ${uploadId}; nothing of it is left in ${bucketName(place)}.`);
  } finally {
    await engine.stop();
    bucket.close();
  }
}

/**
 * Removes the listed blobs below the prefix of a canceled upload. The engine removes the same keys, repeats that later, and warns of keys
 * outside the prefix. It only warns of failures, but this command must report the actual result.
 */
export async function removeRemains(store: BlobStore, prefix: string): Promise<void> {
  if (store.list === undefined) return;
  try {
    await forEachBlobPage({
      prefix,
      list: async (cursor) => store.list?.(prefix, cursor) ?? { blobs: [] },
      visit: (blobs) => store.remove(blobs.map(({ key }) => key)),
    });
  } catch (error) {
    if (!isReelwayError(error)) throw error;
    if (error.context['reason'] === 'NoSuchBucket') return;
    const { code, message, context, userMessage } = error;
    const rest = 'The upload is canceled, but its data are still in the bucket. Run the same command again.';
    throw new ReelwayError(code, { message, context, cause: error, userMessage: `${userMessage} ${rest}` });
  }
}
