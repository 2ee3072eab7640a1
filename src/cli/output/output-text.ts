/** Text for people: a progress bar on a terminal; elsewhere a line for every 10 %, and after ten seconds without one. */
import { Presets, SingleBar } from 'cli-progress';
import type { CliHost } from '../host.js';
import { bytesInWords, paceInWords } from './format.js';
import type { Output, Progress } from './output.js';

interface Meter {
  show(progress: Progress): void;
  /** Clears the line for other output. */
  clear(): void;
  end(): void;
}

/** Results on standard output; progress, notes and failures on standard error. */
export function textOutput(host: CliHost): Output {
  let verb = 'Working';
  let meter: Meter | undefined;
  let hasEnded = false;
  const line = (text: string): void => {
    meter?.clear();
    host.writeErr(`${text}\n`);
  };
  const finish = (): void => {
    meter?.end();
    meter = undefined;
    hasEnded = true;
  };
  return {
    begin: (name) => {
      verb = name;
    },
    progress: (now) => {
      // A bar has a timer: a bar made after the last line would keep the process running.
      if (hasEnded) return;
      meter ??= host.terminal === undefined ? lineMeter(host, verb) : barMeter(host.terminal, verb);
      meter.show(now);
    },
    note: (_type, _facts, sentence) => line(sentence),
    warning: (error) => line(`Note: ${error.userMessage} (${error.code}: ${error.message})`),
    item: (_type, _facts, text) => host.writeOut(`${text}\n`),
    completed: (_facts, sentence) => {
      finish();
      host.writeOut(`${sentence}\n`);
    },
    failed: (code, message, userMessage) => {
      finish();
      host.writeErr(`${userMessage}\n  ${code}${message === userMessage ? '' : `: ${message}`}\n`);
    },
  };
}

function wordsOf(now: Progress): string {
  const pace = paceInWords(now.bytesPerSecond, now.remainingMs);
  return `${bytesInWords(now.bytes)} of ${bytesInWords(now.totalBytes)}${pace === '' ? '' : `  ${pace}`}`;
}

/** Short enough for a bar in 80 columns. */
function shortWordsOf(now: Progress): string {
  const pace = paceInWords(now.bytesPerSecond, now.remainingMs).replace('about ', '');
  return `of ${bytesInWords(now.totalBytes)}${pace === '' ? '' : `, ${pace}`}`;
}

function barMeter(stream: NodeJS.WritableStream, verb: string): Meter {
  const format = `${verb} {bar} {percentage} % {words}`;
  const bar = new SingleBar(
    { stream, format, barsize: 16, hideCursor: true, linewrap: false, clearOnComplete: false, fps: 8 },
    Presets.shades_classic,
  );
  let started = false;
  return {
    show: (now) => {
      const words = { words: shortWordsOf(now) };
      if (!started) bar.start(now.totalBytes, now.bytes, words);
      else bar.update(now.bytes, words);
      started = true;
    },
    // The bar is redrawn below the line at its next tick.
    clear: () => {
      if (started) stream.write('\r\u001b[K');
    },
    end: () => {
      if (started) bar.stop();
    },
  };
}

const LINE_EVERY_MS = 10_000;

function lineMeter(host: CliHost, verb: string): Meter {
  let lastTenth = -1;
  let lastMs = host.nowMs();
  return {
    show: (now) => {
      const tenth = now.totalBytes === 0 ? 10 : Math.floor((now.bytes / now.totalBytes) * 10);
      if (tenth <= lastTenth && host.nowMs() - lastMs < LINE_EVERY_MS) return;
      lastTenth = Math.max(tenth, lastTenth);
      lastMs = host.nowMs();
      const percent = now.totalBytes === 0 ? 100 : Math.floor((now.bytes / now.totalBytes) * 100);
      host.writeErr(`${verb}: ${percent} %, ${wordsOf(now)}\n`);
    },
    clear: () => undefined,
    end: () => undefined,
  };
}
