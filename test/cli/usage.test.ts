import { describe, expect, it } from 'vitest';
import { testHost } from './host.js';

const WRONG: readonly (readonly string[])[] = [
  [],
  ['nonsense'],
  ['upload'],
  ['upload', 'a.mp4'],
  ['upload', 'a.mp4', '--to'],
  ['upload', 'a.mp4', 'b.mp4', '--to', 'bucket'],
  ['upload', 'a.mp4', '--to', 'bucket', '--priority', 'urgent'],
  ['upload', 'a.mp4', '--to', 'bucket', '--nonsense'],
  ['upload', 'a.mp4', '--to', 's3://'],
  ['upload', 'a.mp4', '--to', 'gs://videos'],
  ['upload', 'a.mp4', '--to', 'https://example.org/videos'],
  ['upload', 'a.mp4', '--to', 'bucket', '--endpoint', 'https://example.org'],
  ['fetch', 's3://videos', 'v', '--out', 'o', '--endpoint', 'example.org'],
  ['upload', 'a.mp4', '--to', ''],
  ['upload', '', '--to', 'bucket'],
  ['fetch', 'bucket', 'v'],
  ['fetch', 'bucket', 'v', '--out', ''],
  ['fetch', 'bucket', 'v', '--out', 'o', '--cache-bytes', '1e9'],
  ['fetch', 'bucket', 'v', '--out', 'o', '--cache-bytes', '-1'],
  ['fetch', 'bucket', 'v', '--out', 'o', '--cache-bytes', '1048575'],
  ['fetch', 'bucket', 'v', '--out', 'o', '--cache-bytes', '99999999999999999'],
  ['inspect', 'bucket'],
  ['inspect', 'https://ann:secret@example.org/', 'v'],
  ['verify', 'https://example.org/', 'v', '--path-style'],
  ['cancel'],
  ['queue', '--region', 'eu-west-1'],
];

describe('a command line that is not written right', () => {
  it.each(WRONG.map((args) => [args.join(' '), args] as const))('%s: exit 2, told to people', async (_name, args) => {
    const { run } = testHost();
    const { code, out, err } = await run(...args);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toMatch(/reelway --help/);
  });

  it.each(WRONG.map((args) => [args.join(' '), args] as const))('%s --json: exit 2, one failed line', async (_name, args) => {
    const { run } = testHost();
    const { code, lines, err } = await run(...args, '--json');
    expect(code).toBe(2);
    expect(lines).toEqual([{ type: 'failed', code: 'INVALID_CONFIG', message: expect.any(String), userMessage: expect.any(String) }]);
    expect(err).toBe('');
  });
});

describe('what the command line says of itself', () => {
  it('shows its forms', async () => {
    const { code, out } = await testHost().run('--help');
    expect(code).toBe(0);
    for (const command of ['upload', 'fetch', 'inspect', 'verify', 'queue', 'cancel']) expect(out).toContain(`  ${command} `);
  });

  it('shows the form of one command', async () => {
    const { code, out } = await testHost().run('upload', '--help');
    expect(code).toBe(0);
    expect(out).toContain('--to <bucket>');
  });

  it('shows its version', async () => {
    const { code, out } = await testHost().run('--version');
    expect(code).toBe(0);
    expect(out).toBe('1.2.3\n');
  });
});
