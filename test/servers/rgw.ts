/**
 * A real S3 server for tests: Ceph's object gateway over one monitor and one in-memory OSD, all on loopback and in one temporary folder.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const READY_MS = 120_000;

/** How a gateway is started. */
export interface RgwOptions {
  /** Paths of a certificate and its key, as PEM: it then speaks TLS on a port of its own too. @default plain HTTP alone */
  readonly certificate?: { readonly certPath: string; readonly keyPath: string };
}

/** A running gateway. */
export interface RgwServer {
  readonly endpoint: string;
  /** Where it speaks TLS. */
  readonly secureEndpoint?: string;
  readonly port: number;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Ends all its processes and removes its folder. */
  stop(): Promise<void>;
}

interface Ports {
  readonly monitor: number;
  readonly gateway: number;
  readonly secure: number;
}

/** Starts the gateway and waits until it answers; once more under other ports, since another program may have taken one meanwhile. */
export async function startRgw(options: RgwOptions = {}): Promise<RgwServer> {
  try {
    return await startOnce(options);
  } catch (error) {
    console.warn(`Starting the object gateway once more: ${String(error)}`);
    return startOnce(options);
  }
}

async function startOnce(options: RgwOptions): Promise<RgwServer> {
  const folder = await mkdtemp(join(tmpdir(), 'reelway-rgw-'));
  const ports: Ports = { monitor: await freePort(), gateway: await freePort(), secure: await freePort() };
  const children: ChildProcess[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(children.splice(0).reverse().map(endChild));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await startCluster(folder, ports, children, options);
    const user = await createUser(folder);
    const secure = options.certificate === undefined ? {} : { secureEndpoint: `https://127.0.0.1:${ports.secure}` };
    return { endpoint: `http://127.0.0.1:${ports.gateway}`, port: ports.gateway, ...secure, ...user, stop };
  } catch (error) {
    const log = await readFile(join(folder, 'run', 'client.rgw.log'), 'utf8').catch(() => 'no log');
    await stop();
    throw new Error(`The object gateway did not start:\n${log.slice(-2000)}`, { cause: error });
  }
}

async function startCluster(folder: string, ports: Ports, children: ChildProcess[], options: RgwOptions): Promise<void> {
  const fsid = randomUUID();
  const conf = join(folder, 'ceph.conf');
  for (const name of ['mon', 'osd', 'run', 'rgw']) await mkdir(join(folder, name));
  await writeFile(conf, configuration(folder, fsid, ports, options));
  const daemon = (command: string, ...args: string[]): void => {
    children.push(spawn(command, [...args, '-c', conf, '-f'], { stdio: 'ignore' }));
  };
  await run('monmaptool', ['--create', '--fsid', fsid, '--addv', 'a', `[v2:127.0.0.1:${ports.monitor}]`, join(folder, 'monmap')]);
  await run('ceph-mon', ['-i', 'a', '--mkfs', '--monmap', join(folder, 'monmap'), '-c', conf]);
  daemon('ceph-mon', '-i', 'a');
  const osdUuid = randomUUID();
  const osdId = (await run('ceph', ['-c', conf, '--connect-timeout', '60', 'osd', 'new', osdUuid])).stdout.trim();
  await run('ceph-osd', ['-i', osdId, '-c', conf, '--mkfs', '--osd-uuid', osdUuid]);
  daemon('ceph-osd', '-i', osdId);
  await until(async () => (await run('ceph', ['-c', conf, 'osd', 'stat'])).stdout.includes('1 up'));
  daemon('radosgw', '-n', 'client.rgw');
  await until(async () => (await fetch(`http://127.0.0.1:${ports.gateway}/`)).status > 0);
}

async function createUser(folder: string): Promise<{ accessKeyId: string; secretAccessKey: string }> {
  const user = { accessKeyId: 'REELWAYTEST', secretAccessKey: randomUUID() };
  await run('radosgw-admin', [
    ...['-c', join(folder, 'ceph.conf'), 'user', 'create', '--uid', 'test', '--display-name', 'test'],
    ...['--access-key', user.accessKeyId, '--secret', user.secretAccessKey],
  ]);
  return user;
}

function configuration(folder: string, fsid: string, ports: Ports, { certificate }: RgwOptions): string {
  const secure =
    certificate === undefined
      ? ''
      : ` ssl_endpoint=127.0.0.1:${ports.secure} ssl_certificate=${certificate.certPath} ssl_private_key=${certificate.keyPath}`;
  return `[global]
fsid = ${fsid}
mon host = v2:127.0.0.1:${ports.monitor}
auth cluster required = none
auth service required = none
auth client required = none
ms mon client mode = crc
public addr = 127.0.0.1
run dir = ${folder}/run
admin socket = ${folder}/run/$name.asok
log file = ${folder}/run/$name.log
osd pool default size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
mon allow pool size one = true
mon max pg per osd = 1000
[mon]
mon data = ${folder}/mon
[osd]
osd data = ${folder}/osd
osd objectstore = memstore
memstore device bytes = 6442450944
osd class load list = *
osd class default list = *
[client.rgw]
rgw data = ${folder}/rgw
rgw frontends = beast endpoint=127.0.0.1:${ports.gateway}${secure}
rgw dns name = localhost
`;
}

async function until(check: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + READY_MS;
  for (;;) {
    if (await check().catch(() => false)) return;
    if (Date.now() > deadline) throw new Error('It was not ready in time');
    await sleep(200);
  }
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGKILL');
  await ended;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('No free port');
  return address.port;
}
