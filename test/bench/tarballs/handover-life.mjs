/**
 * One life of an engine over a directory: goes on with what an earlier life left, and dies at a put if told so. Ids depend on the
 * job only: the clock stands still while a video is added, and its numbers are constant then.
 */
import { createVideoFetcher } from 'reelway/fetch';
import { directoryBlobStore, nodeFileSystem, nodeHasher, nodeKeyValueStore, nodeLock } from 'reelway/node';
import { createSeededRandom } from 'reelway/testing';
import { createUploadEngine } from 'reelway/upload';

const DAY_MS = 86_400_000;
const BASE_MS = 1_700_000_000_000;

const job = JSON.parse(process.argv[2]);
const chance = createSeededRandom(job.life);
let adding;
const clock = {
  wallMs: () => (adding === undefined ? BASE_MS + job.life * DAY_MS + Math.floor(performance.now()) : BASE_MS + adding * 1_000),
  monotonicMs: () => performance.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
  random: () => (adding === undefined ? chance() : 0.5),
};

let count = 0;
const bucket = directoryBlobStore({ directory: `${job.place}/bucket`, durability: 'process' });
const store = { ...bucket, put: around('put', bucket.put), get: around('get', bucket.get), remove: around('remove', bucket.remove) };
const files = nodeFileSystem();
console.log(JSON.stringify(job.verb === 'fetch' ? await fetch() : await upload()));

/** Ends the process at the n-th call, before or after it. */
function around(name, method) {
  return async (...args) => {
    const own = job.death?.call === name ? ++count : 0;
    const { at, phase } = job.death ?? {};
    if (own === at && phase === 'before') await die();
    const result = await method.apply(bucket, args);
    if (own === at && phase === 'after') await die();
    return result;
  };
}

function die() {
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => undefined);
}

async function upload() {
  const engine = createUploadEngine({
    ...{ fileSystem: files, blobStore: store, clock, scope: 'handover', hasher: nodeHasher() },
    keyValueStore: nodeKeyValueStore({ directory: `${job.place}/queue`, durability: 'process' }),
    lock: nodeLock({ directory: `${job.place}/locks` }),
    ...{ lockWaitMs: 60_000, retry: { baseDelayMs: 1, maxDelayMs: 10 }, stagingDirectory: `${job.place}/staging` },
  });
  await engine.start();
  engine.configure({ enabled: false });
  const handles = [];
  for (const [index, video] of job.videos.entries()) handles.push(await find(engine, video, index));
  engine.configure({ enabled: true });
  for (const [index, { command }] of job.videos.entries()) await obey(handles[index], command);
  const states = [];
  for (const handle of handles) states.push(await endOf(handle));
  await untilSwept(engine);
  await engine.stop();
  return { states };
}

/** The handle of a video that an earlier life has added, or that is added now; undefined for a canceled one that is gone. */
async function find(engine, { videoId, file, staging, wasCanceled }, index) {
  const known = engine.list().find((item) => item.videoId === videoId);
  if (known !== undefined) return engine.get(known.id);
  if (wasCanceled) return undefined;
  adding = index;
  const handle = await engine.add(file, { title: videoId }, { videoId, staging });
  adding = undefined;
  return handle;
}

async function obey(handle, command) {
  if (handle === undefined || command === undefined) return;
  const isUnderWay = new Promise((resolve) => handle.on('segment', resolve));
  if (command !== 'resume') await isUnderWay;
  if (command !== 'resume') await handle[command]();
  if (command === 'resume' && handle.state().status === 'paused') await handle.resume();
  if (command === 'pause') await die();
}

/** Canceled uploads are gone once they have been swept; what is never swept shows in the bucket. */
async function untilSwept(engine) {
  const endMs = performance.now() + 10_000;
  const isLeft = () => engine.list().some((item) => item.status === 'canceled');
  while (isLeft() && performance.now() < endMs) await new Promise((resolve) => setTimeout(resolve, 10));
}

async function endOf(handle) {
  if (handle === undefined) return 'gone';
  const failure = await handle.completed().then(
    () => undefined,
    (error) => error.code,
  );
  return [handle.videoId, handle.id, handle.state().status, failure].join(' ');
}

async function fetch() {
  const fetcher = createVideoFetcher({
    ...{ fileSystem: files, blobStore: store, clock, scope: 'handover', hasher: nodeHasher(), cache: { directory: `${job.place}/cache` } },
    keyValueStore: nodeKeyValueStore({ directory: `${job.place}/cache-index`, durability: 'process' }),
  });
  const warnings = [];
  fetcher.on('warning', ({ error }) => warnings.push(error.code));
  const manifest = await fetcher.prepareVideo(undefined, job.videoId);
  await fetcher.startIntelligentLoading(manifest);
  await fetcher.combineSegments(job.videoId, { outputPath: `${job.place}/combined` });
  const { bytesFetched } = fetcher.report();
  await fetcher.cleanup();
  return { bytesFetched, warnings };
}
