/** When to kill a process, by the clock, so that a kill may hit anything. */
import type { ChildProcess } from 'node:child_process';
import type { RunOptions } from '../../e2e/kit/cli.js';

/**
 * Every fourth time counted from the start of the process, which may be killed before it has done anything; else from its first
 * word, when bytes are on their way, on slow machines too.
 */
export function killSometime(random: () => number): RunOptions {
  const fromStart = random() < 0.25;
  let timer: NodeJS.Timeout | undefined;
  const arm = (child: ChildProcess, delayMs: number): void => {
    timer ??= setTimeout(() => child.kill('SIGKILL'), delayMs);
    child.once('exit', () => clearTimeout(timer));
  };
  return {
    onStart: (child) => {
      if (fromStart) arm(child, 100 + random() * 1_200);
    },
    onLine: (_line, child) => {
      if (timer === undefined) arm(child, random() * 900);
    },
  };
}
