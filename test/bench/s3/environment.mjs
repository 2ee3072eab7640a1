/** On what the figures were measured. */
import { execFile } from 'node:child_process';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { promisify } from 'node:util';
import * as peers from '../../s3/peers.mjs';
import { repeatsInWords } from './contenders.mjs';

const run = promisify(execFile);

/** As facts for the figures, and as lines to print. */
export async function environment({ sizeBytes, runs }) {
  const [cpu] = cpus();
  const ceph = /version (\S+)/.exec((await run('radosgw', ['--version'])).stdout)?.[1] ?? 'unknown';
  const facts = {
    node: process.version,
    system: `${type()} ${release()}`,
    processor: `${cpus().length} × ${cpu?.model.trim() ?? 'unknown'}`,
    memoryBytes: totalmem(),
    load: loadavg()[0] ?? 0,
    versions: { ceph, ...(await peers.versions()) },
  };
  const lines = [
    `Node ${facts.node}, ${facts.system}, ${facts.processor}, ${Math.round(facts.memoryBytes / 1024 ** 3)} GiB`,
    Object.entries(facts.versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
    `${sizeBytes.toLocaleString('en-US')} bytes; ${repeatsInWords(runs)}; taking turns, each in a process of its own`,
    ...(facts.load > 0.7 ? [`The machine is busy (load ${facts.load.toFixed(1)}): times will be too long.`] : []),
    'Latency: the discarding server waits before each answer; in front of the gateway a proxy delays each direction by half of it.',
  ];
  return { facts, lines };
}
