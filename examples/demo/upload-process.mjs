/** The process that uploads; the demo kills it without a word and starts it again. Tells its parent what it does. */
import { appendFile } from 'node:fs/promises';
import { nodeFileSystem, nodeHasher, nodeKeyValueStore, nodeLock } from 'reelway/node';
import { createUploadEngine } from 'reelway/upload';
import { badLink } from './link.mjs';

const job = JSON.parse(process.argv[2]);
const link = badLink({ bucket: job.bucket, operation: 'put', bytesPerSecond: job.bytesPerSecond, outage: job.outage });

const engine = createUploadEngine({
  fileSystem: nodeFileSystem(),
  keyValueStore: nodeKeyValueStore({ directory: `${job.state}/queue` }),
  lock: nodeLock({ directory: `${job.state}/locks` }),
  blobStore: link.store,
  conditions: link.conditions,
  hasher: nodeHasher(),
  scope: 'demo',
  lockWaitMs: 15_000,
  retry: { baseDelayMs: 200, maxDelayMs: 2_000 },
  // The backend's part: it would drop a repetition by its key. Here every call leaves a line.
  publish: ({ idempotencyKey }) => appendFile(job.posts, `${idempotencyKey}\n`),
});

const tell = (message) => process.send?.(message);
const figures = () => {
  const { bytesSent, bytesResent, journalBytes, retries, peakBufferBytes } = engine.report();
  return { bytesSent, bytesResent, journalBytes, retries, peakBufferBytes, rssBytes: process.memoryUsage.rss() };
};

engine.on('warning', ({ error }) => tell({ type: 'warning', text: error.message }));
await engine.start();
const [known] = engine.list();
const upload = known === undefined ? await engine.add(job.file, { title: 'Demo' }, { videoId: job.videoId }) : engine.get(known.id);
tell({ type: 'begun', ...upload.progress() });
upload.on('progress', (progress) => tell({ type: 'progress', ...progress, figures: figures() }));
upload.on('status', (state) => tell({ type: 'status', status: state.status, reason: state.reason }));
upload.on('retry', ({ error, delayMs }) => tell({ type: 'retry', code: error.code, delayMs }));

const manifest = await upload.completed();
tell({ type: 'completed', segments: manifest.segmentCount, figures: figures() });
await engine.stop();
process.disconnect?.();
