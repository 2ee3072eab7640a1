/** One JSON object per line, for programs. The last one is `completed` or `failed`. */
import type { CliHost } from '../host.js';
import type { Facts, Output, Progress } from './output.js';

const PROGRESS_EVERY_MS = 200;

/** JSON lines on standard output; progress at most five times a second, and always its end. */
export function jsonOutput(host: CliHost): Output {
  const write = (type: string, facts: Facts): void => host.writeOut(`${JSON.stringify({ type, ...facts })}\n`);
  let lastMs = Number.NEGATIVE_INFINITY;
  let lastBytes = -1;
  const progress = (now: Progress): void => {
    const nowMs = host.nowMs();
    const isEnd = now.bytes === now.totalBytes && now.bytes !== lastBytes;
    if (nowMs - lastMs < PROGRESS_EVERY_MS && !isEnd) return;
    lastMs = nowMs;
    lastBytes = now.bytes;
    write('progress', { ...now });
  };
  return {
    begin: () => undefined,
    progress,
    note: (type, facts) => write(type, facts),
    warning: (error) => write('warning', { code: error.code, message: error.message, userMessage: error.userMessage }),
    item: (type, facts) => write(type, facts),
    completed: (facts) => write('completed', facts),
    failed: (code, message, userMessage) => write('failed', { code, message, userMessage }),
  };
}
