/** Finds the upload of the queue that a repeated command continues. */
import type { KeyValueStore, UploadEngine, UploadQueueItem } from '../../index.js';

const REPORTED = 'cli/told/';

/** Records that the completion was reported to the user. If that fails, the next run reports it again. */
export async function markReported(store: KeyValueStore, uploadId: string): Promise<void> {
  await store.set(REPORTED + uploadId.toLowerCase(), '1').catch(() => undefined);
}

/**
 * The unfinished upload of this file; else a completed one that was not reported, because the process was
 * killed. A failed one whose source has changed is canceled, since its file no longer exists.
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
      if ((await store.get(REPORTED + item.id.toLowerCase())) === undefined) return item;
      continue;
    }
    if (!isUnrecoverable(engine, item)) return item;
    await engine.get(item.id).cancel();
  }
  return undefined;
}

const UNRECOVERABLE = new Set(['SOURCE_CHANGED', 'VIDEO_EXISTS', 'INVALID_VIDEO_ID']);

function isUnrecoverable(engine: UploadEngine, item: UploadQueueItem): boolean {
  if (item.status !== 'failed') return false;
  const state = engine.get(item.id).state();
  return state.status === 'failed' && UNRECOVERABLE.has(state.error.code);
}
