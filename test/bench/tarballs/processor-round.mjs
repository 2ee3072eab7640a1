/** One upload and one fetch back, in a process of its own; prints the processor time of each as one JSON line. */
import { createVideoFetcher } from 'reelway/fetch';
import { directoryBlobStore, nodeFileSystem, nodeHasher, nodeKeyValueStore, nodeLock } from 'reelway/node';
import { createUploadEngine } from 'reelway/upload';

const { file, place } = JSON.parse(process.argv[2]);
const durability = 'process';
const common = {
  ...{ fileSystem: nodeFileSystem(), hasher: nodeHasher(), scope: 'bench' },
  blobStore: directoryBlobStore({ directory: `${place}/bucket`, durability }),
};
const up = await measured(upload);
const down = await measured(fetch);
console.log(JSON.stringify({ up, down, total: up + down }));

async function measured(run) {
  const started = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1_000;
}

async function upload() {
  const engine = createUploadEngine({
    ...common,
    keyValueStore: nodeKeyValueStore({ directory: `${place}/queue`, durability }),
    lock: nodeLock({ directory: `${place}/locks` }),
  });
  await engine.start();
  const handle = await engine.add(file, {}, { videoId: 'video' });
  await handle.completed();
  await engine.stop();
}

async function fetch() {
  const fetcher = createVideoFetcher({
    ...common,
    keyValueStore: nodeKeyValueStore({ directory: `${place}/cache-index`, durability }),
    cache: { directory: `${place}/cache` },
  });
  const manifest = await fetcher.prepareVideo(undefined, 'video');
  await fetcher.startIntelligentLoading(manifest);
  await fetcher.combineSegments('video', { outputPath: `${place}/combined` });
  await fetcher.cleanup();
}
