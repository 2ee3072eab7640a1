/**
 * `npm run bench:s3`: 114,381,456 bytes to a server that discards and to Ceph's gateway, by Reelway, by its peers and by a bare floor, taking
 * turns, each run in a process of its own; 0, 50 and 200 ms late.
 *
 *   --runs N       how often each contender runs, 5 by default
 *   --smoke        a small file, once each, to see that everything works
 *   --json FILE    writes all figures
 *   --publish      writes the figures, the picture and the tables of docs/performance.md
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { CONTENDERS, PIECE_BYTES, planOf, planSeconds, takingPart } from './contenders.mjs';
import { environment } from './environment.mjs';
import { publish } from './publish.mjs';
import { linesOf, summaryOf } from './report.mjs';
import { PREFIX } from './signing.mjs';
import { assertComplete, makeVideo, md5sOf } from './video.mjs';
import { discardingWorld, gatewayWorld } from './worlds.mjs';

const run = promisify(execFile);
const CONTEND = fileURLToPath(new URL('contend.mjs', import.meta.url));
const RUN_LIMIT_MS = 300_000;
const WORLDS = { discard: discardingWorld, rgw: gatewayWorld };

/** Run first and not counted: a gateway makes its pools when it is first written to, whole, by parts and in many objects; the file is read. */
const WARM = ['stream', 'lib-storage', 'reelway-s3-12'];

const { values: options } = parseArgs({
  options: {
    ...{ runs: { type: 'string' }, json: { type: 'string' } },
    ...{ smoke: { type: 'boolean', default: false }, publish: { type: 'boolean', default: false } },
  },
});
const runs = countOf(options.runs ?? (options.smoke ? '1' : '5'));
if (options.publish && (options.smoke || runs < 5)) throw new TypeError('Only a full run is published');
const sizeBytes = options.smoke ? 12_000_000 : 114_381_456;
const plan = planOf({ smoke: options.smoke });
let count = 0;
/** Of the segments. */
let md5s = [];

// Lets everything that was started be stopped.
const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => ending.abort());

const directory = await mkdtemp(join(tmpdir(), 'reelway-bench-s3-'));
try {
  const result = await measure();
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(result, null, 2)}\n`);
  if (options.publish) await publish(result);
} finally {
  await rm(directory, { recursive: true, force: true });
}

function countOf(text) {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new TypeError(`Runs are counted from 1: ${text}`);
  return count;
}

async function measure() {
  const file = join(directory, 'video');
  const about = await environment({ sizeBytes, runs });
  for (const line of about.lines) console.log(line);
  console.log(`About ${Math.ceil(planSeconds(Object.keys(WORLDS), plan, { runs, sizeBytes }) / 60)} minutes.`);
  await makeVideo(file, sizeBytes);
  md5s = await md5sOf(file, PIECE_BYTES);
  const { peakRssBytes: idleRssBytes } = await contend({ contender: { module: 'idle' } });
  const tables = [];
  for (const server of Object.keys(WORLDS)) {
    for (const step of plan) tables.push(await table(server, step, file, idleRssBytes));
  }
  return { about: about.facts, sizeBytes, runs, idleRssBytes, tables };
}

/** All contenders at one server and latency, in turns. */
async function table(server, step, file, idleRssBytes) {
  const contenders = takingPart(server, step);
  const samples = new Map(contenders.map(({ id }) => [id, []]));
  const world = await WORLDS[server](step.latencyMs);
  try {
    for (const contender of CONTENDERS.filter(({ id }) => WARM.includes(id))) await once(world, contender, file);
    for (let round = 0; round < runs; round += 1) {
      for (const contender of contenders) samples.get(contender.id).push(await once(world, contender, file));
    }
  } finally {
    await world.stop();
  }
  const summary = summaryOf({ server, latencyMs: step.latencyMs, contenders, samples });
  for (const line of linesOf(summary, idleRssBytes)) console.log(line);
  return summary;
}

/** One run, and a look at what it stored. */
async function once(world, contender, file) {
  count += 1;
  const prefix = `${PREFIX}${count}/`;
  const state = join(directory, `state-${count}`);
  await mkdir(state);
  await world.begin(md5s);
  const { bucket, client, signUrl } = world;
  const urls = await urlsOf(world, contender, prefix);
  const figures = await contend({
    contender,
    file,
    sizeBytes,
    state,
    bucket,
    client,
    prefix,
    signUrl,
    urls,
    endpoint: world.endpointOf(contender),
  });
  await assertComplete(await world.stored(contender, prefix), { contender, file, sizeBytes });
  if (contender.module === 'reelway' && figures.hash !== 'md5') throw new Error(`Reelway's one hash is ${figures.hash}, not the floor's`);
  await world.clear(prefix);
  await rm(state, { recursive: true });
  return figures;
}

/** Signed addresses for those who know nothing but requests; signing them is not measured. */
async function urlsOf(world, { module, pieceBytes }, prefix) {
  if (module === 'stream') return [await world.urlFor(`${prefix}video`, sizeBytes)];
  if (module !== 'pieces') return [];
  const keys = Array.from({ length: Math.ceil(sizeBytes / PIECE_BYTES) }, (_, index) => index);
  return Promise.all(keys.map((index) => world.urlFor(`${prefix}${index}`, Math.min(pieceBytes, sizeBytes - index * pieceBytes))));
}

async function contend(job) {
  const path = join(directory, 'job.json');
  await writeFile(path, JSON.stringify(job));
  const limits = { timeout: RUN_LIMIT_MS, maxBuffer: 1_048_576, signal: ending.signal };
  return JSON.parse((await run(process.execPath, [CONTEND, path], limits)).stdout);
}
