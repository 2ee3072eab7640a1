/** Uses the public API as an app does; compiled with every TypeScript that is promised, never run. */
import {
  type BlobStore,
  createUploadEngine,
  createVideoFetcher,
  type FileSystem,
  isReelwayError,
  type KeyValueStore,
  type MessageCatalogue,
  type Priority,
  parseManifest,
  ReelwayError,
  type ReelwayErrorCode,
  segmentsOf,
  type UploadEngine,
  type UploadHandle,
  type UploadQueueItem,
  type UploadState,
  type VideoFetcher,
  type VideoManifest,
  type VideoSegment,
} from 'reelway';
import { blobStoreSuite, fileSystemSuite, keyValueStoreSuite, runSuite, type SuiteResult } from 'reelway/conformance';
import { createVideoFetcher as createFetcherAlone } from 'reelway/fetch';
import { memoryBlobStore, memoryFileSystem, memoryKeyValueStore, memoryLock } from 'reelway/memory';
import { directoryBlobStore, nodeFileSystem, nodeKeyValueStore, nodePorts } from 'reelway/node';
import { createScriptedLink, createTestPorts, createVirtualClock } from 'reelway/testing';
import { createUploadEngine as createUploadAlone } from 'reelway/upload';

/** The names that the data had from the start. */
export function oldNames(item: UploadQueueItem, segment: VideoSegment): readonly unknown[] {
  const priority: 'high' | 'normal' | 'low' = item.priority;
  const numbers: readonly number[] = [item.retryCount, segment.startTime, segment.duration, segment.size];
  const strings: readonly string[] = [item.id, item.filePath, item.status, segment.id, segment.url, segment.priority];
  return [priority, numbers, strings, item.metadata.title];
}

const messages: MessageCatalogue = { STORAGE_FULL: 'Voll.' };
// @ts-expect-error: no such code
export const wrongCode: MessageCatalogue = { NO_SUCH_CODE: '' };
// @ts-expect-error: no such priority
export const wrongPriority: Priority = 'urgent';
// @ts-expect-error: no engine without a scope
export const noScope = (): UploadEngine => createUploadEngine({ ...nodePorts({ stateDirectory: 's' }), blobStore: memoryBlobStore() });
// @ts-expect-error: a code is one of the closed table
export const wrongError = (): ReelwayError => new ReelwayError('NO_SUCH_CODE');

export async function upload(blobStore: BlobStore, fileSystem: FileSystem, keyValueStore: KeyValueStore): Promise<VideoManifest> {
  const engine = createUploadEngine({
    fileSystem,
    keyValueStore,
    blobStore,
    lock: memoryLock(),
    scope: 'account',
    messages,
    limits: { concurrency: 2 },
    publish: async ({ item, manifest, idempotencyKey, signal }) => {
      if (!signal.aborted) await Promise.resolve([item.id, manifest.videoId, idempotencyKey]);
    },
  });
  await engine.start();
  const handle: UploadHandle = await engine.add('/clip.mp4', { title: 'Clip', custom: { mood: 'good' } }, { priority: 'high' });
  const off: () => void = handle.on('progress', (progress) => {
    const eta: number | undefined = progress.remainingMs;
    return [eta, progress.fraction];
  });
  handle.on('status', (state) => told(state));
  // @ts-expect-error: no such event
  handle.on('finished', () => undefined);
  const id: string = await engine.addToUploadQueue('/clip.mp4', {}, { start: false });
  const segments: VideoSegment[] = await engine.segmentVideo(id);
  await engine.uploadSegments(
    segments.map((segment) => segment.id),
    id,
  );
  await engine.finalizeUpload(id);
  off();
  return handle.completed();
}

/** A failed upload always carries its error, a completed one its manifest's key; other states carry neither. */
function told(state: UploadState): string {
  switch (state.status) {
    case 'failed':
      return state.error.userMessage;
    case 'completed':
      return state.manifestKey;
    case 'waiting':
      return state.reason;
    default:
      // @ts-expect-error: only a failed upload has an error
      return state.status + String(state.error);
  }
}

export async function play(fetcher: VideoFetcher, bytes: Uint8Array): Promise<ReelwayErrorCode | undefined> {
  try {
    const manifest = parseManifest(bytes);
    for (const segment of segmentsOf(manifest)) segment.range.end.toFixed();
    await fetcher.prepareVideo(undefined, manifest.videoId);
    void fetcher.startIntelligentLoading(manifest);
    const session = await fetcher.open(manifest.videoId);
    await session.ready();
    const read: number = await session.readInto(new Uint8Array(65_536), 0);
    const path: string = await fetcher.combineSegments(manifest.videoId);
    await session.close();
    await fetcher.cleanup();
    return read > 0 && path !== '' ? undefined : 'INTERNAL';
  } catch (error) {
    return isReelwayError(error) && !error.retryable ? error.code : undefined;
  }
}

export const fetchers: readonly VideoFetcher[] = [createVideoFetcher, createFetcherAlone].map((create) =>
  create({
    fileSystem: nodeFileSystem(),
    keyValueStore: nodeKeyValueStore({ directory: 'records' }),
    blobStore: directoryBlobStore({ directory: 'bucket' }),
    scope: 'account',
    cache: { directory: 'cache', maxBytes: 268_435_456 },
  }),
);

export const alone: typeof createUploadEngine = createUploadAlone;

/** An adapter of one's own is a plain object. */
export const ownStore: KeyValueStore = {
  get: async () => undefined,
  set: async () => undefined,
  remove: async () => undefined,
  keys: async () => [],
};

export async function tried(): Promise<readonly SuiteResult[]> {
  const clock = createVirtualClock({ seed: 7 });
  const link = createScriptedLink(memoryBlobStore(), { clock });
  const ports = createTestPorts({ seed: 7 });
  void [clock, link, ports];
  return runSuite((test) => {
    keyValueStoreSuite({ name: 'own', test, create: async () => ({ keyValueStore: memoryKeyValueStore() }) });
    fileSystemSuite({ name: 'own', test, create: async () => ({ fileSystem: memoryFileSystem(), directory: '/' }) });
    blobStoreSuite({ name: 'own', test, create: async () => ({ blobStore: memoryBlobStore() }) });
  });
}
