/** Chromium, and the page that it opens. */
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { type Browser, chromium } from 'playwright-core';

/** Debian's. */
const EXECUTABLE = '/usr/bin/chromium';

/** Starts Chromium without a window, installed first where it is missing; nothing of it calls home. */
export async function startChromium(): Promise<Browser> {
  await promisify(execFile)('bash', [fileURLToPath(new URL('../servers/install-chromium.sh', import.meta.url))]);
  return chromium.launch({
    executablePath: EXECUTABLE,
    args: [
      ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
      ...['--disable-component-update', '--disable-sync'],
    ],
  });
}

/** A page's server. */
export interface PageServer {
  readonly origin: string;
  stop(): Promise<void>;
}

/** Bundles the page's script as a team would, and serves it. */
export async function servePage(): Promise<PageServer> {
  const bundled = await build({
    entryPoints: [fileURLToPath(new URL('./page/page.mjs', import.meta.url))],
    ...{ bundle: true, write: false, format: 'esm', platform: 'browser', target: 'es2022' },
  });
  const script = bundled.outputFiles[0]?.text ?? '';
  const page = '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>';
  const server = createServer((request, response) => {
    if (request.url === '/page.js') response.setHeader('content-type', 'text/javascript').end(script);
    else response.setHeader('content-type', 'text/html').end(page);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The page has no port');
  return {
    origin: `http://127.0.0.1:${address.port}`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
