/** Runs the built command line as a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The built command line. */
const CLI_PATH = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));

/** How a process is run. */
export interface RunOptions {
  readonly env?: { readonly [name: string]: string | undefined };
  /** A command that runs the process: `strace …`. */
  readonly wrapper?: readonly string[];
  /** Options of node itself, before the script. */
  readonly nodeOptions?: readonly string[];
  readonly cwd?: string;
  /** Called with the process as soon as it runs. */
  readonly onStart?: (child: ChildProcess) => void;
  /** Called with each JSON line as it comes. */
  readonly onLine?: (line: JsonLine, child: ChildProcess) => void;
}

/** A line of `--json`. */
export interface JsonLine {
  readonly type: string;
  readonly [name: string]: unknown;
}

/** How a process ended. */
export interface RunResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The JSON lines of standard output. */
  readonly lines: readonly JsonLine[];
  /** The last of them. */
  readonly last: JsonLine | undefined;
}

/** Runs `reelway` with these arguments. */
export function runCli(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  if (!existsSync(CLI_PATH)) throw new TypeError(`Not built: ${CLI_PATH}. Run npm run build first`);
  return runNode(CLI_PATH, args, options);
}

/** Runs a script under this very Node. */
export function runNode(script: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const [command, ...rest] = [...(options.wrapper ?? []), process.execPath, ...(options.nodeOptions ?? []), script, ...args];
  const child = spawn(command as string, rest, {
    cwd: options.cwd,
    env: { ...process.env, NODE_OPTIONS: '', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  options.onStart?.(child);
  const lines: JsonLine[] = [];
  let stdout = '';
  let stderr = '';
  let partial = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    const parts = (partial + text).split('\n');
    partial = parts.pop() ?? '';
    for (const part of parts) {
      const line = parse(part);
      if (line === undefined) continue;
      lines.push(line);
      options.onLine?.(line, child);
    }
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr, lines, last: lines[lines.length - 1] }));
  });
}

function parse(text: string): JsonLine | undefined {
  try {
    return JSON.parse(text) as JsonLine;
  } catch {
    return undefined;
  }
}
