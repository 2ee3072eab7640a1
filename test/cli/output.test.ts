import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openOutput } from '../../src/cli/output/open-output.js';
import type { Output } from '../../src/cli/output/output.js';
import { ReelwayError } from '../../src/index.js';
import { testHost } from './host.js';

const MIB = 1_048_576;

function at(bytes: number) {
  return { videoId: 'v', uploadId: 'u', bytes, totalBytes: 100 * MIB, bytesPerSecond: 2e6, remainingMs: 5_000 };
}

describe('lines for programs', () => {
  it('come at most five times a second, and at the end always', () => {
    let nowMs = 0;
    const { host, written } = testHost({ nowMs: () => nowMs });
    const output = openOutput(host, true);
    for (let done = 0; done <= 100; done += 1) {
      output.progress(at(done * MIB));
      nowMs += 10;
    }
    const lines = written.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; bytes: number });
    expect(lines.map(({ bytes }) => bytes / MIB)).toEqual([0, 20, 40, 60, 80, 100]);
    expect(lines.every(({ type }) => type === 'progress')).toBe(true);
  });

  it('hold a failure whole', () => {
    const { host, written } = testHost();
    openOutput(host, true).failed('NETWORK', 'a "quoted"\nmessage', 'for people');
    expect(JSON.parse(written.out)).toEqual({ type: 'failed', code: 'NETWORK', message: 'a "quoted"\nmessage', userMessage: 'for people' });
    expect(written.out.split('\n')).toHaveLength(2);
  });
});

describe('plain lines', () => {
  it('are sparse: one for each tenth', () => {
    const { host, written } = testHost({ nowMs: () => 0 });
    const output = openOutput(host, false);
    output.begin('Uploading');
    for (let done = 0; done <= 100; done += 1) output.progress(at(done * MIB));
    expect(written.err.trim().split('\n')).toHaveLength(11);
    expect(written.err).toContain('Uploading: 50 %, 52.4 MB of 104.9 MB  2.0 MB/s, about 5 s left');
    expect(written.out).toBe('');
  });

  it('come every ten seconds on a slow link', () => {
    let nowMs = 0;
    const { host, written } = testHost({ nowMs: () => nowMs });
    const output = openOutput(host, false);
    for (let tick = 0; tick < 60; tick += 1) {
      output.progress(at(MIB));
      nowMs += 1_000;
    }
    expect(written.err.trim().split('\n')).toHaveLength(6);
  });

  it('know an empty video', () => {
    const { host, written } = testHost();
    openOutput(host, false).progress({ videoId: 'v', bytes: 0, totalBytes: 0 });
    expect(written.err).toBe('Working: 100 %, 0 B of 0 B\n');
  });

  it('say failures and warnings with their codes', () => {
    const { host, written } = testHost();
    const output = openOutput(host, false);
    output.warning(new ReelwayError('QUEUE_RECORD_CORRUPT', { message: 'record x' }));
    output.failed('STORAGE_FULL', 'no space', 'The device is full.');
    expect(written.err).toContain('QUEUE_RECORD_CORRUPT: record x');
    expect(written.err).toContain('The device is full.\n  STORAGE_FULL: no space\n');
  });

  it('put results on standard output', () => {
    const { host, written } = testHost();
    const output = openOutput(host, false);
    output.item('upload', {}, 'one');
    output.completed({}, 'done');
    expect(written.out).toBe('one\ndone\n');
  });
});

describe('progress after the last line', () => {
  it.each([
    ['completed', (output: Output) => output.completed({}, 'done')],
    ['failed', (output: Output) => output.failed('NETWORK', 'x', 'y')],
  ])('draws no bar and sets no timer: %s', (_name, end) => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const terminal = Object.assign(Object.create(process.stderr) as NodeJS.WriteStream, { isTTY: true, columns: 80, write: () => true });
    const output = openOutput(testHost({ terminal }).host, false);
    output.progress(at(0));
    end(output);
    expect(vi.getTimerCount()).toBe(0);
    output.progress(at(50 * MIB));
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a bar on a terminal', () => {
  it('fits 80 columns, and ends with the result below it', () => {
    let drawn = '';
    const terminal = Object.assign(Object.create(process.stderr) as NodeJS.WriteStream, {
      isTTY: true,
      columns: 80,
      write: (text: string) => {
        drawn += text;
        return true;
      },
    });
    const { host, written } = testHost({ terminal });
    const output = openOutput(host, false);
    output.begin('Uploading');
    output.progress(at(0));
    output.progress(at(50 * MIB));
    output.note('retry', {}, 'A note.');
    output.progress(at(100 * MIB));
    output.completed({}, 'done');
    expect(drawn).toContain('100 %');
    expect(written.err).toContain('A note.\n');
    expect(written.out).toBe('done\n');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the terminal's own sequences are what is taken out
    const lines = drawn.split(/[\r\n]|\u001b\[0G/).map((line) => line.replace(/\u001b\[[?0-9;]*[A-Za-z]/g, ''));
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  });
});
