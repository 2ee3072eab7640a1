/** The process that fetches the video back; it too is killed once, and goes on with what its cache holds. */

import { createVideoFetcher } from 'reelway/fetch';
import { nodeFileSystem, nodeHasher, nodeKeyValueStore } from 'reelway/node';
import { badLink } from './link.mjs';

const job = JSON.parse(process.argv[2]);
const link = badLink({ bucket: job.bucket, operation: 'get', bytesPerSecond: job.bytesPerSecond, outage: job.outage });

const fetcher = createVideoFetcher({
  fileSystem: nodeFileSystem(),
  keyValueStore: nodeKeyValueStore({ directory: `${job.cache}/index` }),
  blobStore: link.store,
  conditions: link.conditions,
  hasher: nodeHasher(),
  scope: 'demo',
  cache: { directory: `${job.cache}/segments` },
  retry: { baseDelayMs: 200, maxDelayMs: 2_000 },
});

const startedMs = performance.now();
const tell = (message) => process.send?.(message);
const figures = () => {
  const { bytesFetched, bytesFromCache, retries, peakBufferBytes } = fetcher.report();
  return { bytesFetched, bytesFromCache, retries, peakBufferBytes, rssBytes: process.memoryUsage.rss() };
};

const manifest = await fetcher.prepareVideo(undefined, job.videoId);
tell({ type: 'begun', segments: manifest.segmentCount, sizeBytes: manifest.sizeBytes });
fetcher.on('segment', ({ index, state }) => tell({ type: 'segment', index, state }));
fetcher.on('progress', (progress) => tell({ type: 'progress', ...progress, figures: figures() }));
fetcher.on('retry', ({ error, delayMs }) => tell({ type: 'retry', code: error.code, delayMs }));
link.conditions.subscribe(() => tell({ type: 'online', online: link.online() }));

const loaded = fetcher.startIntelligentLoading(manifest);
const session = await fetcher.open(job.videoId);
await session.ready();
tell({ type: 'ready', ms: performance.now() - startedMs });
await loaded;
await session.close();
await fetcher.combineSegments(job.videoId, { outputPath: job.output });
tell({ type: 'completed', figures: figures() });
await fetcher.cleanup();
process.disconnect?.();
