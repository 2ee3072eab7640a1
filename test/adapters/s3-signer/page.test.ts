/** The page on signing shows the code of the example that the tests run, and nothing else. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const PAGE = readFileSync('docs/s3.md', 'utf8');
const FOLDER = 'examples/signer';

/** The page's parts on the app's and the server's side of signing. */
const signing = PAGE.slice(PAGE.indexOf('## Signed addresses'), PAGE.indexOf('## CORS'));
const shown = [...signing.matchAll(/```js\n(.*?)\n```/gs)].map(([, code = '']) => code);
const files = readdirSync(FOLDER).filter((name) => name.endsWith('.mjs'));

describe('the page on signing', () => {
  it('shows lines that stand in the example exactly so', () => {
    const examples = files.map((name) => readFileSync(`${FOLDER}/${name}`, 'utf8'));
    expect(shown.length).toBeGreaterThan(5);
    expect(shown.filter((code) => !examples.some((example) => example.includes(code)))).toEqual([]);
  });

  it('names every file of the example', () => {
    expect(files.filter((name) => !signing.includes(`${FOLDER}/${name}`))).toEqual([]);
  });
});
