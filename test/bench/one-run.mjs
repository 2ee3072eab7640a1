/** One run of one contender in a process of its own; prints its figures as one JSON line. */
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { directoryBlobStore, nodeFileSystem, nodeHasher, nodeKeyValueStore, nodeLock } from 'reelway/node';
import { createUploadEngine } from 'reelway/upload';
import { floorUpload } from './floor.mjs';

const job = JSON.parse(process.argv[2]);

const delay = monitorEventLoopDelay({ resolution: 1 });
const startRssBytes = process.memoryUsage.rss();
delay.enable();
const startedMs = performance.now();
const startedCpu = process.cpuUsage();
const more = job.contender === 'floor' ? await floor() : await reelway();
const wallMs = performance.now() - startedMs;
const cpu = process.cpuUsage(startedCpu);
delay.disable();
console.log(
  JSON.stringify({
    wallMs,
    cpuMs: (cpu.user + cpu.system) / 1_000,
    // The monitor counts its own period of 1 ms.
    loopP99Ms: delay.percentile(99) / 1e6 - 1,
    loopMaxMs: delay.max / 1e6 - 1,
    rssGrowthBytes: process.resourceUsage().maxRSS * 1_024 - startRssBytes,
    ...more,
  }),
);

async function floor() {
  await floorUpload(job);
  return {};
}

async function reelway() {
  const { file, bucket, state, durability } = job;
  const engine = createUploadEngine({
    fileSystem: nodeFileSystem(),
    keyValueStore: nodeKeyValueStore({ directory: `${state}/queue`, durability }),
    lock: nodeLock({ directory: `${state}/locks` }),
    blobStore: directoryBlobStore({ directory: bucket, durability }),
    hasher: nodeHasher(),
    scope: 'bench',
  });
  await engine.start();
  const upload = await engine.add(file);
  const manifest = await upload.completed();
  const { peakBufferBytes, journalBytes } = engine.report();
  await engine.stop();
  return { peakBufferBytes, journalBytes, hash: Object.keys(manifest.renditions[0].hashes)[0] };
}
