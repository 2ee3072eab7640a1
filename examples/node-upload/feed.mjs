import { createVideoFetcher } from 'reelway';
import { directoryBlobStore, nodePorts } from 'reelway/node';

const [bucket, videoId, directory, outputPath] = process.argv.slice(2);

const fetcher = createVideoFetcher({
  ...nodePorts({ stateDirectory: `${directory}/state` }),
  blobStore: directoryBlobStore({ directory: bucket }),
  scope: 'user-42',
  cache: { directory: `${directory}/cache`, maxBytes: 256 * 1024 * 1024 },
});
const session = await fetcher.open(videoId);
await session.ready(); // the opening is here, and checked

const buffer = new Uint8Array(65_536);
const bytes = await session.readInto(buffer, 0); // waits for what is still coming
console.log(`the first ${bytes} bytes of ${session.manifest.metadata.title}`);
await session.close();

console.log(await fetcher.combineSegments(videoId, { outputPath }));
await fetcher.cleanup();
