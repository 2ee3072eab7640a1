/** The page about signed addresses shows the example's own code. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const EXAMPLE = join(ROOT, 'examples/signer');

it('shows code that the example holds, and so the tests have run', () => {
  const page = readFileSync(join(ROOT, 'docs/s3.md'), 'utf8');
  const chapters = page.slice(page.indexOf('## Signed addresses'), page.indexOf('## CORS'));
  const blocks = [...chapters.matchAll(/```js\n([\s\S]*?)\n```/g)].map(([, code = '']) => code);
  const sources = readdirSync(EXAMPLE)
    .filter((name) => name.endsWith('.mjs'))
    .map((name) => readFileSync(join(EXAMPLE, name), 'utf8'));
  expect(blocks.length).toBe(3);
  for (const block of blocks) expect(sources.filter((source) => source.includes(block)).length).toBe(1);
});
