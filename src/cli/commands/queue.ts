/** `reelway queue`: lists the uploads of a state directory without changing it. */
import type { UploadQueueItem } from '../../index.js';
import { type BucketLocation, bucketName } from '../buckets/bucket-location.js';
import { knownBuckets } from '../buckets/known-buckets.js';
import type { CommandContext } from '../command.js';
import { stateDirectory } from '../default-paths.js';
import { bytesInWords, countInWords, statusInWords } from '../output/format.js';
import { listUploads, openQueueState, type QueueState } from '../queue/queue-state.js';

/** Options of `queue`. */
export interface QueueCommandOptions {
  readonly state?: string;
}

/** Runs `queue`. */
export async function queueCommand({ host, output }: CommandContext, options: QueueCommandOptions): Promise<void> {
  const directory = stateDirectory(host, options.state);
  const state = openQueueState(directory);
  const { places, damaged } = await knownBuckets(state.store);
  for (const error of damaged) output.warning(error);
  let uploads = 0;
  for (const place of places) {
    for (const item of await listUploads(state, place, (error) => output.warning(error))) {
      uploads += 1;
      output.item('upload', factsOf(item, place), lineOf(item, place));
    }
  }
  output.completed({ uploads }, uploads === 0 ? `No uploads in ${directory}.` : `${countInWords(uploads, 'upload')} in ${directory}.`);
}

/** The bucket of an upload. */
export async function bucketOf(state: QueueState, uploadId: string): Promise<BucketLocation | undefined> {
  const { places } = await knownBuckets(state.store);
  for (const place of places) {
    const items = await listUploads(state, place, () => undefined);
    if (items.some((item) => item.id === uploadId)) return place;
  }
  return undefined;
}

function factsOf(item: UploadQueueItem, place: BucketLocation) {
  return {
    uploadId: item.id,
    videoId: item.videoId,
    bucket: place.url,
    endpoint: place.endpoint,
    filePath: item.filePath,
    title: item.metadata.title,
    status: item.status,
    waitingFor: item.waitingFor,
    priority: item.priority,
    bytes: item.acknowledgedBytes,
    totalBytes: item.sizeBytes,
    retryCount: item.retryCount,
    createdMs: item.createdMs,
  };
}

function lineOf(item: UploadQueueItem, place: BucketLocation): string {
  const percent = item.sizeBytes === 0 ? 0 : Math.floor((item.acknowledgedBytes / item.sizeBytes) * 100);
  const far = item.status === 'completed' ? bytesInWords(item.sizeBytes) : `${percent} % of ${bytesInWords(item.sizeBytes)}`;
  return [
    `${item.id}  ${statusInWords(item.status, item.waitingFor)}, ${far}, priority ${item.priority}`,
    `  ${item.filePath}`,
    `  to ${bucketName(place)} as ${item.videoId}`,
  ].join('\n');
}
