/** One life of an upload to Firebase: takes up what the last life left, and tells of each segment that is stored. */
import { nodePorts } from '../../../adapters/node/index.js';
import { createUploadEngine } from '../../../src/upload/index.js';
import { firebaseWorld } from '../buckets.js';

interface Job {
  readonly port: number;
  readonly file: string;
  readonly state: string;
  readonly prefix: string;
}

const job = JSON.parse(process.argv[2] ?? '') as Job;
const say = (what: object): void => console.log(JSON.stringify(what));
const { store, end } = firebaseWorld(job.port, { prefix: job.prefix });
const engine = createUploadEngine({
  ...nodePorts({ stateDirectory: job.state, durability: 'process' }),
  blobStore: store,
  scope: 'firebase',
  lockWaitMs: 20_000,
});
await engine.start();
const [known] = engine.list();
const upload = known === undefined ? await engine.add(job.file, {}, { videoId: 'video' }) : engine.get(known.id);
upload?.on('segment', ({ index }) => say({ type: 'segment', index }));
const manifest = await upload?.completed();
await engine.stop();
await end();
say({ type: 'done', segments: manifest?.segmentCount, resumed: known !== undefined });
