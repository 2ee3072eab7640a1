/** The state directory of the command line, and its engines. */
import { join } from 'node:path';
import { nodeFileSystem, nodeHasher, nodeKeyValueStore, nodeLock } from '../../../adapters/node/index.js';
import type { KeyValueStore, ReelwayError, UploadEngine, UploadQueueItem } from '../../index.js';
import { createUploadEngine } from '../../index.js';
import { type BucketLocation, scopeOf } from '../buckets/bucket-location.js';
import type { Bucket } from '../buckets/open-bucket.js';
import { closedBucket, openLock, readOnlyStore } from './read-only.js';

/** Long enough for the lock of a killed process to become stale. */
const LOCK_WAIT_MS = 30_000;

/** An opened state directory. */
export interface QueueState {
  readonly directory: string;
  readonly store: KeyValueStore;
}

/** Opens a state directory; it is created at the first write. */
export function openQueueState(directory: string): QueueState {
  return { directory, store: nodeKeyValueStore({ directory: join(directory, 'queue') }) };
}

/** The engine of a bucket's uploads. */
export function uploadEngine(state: QueueState, bucket: Bucket): UploadEngine {
  return createUploadEngine({
    fileSystem: nodeFileSystem(),
    keyValueStore: state.store,
    blobStore: bucket.store,
    scope: scopeOf(bucket.place),
    lock: nodeLock({ directory: join(state.directory, 'locks') }),
    lockWaitMs: LOCK_WAIT_MS,
    hasher: nodeHasher(),
  });
}

/** The uploads of one bucket, read-only; works while another process holds the lock. */
export async function listUploads(
  state: QueueState,
  place: BucketLocation,
  onWarning: (error: ReelwayError) => void,
): Promise<readonly UploadQueueItem[]> {
  const engine = createUploadEngine({
    fileSystem: nodeFileSystem(),
    keyValueStore: readOnlyStore(state.store),
    blobStore: closedBucket(),
    scope: scopeOf(place),
    lock: openLock(),
  });
  engine.on('warning', ({ error }) => onWarning(error));
  engine.configure({ enabled: false });
  await engine.start();
  try {
    return engine.list();
  } finally {
    await engine.stop();
  }
}
