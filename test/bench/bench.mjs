/**
 * `npm run bench`: an upload of 114,381,456 bytes into a directory against a bare floor, in the same run, taking turns.
 * `-- --smoke` does one small round of each, to see that it works.
 */
import { execFile } from 'node:child_process';
import { createCipheriv } from 'node:crypto';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { cpus, loadavg, release, tmpdir, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ONE_RUN = fileURLToPath(new URL('one-run.mjs', import.meta.url));
const smoke = process.argv.includes('--smoke');
const SIZE = smoke ? 16_777_216 : 114_381_456;
const ROUNDS = smoke ? 1 : 5;
const MIB = 1_048_576;

const directory = await mkdtemp(join(tmpdir(), 'reelway-bench-'));
try {
  environment();
  const file = join(directory, 'source');
  await makeFile(file, SIZE);
  for (const durability of ['full', 'process']) await compare(file, durability);
} finally {
  await rm(directory, { recursive: true, force: true });
}

function environment() {
  const [cpu] = cpus();
  console.log(
    `Node ${process.version}, ${type()} ${release()}, ${cpus().length} × ${cpu?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 1024 ** 3)} GiB`,
  );
  console.log(
    `load ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')}; ${SIZE.toLocaleString('en-US')} bytes, medians of ${ROUNDS}, taking turns, files in ${tmpdir()}`,
  );
}

async function compare(file, durability) {
  const runs = { floor: [], reelway: [] };
  // A round that is not counted, so that neither pays for the first reading of the file.
  const { hash: algorithm } = await once({ contender: 'reelway', file, durability });
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const contender of ['floor', 'reelway']) runs[contender].push(await once({ contender, file, durability, algorithm }));
  }
  const floor = medians(runs.floor);
  const reelway = medians(runs.reelway);
  console.log();
  console.log(
    durability === 'full'
      ? 'Durable through a power cut (fsync of every file and its directory, both)'
      : 'Durable through a kill (no fsync, neither)',
  );
  row('', 'floor', 'reelway');
  row('wall', `${floor.wallMs.toFixed(0)} ms`, `${reelway.wallMs.toFixed(0)} ms`);
  row('throughput', rate(floor), rate(reelway));
  row('wall over floor', '1.00', (reelway.wallMs / floor.wallMs).toFixed(2));
  row('processor time', `${floor.cpuMs.toFixed(0)} ms`, `${reelway.cpuMs.toFixed(0)} ms`);
  row('event loop delay p99', `${floor.loopP99Ms.toFixed(1)} ms`, `${reelway.loopP99Ms.toFixed(1)} ms`);
  row('resident memory over start', mib(floor.rssGrowthBytes), mib(reelway.rssGrowthBytes));
  row('segment buffers at most', mib(3 * 524_288), mib(reelway.peakBufferBytes));
  row('journal', '-', `${((100 * reelway.journalBytes) / SIZE).toFixed(3)} % of the video`);
  row('hash', algorithm, algorithm);
}

async function once(job) {
  const place = await mkdtemp(join(directory, `${job.contender}-`));
  try {
    const full = { ...job, bucket: join(place, 'bucket'), state: join(place, 'state') };
    const { stdout } = await run(process.execPath, [ONE_RUN, JSON.stringify(full)]);
    return JSON.parse(stdout);
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

function medians(runs) {
  const names = Object.keys(runs[0]).filter((name) => typeof runs[0][name] === 'number');
  return Object.fromEntries(names.map((name) => [name, median(runs.map((each) => each[name]))]));
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

function rate({ wallMs }) {
  return `${(SIZE / 1e6 / (wallMs / 1_000)).toFixed(0)} MB/s`;
}

function mib(bytes) {
  return `${(bytes / MIB).toFixed(1)} MiB`;
}

function row(name, ...cells) {
  console.log(`  ${name.padEnd(28)}${cells.map((cell) => cell.padStart(14)).join('')}`);
}

async function makeFile(path, sizeBytes) {
  const noise = createCipheriv('aes-128-ctr', Buffer.alloc(16, 3), Buffer.alloc(16));
  const zeros = Buffer.alloc(524_288);
  const target = await open(path, 'w');
  for (let left = sizeBytes; left > 0; left -= zeros.length)
    await target.write(noise.update(zeros.subarray(0, Math.min(left, zeros.length))));
  await target.sync();
  await target.close();
}
