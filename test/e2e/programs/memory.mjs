/**
 * What one job costs in memory over a process that is warm: a small video first, then garbage collected, the kernel's mark of
 * the most resident memory set back (5 to clear_refs), and then the job.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createVideoFetcher } from 'reelway/fetch';
import { directoryBlobStore, nodeFileSystem, nodeHasher, nodeKeyValueStore, nodeLock } from 'reelway/node';
import { createUploadEngine } from 'reelway/upload';

const job = JSON.parse(process.argv[2]);
const run = job.verb === 'upload' ? upload : fetch;

const rounds = job.warmRounds ?? 3;
for (let round = 0; round < rounds; round += 1) await run({ ...job.warm, videoId: `${job.warm.videoId}-${round}`, round }, () => undefined);
for (const real of [job.real].flat()) await measure(real);

async function measure(real) {
  globalThis.gc?.();
  await new Promise((resolve) => setTimeout(resolve, 50));
  globalThis.gc?.();
  writeFileSync('/proc/self/clear_refs', '5');
  const startRss = statusBytes('VmRSS');
  const startArrayBuffers = process.memoryUsage().arrayBuffers;
  let peakArrayBuffers = startArrayBuffers;
  const sample = () => {
    peakArrayBuffers = Math.max(peakArrayBuffers, process.memoryUsage().arrayBuffers);
  };
  const timer = setInterval(sample, 5);
  const peakBufferBytes = await run(real, sample);
  clearInterval(timer);
  sample();
  console.log(
    JSON.stringify({
      type: 'memory',
      rssGrowthBytes: statusBytes('VmHWM') - startRss,
      startRssBytes: startRss,
      arrayBufferGrowthBytes: peakArrayBuffers - startArrayBuffers,
      peakBufferBytes,
    }),
  );
}

function statusBytes(name) {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;
}

async function upload({ file, bucket, state, videoId }, onSegment) {
  const engine = createUploadEngine({
    fileSystem: nodeFileSystem(),
    keyValueStore: nodeKeyValueStore({ directory: `${state}/queue`, durability: 'process' }),
    lock: nodeLock({ directory: `${state}/locks` }),
    blobStore: directoryBlobStore({ directory: bucket, durability: 'process' }),
    hasher: nodeHasher(),
    scope: 'memory',
  });
  await engine.start();
  const handle = await engine.add(file, {}, { videoId });
  handle.on('segment', onSegment);
  await handle.completed();
  const { peakBufferBytes } = engine.report();
  await engine.stop();
  return peakBufferBytes;
}

async function fetch({ bucket, cache, output, videoId, round }, onSegment) {
  const fetcher = createVideoFetcher({
    fileSystem: nodeFileSystem(),
    keyValueStore: nodeKeyValueStore({ directory: `${cache}/index-${round ?? ''}`, durability: 'process' }),
    blobStore: directoryBlobStore({ directory: bucket }),
    hasher: nodeHasher(),
    scope: 'memory',
    cache: { directory: `${cache}/segments-${round ?? ''}` },
  });
  fetcher.on('segment', onSegment);
  // The first round of the warm-up of the upload has put it there.
  const id = videoId.replace(/-\d$/, '-0');
  await fetcher.prepareVideo(undefined, id);
  await fetcher.combineSegments(id, { outputPath: output });
  const { peakBufferBytes } = fetcher.report();
  await fetcher.cleanup();
  return peakBufferBytes;
}
