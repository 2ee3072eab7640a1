/** A process for the command line that lives inside a test. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { CliHost } from '../../src/cli/host.js';
import { run } from '../../src/cli/program.js';

/** How a run ended. */
export interface TestRun {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly lines: readonly { readonly type: string; readonly [name: string]: unknown }[];
  readonly last: { readonly type: string; readonly [name: string]: unknown };
}

/** A host that keeps what was written, over a directory of its own. */
export function testHost(changes: Partial<CliHost> = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'reelway-cli-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const written = { out: '', err: '' };
  const interrupts = new Set<() => void>();
  let nowMs = 0;
  const host: CliHost = {
    env: { XDG_STATE_HOME: join(directory, 'state'), XDG_CACHE_HOME: join(directory, 'cache') },
    setEnvironment: () => undefined,
    platform: 'linux',
    homeDirectory: directory,
    workingDirectory: directory,
    version: '1.2.3',
    writeOut: (text) => {
      written.out += text;
    },
    writeErr: (text) => {
      written.err += text;
    },
    terminal: undefined,
    onInterrupt: (listener) => {
      interrupts.add(listener);
      return () => interrupts.delete(listener);
    },
    nowMs: () => {
      nowMs += 1;
      return nowMs;
    },
    ...changes,
  };
  return {
    host,
    directory,
    written,
    interrupt: () => {
      for (const listener of interrupts) listener();
    },
    run: async (...args: string[]): Promise<TestRun> => {
      written.out = '';
      written.err = '';
      const code = await run(args, host);
      const lines = written.out.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as TestRun['last']] : []));
      return { code, out: written.out, err: written.err, lines, last: lines[lines.length - 1] ?? { type: 'none' } };
    },
  };
}
