import { createUploadEngine } from 'reelway';
import { directoryBlobStore, nodePorts } from 'reelway/node';

const [file, bucket, stateDirectory] = process.argv.slice(2);

const engine = createUploadEngine({
  ...nodePorts({ stateDirectory }),
  blobStore: directoryBlobStore({ directory: bucket }),
  scope: 'user-42',
  publish: async ({ manifestKey, idempotencyKey }) => console.log(`posted ${manifestKey}, once: ${idempotencyKey}`),
});
await engine.start(); // takes up what the last run left

const upload = await engine.add(file, { title: 'Sunset' }, { priority: 'high' });
upload.on('progress', ({ fraction }) => console.log(`${Math.floor(fraction * 100)} %`));
const manifest = await upload.completed();
console.log(`${manifest.videoId}: ${manifest.segmentCount} segments, ${manifest.sizeBytes} bytes`);
await engine.stop();
