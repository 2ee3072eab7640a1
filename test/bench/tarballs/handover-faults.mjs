/**
 * One run in memory, in virtual time, over ports that fail by a seeded plan: three uploads, kills of the app, what fails is retried
 * until the faults are over. Prints the final states and the bucket, with ids by the order of the videos.
 */
import { createHash } from 'node:crypto';
import { createFaultPlan, faultyBlobStore, faultyFileSystem, faultyKeyValueStore } from 'reelway/conformance';
import { createSeededRandom, createTestPorts } from 'reelway/testing';
import { createUploadEngine } from 'reelway/upload';

const SEGMENT_BYTES = 524_288;
const FAULTY = [
  ...[
    { kind: 'fails', operation: 'blob.put' },
    { kind: 'fails', operation: 'blob.put', code: 'UNAVAILABLE' },
  ],
  ...[
    { kind: 'fails', operation: 'blob.put', code: 'THROTTLED', retryAfterMs: 5_000 },
    { kind: 'answer-lost', operation: 'blob.put' },
  ],
  ...[
    { kind: 'torn-write', operation: 'blob.put' },
    { kind: 'lost-write', operation: 'blob.put' },
    { kind: 'flipped', operation: 'blob.put' },
  ],
  ...[
    { kind: 'hangs', operation: 'blob.put' },
    { kind: 'slow', operation: 'blob.put', delayMs: 3_000 },
  ],
  ...[
    { kind: 'late', operation: 'blob.put', delayMs: 2_000 },
    { kind: 'stale', operation: 'blob.head' },
    { kind: 'fails', operation: 'blob.head' },
  ],
  ...[{ kind: 'cut-body' }, { kind: 'flipped', operation: 'blob.next' }, { kind: 'fails', operation: 'blob.get' }],
  ...[
    { kind: 'fails', operation: 'kv.set' },
    { kind: 'answer-lost', operation: 'kv.set' },
    { kind: 'torn-write', operation: 'kv.set' },
  ],
  ...[{ kind: 'short-read' }, { kind: 'fails', operation: 'fs.readInto' }, { kind: 'fails', operation: 'fs.open' }],
];
const MAX_LIVES = 12;
const MAX_TRIES = 40;

const { seed } = JSON.parse(process.argv[2]);
const random = createSeededRandom(seed);
const ids = new Map();
let ports = createTestPorts({ seed });
const sizes = [1, SEGMENT_BYTES * (1 + Math.floor(random() * 6)), 1 + Math.floor(random() * 4 * SEGMENT_BYTES)];
for (const [index, size] of sizes.entries()) await ports.addFile(`/videos/${index}`, size);
/** Every fifth seed has one error that is not retried; one segment at a time then, so that it strikes after the same segments. */
const isFatal = seed % 5 === 0;
const rules = Array.from({ length: 1 + Math.floor(random() * 5) }, () => ({
  ...FAULTY[Math.floor(random() * FAULTY.length)],
  ...{ rate: 0.05 + random() * 0.4, times: 1 + Math.floor(random() * 5) },
}));
const fatal = { kind: 'fails', operation: 'blob.put', target: 'video-1/', nth: 1 + Math.floor(random() * 3), code: 'FORBIDDEN' };
const deaths = isFatal ? [] : Array.from({ length: Math.floor(random() * 4) }, () => 5 + Math.floor(random() * 120));
let strike = 0;
const plan = createFaultPlan({
  rules: isFatal ? [fatal] : rules,
  seed,
  clock: { after: (...args) => ports.clock.after(...args) },
  beforeOperation: () => {
    strike += 1;
    if (strike !== deaths[0]) return undefined;
    deaths.shift();
    strike = 0;
    onDeath?.();
    return new Promise(() => undefined);
  },
});
let onDeath;
let states;
let kills = 0;
for (let life = 0; life < MAX_LIVES; life += 1) {
  const { clock } = ports;
  const died = new Promise((resolve) => {
    onDeath = () => resolve(undefined);
  });
  states = await clock.runUntil(Promise.race([live(), died]), { limitMs: 90 * 86_400_000 });
  if (states !== undefined) break;
  ports = ports.restart();
  kills += 1;
}
console.log(JSON.stringify({ states, bucket: await listBucket(), struck: { ...plan.struck(), kills } }));

async function live() {
  const engine = createUploadEngine({
    fileSystem: faultyFileSystem(ports.fileSystem, plan),
    keyValueStore: faultyKeyValueStore(ports.keyValueStore, plan),
    blobStore: faultyBlobStore(ports.blobStore, plan),
    ...{ clock: ports.clock, lock: ports.lock, conditions: ports.conditions, scope: 'faults', lockWaitMs: 60_000 },
    ...(isFatal ? { limits: { concurrency: 1 } } : {}),
  });
  await again(() => engine.start());
  const handles = [];
  for (const index of sizes.keys()) {
    const known = engine.list().find((item) => item.videoId === `video-${index}`);
    const handle = known === undefined ? await again(() => add(engine, index)) : engine.get(known.id);
    ids.set(handle.id, `upload-${index}`);
    handles.push(handle);
  }
  const ends = [];
  for (const handle of handles) ends.push(await endOf(handle));
  await engine.stop();
  return ends;
}

/** An add whose answer was lost has a record all the same. */
async function add(engine, index) {
  const known = engine.list().find((item) => item.videoId === `video-${index}`);
  return known === undefined ? engine.add(`/videos/${index}`, {}, { videoId: `video-${index}` }) : engine.get(known.id);
}

async function endOf(handle) {
  for (let left = MAX_TRIES; ; left -= 1) {
    const failure = await handle.completed().then(
      () => undefined,
      (error) => error,
    );
    const { status } = handle.state();
    if (failure === undefined || isFatal || status !== 'failed' || left === 0) return [handle.videoId, status, failure?.code].join(' ');
    await again(() => handle.retry());
  }
}

async function again(run) {
  for (let left = MAX_TRIES; ; left -= 1) {
    try {
      return await run();
    } catch (error) {
      if (left === 0) throw error;
      await new Promise((resolve) => ports.clock.after(1_000, resolve));
    }
  }
}

/** Key → hash of what it holds; ids and times that differ from run to run by name only. */
async function listBucket() {
  const named = (text) => [...ids].reduce((all, [id, name]) => all.replaceAll(id, name), text);
  const entries = [];
  for (const key of await ports.blobKeys()) {
    const bytes = await ports.readBlob(key);
    const content = key.endsWith('.json') ? named(Buffer.from(bytes).toString()).replace(/"createdMs":\d+/, '"createdMs":0') : bytes;
    entries.push([named(key), createHash('sha256').update(content).digest('hex')]);
  }
  return Object.fromEntries(entries);
}
