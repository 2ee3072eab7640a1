/** The example's servers, each as a process of its own, and its other parts: bundled from their own files, with the libraries of this suite. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { SignRequests } from '../../adapters/http/index.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A running example. */
export interface SignerExample {
  /** Where to ask. */
  readonly url: string;
  stop(): Promise<void>;
}

async function bundle(name: string, folder: string): Promise<string> {
  const outfile = join(folder, `${name}.cjs`);
  await build({
    entryPoints: [join(ROOT, 'examples/signer', name)],
    alias: { 'reelway/s3-signer': join(ROOT, 'adapters/s3-signer/index.ts'), reelway: join(ROOT, 'src/index.ts') },
    nodePaths: [join(ROOT, 'test/s3/node_modules')],
    ...{ outfile, bundle: true, platform: 'node', format: 'cjs', target: 'node20' },
  });
  return outfile;
}

/** A module of the example, loaded into this process. */
async function loadExample<Exports>(name: string): Promise<Exports> {
  const folder = await mkdtemp(join(tmpdir(), 'reelway-signer-'));
  const loaded = createRequire(import.meta.url)(await bundle(name, folder)) as Exports;
  await rm(folder, { recursive: true });
  return loaded;
}

/** The example's client side. */
export async function signOfExample(url: string, token: string): Promise<SignRequests> {
  const { createSign } = await loadExample<{ createSign(of: { readonly url: string; readonly token: () => string }): SignRequests }>(
    'sign.mjs',
  );
  return createSign({ url, token: () => token });
}

/** What a route handler of Next exports. */
export type RouteHandler = (request: Request) => Promise<Response>;

/** The example's route, which takes its settings from this process's environment. */
export function routeOfExample(): Promise<{ readonly [method: string]: RouteHandler }> {
  return loadExample('next-route.mjs');
}

/** Starts a server of the example with this environment, and waits until it says where it is. */
export async function startSignerExample(environment: { readonly [name: string]: string }, name = 'server.mjs'): Promise<SignerExample> {
  const folder = await mkdtemp(join(tmpdir(), 'reelway-signer-'));
  const outfile = await bundle(name, folder);
  const child = spawn(process.execPath, [outfile], { env: { ...environment, PORT: '0' }, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill();
    await ended;
    await rm(folder, { recursive: true });
  };
  const lines = createInterface({ input: child.stdout });
  const url = await new Promise<string | undefined>((resolve) => {
    lines.on('line', (line) => resolve(/http:\S+/.exec(line)?.[0]));
    child.once('exit', () => resolve(undefined));
  });
  if (url === undefined) {
    await stop();
    throw new Error('The example did not start');
  }
  return { url, stop };
}
