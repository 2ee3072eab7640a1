/** The command line's state directory, and the engines over it. */
import { join } from 'node:path';
import { nodeFileSystem, nodeHasher, nodeKeyValueStore, nodeLock } from '../../../adapters/node/index.js';
import type { KeyValueStore, ReelwayError, UploadEngine, UploadQueueItem } from '../../index.js';
import { createUploadEngine } from '../../index.js';
import { type BucketLocation, scopeOf } from '../buckets/bucket-location.js';
import type { Bucket } from '../buckets/open-bucket.js';
import { closedBucket, openLock, readOnlyStore } from './read-only.js';

/** Long enough for the lock of a killed process to go stale. */
const LOCK_WAIT_MS = 30_000;

/** An opened state directory. */
export interface QueueState {
  readonly directory: string;
  readonly store: KeyValueStore;
}

/** Opens a state directory; makes nothing until something is written. */
export function openQueueState(directory: string): QueueState {
  return { directory, store: nodeKeyValueStore({ directory: join(directory, 'queue') }) };
}

/** The engine that moves a bucket's uploads. */
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

/** One bucket's part of the queue, read only; also while another process works on it. */
export async function lookAt(
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
