/** On what the figures were measured. */
import { execFile } from 'node:child_process';
import { cpus, release, totalmem, type } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import * as peers from '../../s3/peers.mjs';

const run = promisify(execFile);
const BUSY_MS = 3_000;

/** As facts for the figures, and as lines to print. */
export async function environment({ sizeBytes, runs }) {
  const [cpu] = cpus();
  const ceph = /version (\S+)/.exec((await run('radosgw', ['--version'])).stdout)?.[1] ?? 'unknown';
  const facts = {
    node: process.version,
    system: `${type()} ${release()}`,
    processor: `${cpus().length} × ${cpu?.model.trim() ?? 'unknown'}`,
    memoryBytes: totalmem(),
    busyShare: await busyShare(),
    versions: { ceph, ...(await peers.versions()) },
  };
  const lines = [
    `Node ${facts.node}, ${facts.system}, ${facts.processor}, ${Math.round(facts.memoryBytes / 1024 ** 3)} GiB`,
    Object.entries(facts.versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
    `${sizeBytes.toLocaleString('en-US')} bytes; ${repeatsInWords(runs)}; taking turns, each in a process of its own`,
    ...(facts.busyShare > 0.05 ? [`Other programs take ${percent(facts.busyShare)} of the processors: times will be too long.`] : []),
    'Latency: the discarding server waits before each answer; in front of the gateway a proxy delays each direction by half of it.',
  ];
  return { facts, lines };
}

/** The share of all processors that other programs take; the load average would still tell of the installation just before. */
async function busyShare() {
  const before = processorTimes();
  await sleep(BUSY_MS);
  const after = processorTimes();
  return 1 - (after.idle - before.idle) / (after.all - before.all);
}

function processorTimes() {
  const times = cpus().map((each) => each.times);
  const all = times.reduce((sum, { user, nice, sys, idle, irq }) => sum + user + nice + sys + idle + irq, 0);
  return { all, idle: times.reduce((sum, { idle }) => sum + idle, 0) };
}

/** In whole percent. */
export function percent(share) {
  return `${Math.round(share * 100)} %`;
}

/** How often everybody runs. */
export function repeatsInWords(runs) {
  return runs === 1 ? 'single runs' : `medians of ${runs} runs`;
}
