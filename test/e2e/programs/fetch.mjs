/** One life of a fetch through the engine: goes on with what the cache holds; may be told to die on the way. */
import { createVideoFetcher } from 'reelway/fetch';
import { directoryBlobStore, nodeFileSystem, nodeHasher, nodeKeyValueStore } from 'reelway/node';
import { createMortality } from './mortal-ports.mjs';

const job = JSON.parse(process.argv[2]);
const mortal = createMortality(job.death ?? { at: 0, phase: 'before' });

const fetcher = createVideoFetcher({
  fileSystem: mortal.fileSystem(nodeFileSystem()),
  keyValueStore: mortal.keyValueStore(nodeKeyValueStore({ directory: `${job.cache}/index`, durability: 'process' })),
  blobStore: mortal.blobStore(directoryBlobStore({ directory: job.bucket })),
  hasher: nodeHasher(),
  scope: 'e2e',
  cache: { directory: `${job.cache}/segments` },
  retry: { baseDelayMs: 1, maxDelayMs: 10 },
});
const warnings = [];
fetcher.on('warning', ({ error }) => warnings.push(error.code));
const manifest = await fetcher.prepareVideo(undefined, 'video');
await fetcher.startIntelligentLoading(manifest);
await fetcher.combineSegments('video', { outputPath: job.output });
const report = fetcher.report();
await fetcher.cleanup();
console.log(JSON.stringify({ type: 'done', operations: mortal.operations(), warnings, report }));
