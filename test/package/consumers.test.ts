/** The tarball in the hands of small apps: ES modules, CommonJS, TypeScript and Jest, on every Node line that is promised. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { arch, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { ROOT } from '../house/planted-tree.js';
import { installLocked, must, run } from './world.js';

const LINES = ['20', '22', '24'] as const;

/** Node's binary of a line, as npm ships it. */
function nodeOf(line: string): string {
  return join(inject('world'), `nodes/node_modules/node-${line}-linux-${arch()}/bin/node`);
}

function example(name: string): string {
  const folder = join(inject('world'), name);
  cpSync(join(ROOT, 'examples', name), folder, { recursive: true });
  return folder;
}

beforeAll(async () => {
  const world = inject('world');
  cpSync(join(ROOT, 'test/package/nodes'), join(world, 'nodes'), { recursive: true });
  await Promise.all(['nodes', 'jest'].map((folder) => installLocked(join(world, folder))));
  // The compiler of the repository itself; older ones have a suite of their own.
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  await must(process.execPath, [tsc, '-p', join(world, 'typescript')], world);
});

describe.each(LINES)('on Node %s', (line) => {
  it('is that Node', async () => {
    expect(await must(nodeOf(line), ['--version'], inject('world'))).toMatch(new RegExp(`^v${line}\\.`));
  });

  it('works in ES modules', async () => {
    expect(await must(nodeOf(line), ['esm/main.mjs'], inject('world'))).toContain('esm ok');
  });

  it('works in CommonJS, beside the other format', async () => {
    const output = await must(nodeOf(line), ['cjs/main.cjs'], inject('world'));
    expect(output).toContain('cjs ok');
    expect(output).toContain('brand ok');
  });

  it('works from TypeScript in both formats', async () => {
    expect(await must(nodeOf(line), ['typescript/out/main.mjs'], inject('world'))).toContain('typed esm ok true');
    expect(await must(nodeOf(line), ['typescript/out/main.cjs'], inject('world'))).toContain('typed cjs ok true');
  });

  it('works under Jest, conformance suites too', async () => {
    const jest = join(inject('world'), 'jest');
    const output = await must(nodeOf(line), ['node_modules/jest/bin/jest.js', '--ci', '--json', '--no-cache'], jest);
    const report = JSON.parse(output.slice(output.indexOf('{"'), output.lastIndexOf('}') + 1)) as {
      numPassedTests: number;
      numFailedTests: number;
    };
    expect(report.numFailedTests).toBe(0);
    expect(report.numPassedTests).toBeGreaterThan(30);
  });

  it('runs the command line: upload, fetch, verify', async () => {
    const world = inject('world');
    const folder = mkdtempSync(join(tmpdir(), 'reelway-cli-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const bytes = Buffer.alloc(1_200_000, 'reelway ');
    writeFileSync(join(folder, 'clip.mp4'), bytes);
    const cli = (...args: string[]) => run(nodeOf(line), [join(world, 'node_modules/reelway/dist/cli.js'), ...args], folder);
    const upload = await cli('upload', 'clip.mp4', '--to', 'bucket', '--id', 'clip', '--state', 'state', '--json');
    expect(upload.output.trim().split('\n').at(-1)).toContain('"type":"completed"');
    const fetch = await cli('fetch', 'bucket', 'clip', '--out', 'out.mp4', '--cache', 'cache', '--json');
    expect([upload.exitCode, fetch.exitCode], fetch.output).toEqual([0, 0]);
    expect(readFileSync(join(folder, 'out.mp4')).equals(bytes)).toBe(true);
    expect((await cli('verify', 'bucket', 'clip')).exitCode).toBe(0);
    expect((await cli('upload')).exitCode).toBe(2);
    const version = (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version;
    expect((await cli('--version')).output.trim()).toBe(version);
  });

  it('runs the example of an adapter of one’s own', async () => {
    const folder = example('custom-adapter');
    const { scripts } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { scripts: { test: string } };
    expect(scripts.test).toMatch(/^node /);
    const { exitCode, output } = await run(nodeOf(line), scripts.test.split(' ').slice(1), folder);
    expect(exitCode, output).toBe(0);
  });
});

describe('the consumers', () => {
  it('find the tarball, and no other copy of the package', () => {
    const world = inject('world');
    const copies = readdirSync(world, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('node_modules/reelway'));
    expect(copies).toEqual(['node_modules/reelway']);
    expect(existsSync(join(dirname(world), 'node_modules/reelway'))).toBe(false);
    mkdirSync(join(world, 'empty'), { recursive: true });
  });
});
