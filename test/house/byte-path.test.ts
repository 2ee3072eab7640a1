/** The way of a byte, as a run shows it, stands in the architecture page. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { plantTree, ROOT, runTool } from './planted-tree.js';

const PAGE = 'docs/architecture.md';

/** Runs the script against a page. */
function check(page: string): ReturnType<typeof runTool> {
  return runTool('tsx/dist/cli.mjs', ['test/house/byte-path.ts', '--check', '--page', page], ROOT);
}

it('finds the lists of a run in the architecture page', async () => {
  const { exitCode, stdout, stderr } = await check(join(ROOT, PAGE));
  expect(stderr).toBe('');
  expect(stdout).toMatch(/\*\*Up\*\*: [1-9].*`upload\/.*`transfer\/.*\*\*Down\*\*: [1-9].*`fetch\//s);
  expect(exitCode).toBe(0);
});

it('refuses a page that lacks a file of the lists', async () => {
  const page = readFileSync(join(ROOT, PAGE), 'utf8').replace(/(byte-path: made by.*?\n1\. [^:]*: )`[^`]+`, /s, '$1');
  const { exitCode, stderr } = await check(join(plantTree({ 'page.md': page }), 'page.md'));
  expect(stderr).toContain('The lists in the page are not those of this run');
  expect(exitCode).toBe(1);
});
