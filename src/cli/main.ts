#!/usr/bin/env node
/** The command line as a process. */
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { performance } from 'node:perf_hooks';
import type { CliHost } from './host.js';
import { run } from './program.js';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

function onInterrupt(listener: () => void): () => void {
  let asked = false;
  // Never removed: a library that is the only listener of a signal ends the process at once.
  const onSignal = (signal: NodeJS.Signals): void => {
    if (asked) {
      forget();
      process.kill(process.pid, signal);
    }
    asked = true;
    listener();
  };
  const forget = (): void => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return forget;
}

function processHost(): CliHost {
  const { version } = createRequire(import.meta.url)('reelway/package.json') as { version: string };
  return {
    env: process.env,
    setEnvironment: (name, value) => {
      process.env[name] = value;
    },
    platform: process.platform,
    homeDirectory: homedir(),
    workingDirectory: process.cwd(),
    version,
    writeOut: (text) => void process.stdout.write(text),
    writeErr: (text) => void process.stderr.write(text),
    terminal: process.stderr.isTTY ? process.stderr : undefined,
    onInterrupt,
    nowMs: () => performance.now(),
  };
}

// The reader of a pipe may close it (`| head`); that must not end an upload with a stack trace.
process.stdout.on('error', ignoreClosedPipe);
process.stderr.on('error', ignoreClosedPipe);

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

// No top-level await: everything is built for ES2020.
void run(process.argv.slice(2), processHost()).then((code) => {
  process.exitCode = code;
});
