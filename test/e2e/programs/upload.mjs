/** One life of an upload through the engine: takes up what the last life left; may be told to die on the way. */
import { appendFile } from 'node:fs/promises';
import { directoryBlobStore, nodeFileSystem, nodeHasher, nodeKeyValueStore, nodeLock } from 'reelway/node';
import { createUploadEngine } from 'reelway/upload';
import { createMortality } from './mortal-ports.mjs';

const job = JSON.parse(process.argv[2]);
const mortal = createMortality(job.death ?? { at: 0, phase: 'before' });
const durability = job.durability ?? 'process';

const engine = createUploadEngine({
  fileSystem: mortal.fileSystem(nodeFileSystem()),
  keyValueStore: mortal.keyValueStore(nodeKeyValueStore({ directory: `${job.state}/queue`, durability })),
  lock: mortal.lock(nodeLock({ directory: `${job.state}/locks` })),
  blobStore: mortal.blobStore(directoryBlobStore({ directory: job.bucket, durability })),
  hasher: nodeHasher(),
  scope: 'e2e',
  lockWaitMs: 20_000,
  retry: { baseDelayMs: 1, maxDelayMs: 10 },
  publish: mortal.step(({ idempotencyKey, manifestKey }) => appendFile(job.posts, `${idempotencyKey} ${manifestKey}\n`)),
});
const warnings = [];
engine.on('warning', ({ error }) => warnings.push(error.code));
await engine.start();
const [known] = engine.list();
const upload = known === undefined ? await engine.add(job.file, { title: 'e2e' }, { videoId: 'video' }) : engine.get(known.id);
if (job.acks !== undefined) upload.on('segment', ({ index }) => console.log(JSON.stringify({ type: 'segment', index })));
const manifest = await upload.completed();
const report = engine.report();
await engine.stop();
console.log(
  JSON.stringify({ type: 'done', operations: mortal.operations(), segments: manifest.segmentCount, uploadId: upload.id, warnings, report }),
);
