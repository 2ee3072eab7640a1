/** The count at the end of `.ci/run` hides nothing. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { plantTree, ROOT, runTool, type ToolRun } from './planted-tree.js';

async function count(report: string | undefined): Promise<string> {
  const folder = plantTree(report === undefined ? {} : { 'report.json': report });
  const { exitCode, stdout } = await runTool('../.config/build/count-tests.mjs', [join(folder, 'report.json')], folder);
  expect(exitCode).toBe(0);
  return stdout.trim();
}

const report = (numPassedTests: number, numFailedTests: number, numPendingTests: number, success: boolean) =>
  JSON.stringify({ numPassedTests, numFailedTests, numPendingTests, success });

describe('the count of a suite', () => {
  it.each([
    ['all good', report(12, 0, 1, true), '12 0 1'],
    ['failures', report(10, 2, 0, false), '10 2 0'],
    ['a file that broke before its first test', report(10, 0, 0, false), '10 1 0'],
    ['a run without tests', report(0, 0, 0, true), '0 1 0'],
    ['a torn report', '{"numPassedTests": 12', '0 1 0'],
    ['no report', undefined, '0 1 0'],
  ])('tells of %s', async (_what, text, expected) => {
    expect(await count(text)).toBe(expected);
  });
});

describe('the packages of a suite', () => {
  const install = (stamp: string, run: string): Promise<ToolRun> => {
    const folder = plantTree({ 'suite/node_modules/.reelway-run': stamp });
    return runTool('../.config/build/install.mjs', ['suite'], folder, { REELWAY_RUN: run });
  };

  it('are used again by a later step of the same run', async () => {
    const { exitCode, stdout } = await install('run-1', 'run-1');
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'The packages of suite are used again.\n' });
  });

  it('are installed again by another run', async () => {
    const { exitCode, stderr } = await install('run-1', 'run-2');
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain('package-lock.json');
  });
});

describe('.ci/run', () => {
  it('has every gate that `npm run check` has, and the heavy suites', () => {
    const script = readFileSync(join(ROOT, '.ci/run'), 'utf8');
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: { [name: string]: string } };
    const gates = [...(scripts['check'] ?? '').matchAll(/npm run ([\w:]+)/g)].map((match) => match[1] ?? '');
    expect(gates.length).toBeGreaterThan(3);
    for (const gate of [...gates, 'coverage', 'build', 'demo', 'bench']) expect(script).toContain(`npm run ${gate}`);
    for (const suite of ['test', 'run test:package', 'run test:e2e', 'run test:s3'])
      expect(script).toMatch(new RegExp(`^ *suite '[a-z0-9 ]+' ${suite}$`, 'm'));
  });
});
