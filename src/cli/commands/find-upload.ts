/** Which upload of the queue a repeated command means. */
import type { KeyValueStore, UploadEngine, UploadQueueItem } from '../../index.js';

const TOLD = 'cli/told/';

/** Notes that a completed upload was told to whoever ran the command. Where that cannot be noted, it is told once more. */
export async function markTold(store: KeyValueStore, uploadId: string): Promise<void> {
  await store.set(TOLD + uploadId.toLowerCase(), '1').catch(() => undefined);
}

/**
 * The upload of this file that is not finished; else the finished one that nobody was told of, because the process was
 * killed in between. A failed one whose source has changed is removed, since the file that it was about is no more.
 */
export async function findUpload(
  engine: UploadEngine,
  store: KeyValueStore,
  path: string,
  videoId: string | undefined,
): Promise<UploadQueueItem | undefined> {
  const same = engine.list().filter((item) => item.filePath === path && (videoId === undefined || item.videoId === videoId));
  for (const item of same) {
    if (item.status === 'canceled') continue;
    if (item.status === 'completed') {
      if ((await store.get(TOLD + item.id.toLowerCase())) === undefined) return item;
      continue;
    }
    if (!isPastHelp(engine, item)) return item;
    await engine.get(item.id).cancel();
  }
  return undefined;
}

const PAST_HELP = new Set(['SOURCE_CHANGED', 'VIDEO_EXISTS', 'INVALID_VIDEO_ID']);

function isPastHelp(engine: UploadEngine, item: UploadQueueItem): boolean {
  if (item.status !== 'failed') return false;
  const state = engine.get(item.id).state();
  return state.status === 'failed' && PAST_HELP.has(state.error.code);
}
