/** The built command line against the gateway: in a folder of its own, without whatever AWS settings this machine has. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RunOptions, type RunResult, runCli } from '../e2e/kit/cli.js';
import type { GatewayAddress } from './world.js';

/** Where the AWS SDK of this suite is found. */
export const SDK_DIRECTORY = fileURLToPath(new URL('.', import.meta.url));

/** Environment variables; `undefined` takes one away. */
export type Environment = NonNullable<RunOptions['env']>;

/** A command line over one folder. */
export interface CommandLine {
  /** Runs `reelway` and reads its JSON lines. */
  (args: readonly string[], options?: RunOptions): Promise<RunResult>;
  readonly state: string;
}

/** No settings of AWS at all, but for what keeps it from asking a machine in a data centre. */
function bare(folder: string): Environment {
  const names = Object.keys(process.env).filter((name) => name.startsWith('AWS_') || name.startsWith('XDG_'));
  return {
    ...Object.fromEntries(names.map((name) => [name, undefined])),
    NODE_PATH: undefined,
    HOME: folder,
    AWS_EC2_METADATA_DISABLED: 'true',
    XDG_STATE_HOME: join(folder, 'state'),
    XDG_CACHE_HOME: join(folder, 'cache'),
  };
}

/** The keys of the gateway as the standard variables. */
export function keysOf({ accessKeyId, secretAccessKey }: Pick<GatewayAddress, 'accessKeyId' | 'secretAccessKey'>): Environment {
  return { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
}

/** Makes a command line whose home, state and cache are in `folder`. */
export function commandLine(folder: string, environment: Environment): CommandLine {
  mkdirSync(folder, { recursive: true });
  const run = (args: readonly string[], options: RunOptions = {}): Promise<RunResult> =>
    runCli(args.includes('--text') ? args.filter((arg) => arg !== '--text') : [...args, '--json'], {
      cwd: SDK_DIRECTORY,
      ...options,
      env: { ...bare(folder), ...environment, ...options.env },
    });
  return Object.assign(run, { state: join(folder, 'state', 'reelway') });
}

/** Kills the process once so many bytes are acknowledged. */
export function killedAfter(bytes: number): RunOptions {
  let killed = false;
  return {
    onLine: (line, child) => {
      if (killed || line.type !== 'progress' || Number(line['bytes']) < bytes) return;
      killed = child.kill('SIGKILL');
    },
  };
}
