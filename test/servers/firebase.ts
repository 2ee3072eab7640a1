/** Google's storage emulator for tests, on loopback, in a process and a temporary folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SERVER = fileURLToPath(new URL('../firebase/emulator/server.cjs', import.meta.url));
const READY_MS = 60_000;

/** A running emulator. */
export interface FirebaseEmulator {
  readonly port: number;
  /** Ends its process and removes its folder. */
  stop(): Promise<void>;
}

/** Starts the emulator and waits until it answers; once more under another port, since another program may have taken that one meanwhile. */
export async function startFirebaseEmulator(): Promise<FirebaseEmulator> {
  try {
    return await startOnce();
  } catch (error) {
    console.warn(`Starting the emulator once more: ${String(error)}`);
    return startOnce();
  }
}

async function startOnce(): Promise<FirebaseEmulator> {
  const folder = await mkdtemp(join(tmpdir(), 'reelway-firebase-'));
  const port = await freePort();
  // All that it and its libraries write goes below one folder.
  const env = { ...process.env, TMPDIR: folder, HOME: folder, XDG_CONFIG_HOME: folder };
  const child = spawn(process.execPath, [SERVER, String(port)], { cwd: folder, env, stdio: ['pipe', 'pipe', 'pipe'] });
  const stop = async (): Promise<void> => {
    await ended(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await ready(child);
    return { port, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function ready(child: ChildProcess): Promise<void> {
  let said = '';
  await new Promise<void>((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(`The emulator ${why}:\n${said.slice(-2000)}`));
    const timer = setTimeout(() => fail('did not start in time'), READY_MS);
    const listen = (text: string): void => {
      said += text;
      if (!/^ready$/m.test(said)) return;
      clearTimeout(timer);
      resolve();
    };
    child.stdout?.setEncoding('utf8').on('data', listen);
    child.stderr?.setEncoding('utf8').on('data', listen);
    child.once('error', reject).once('exit', () => {
      clearTimeout(timer);
      fail('ended');
    });
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (address === null || typeof address === 'string') throw new Error('No free port');
  return address.port;
}
