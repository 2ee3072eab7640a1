/** The page about writing an adapter shows the example's own code, names every clause and claim, and the example passes its tests. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { blobStoreSuite, conformanceClauses, runSuite } from '../../src/conformance/index.js';
import { puttingPlants } from './plants/blob-store-put.js';
import { goodBlobStore } from './plants/good-blob-store.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const example = join(root, 'examples/custom-adapter');
const tsconfig = join(root, 'test/conformance/runners/custom-adapter.tsconfig.json');
const page = readFileSync(join(root, 'docs/write-an-adapter.md'), 'utf8');
const sources = readdirSync(example)
  .filter((name) => name.endsWith('.mjs'))
  .map((name) => readFileSync(join(example, name), 'utf8'));

const blocks = [...page.matchAll(/```js\n([\s\S]*?)\n```/g)].map(([, code = '']) => code);

describe('the page', () => {
  test.each(blocks.map((code) => [code.split('\n')[0], code]))('shows the code of the example: %s', (_first, code) => {
    expect(sources.filter((source) => source.includes(code ?? '')).length).toBe(1);
  });

  test('shows every function of both adapters', () => {
    const shown = blocks.join('\n');
    const adapters = ['toy-cloud-blob-store.mjs', 'json-file-key-value-store.mjs'].map((name) => readFileSync(join(example, name), 'utf8'));
    const functions = adapters.flatMap((source) =>
      [...source.matchAll(/^(?:export )?(?:async )?function (\w+)/gm)].map(([, name]) => name),
    );
    expect(functions.length).toBeGreaterThan(10);
    expect(functions.filter((name) => !shown.includes(`function ${name}(`))).toEqual([]);
  });

  test.each(['FileSystem', 'KeyValueStore', 'BlobStore'] as const)('lists every clause of %s as it stands', (port) => {
    const section = page.split(`### ${port}\n`)[1]?.split('\n### ')[0] ?? '';
    const rows = section.split('\n').filter((line) => line.startsWith('| `'));
    expect(rows).toEqual(conformanceClauses(port).map(({ id, wants }) => `| \`${id}\` | ${wants} |`));
    expect(page).toContain(String(conformanceClauses(port).length));
  });

  test('shows a failure as it really reads', async () => {
    const plant = puttingPlants.find(({ clause }) => clause === 'blob.put.bytes-lent');
    const create = plant?.make ?? goodBlobStore;
    const results = await runSuite((suiteTest) => blobStoreSuite({ name: 'planted', test: suiteTest, create }));
    expect(page).toContain(`\n${results.find(({ clause }) => clause === 'blob.put.bytes-lent')?.message}\n`);
  });

  test('lists every claim', () => {
    const told = [...page.matchAll(/^\|(?: `\w+Suite`)? \| `(\w+)` \|/gm)].map(([, name]) => name);
    const declared = ['file-system', 'key-value-store', 'blob-store'].flatMap((folder) =>
      claimsOf(join(root, `src/conformance/${folder}/given.ts`)),
    );
    expect(told).toEqual(declared);
  });
});

describe('the example', () => {
  test('passes its own tests', { timeout: 120_000 }, () => {
    const { stdout, status } = spawnSync(process.execPath, ['--import', 'tsx', '--test', '--test-reporter=tap'], {
      cwd: example,
      encoding: 'utf8',
      env: { ...process.env, TSX_TSCONFIG_PATH: tsconfig },
    });
    expect(stdout).toMatch(/^# pass (7[0-9]|[89][0-9])$/m);
    expect(stdout).toMatch(/^# skipped 0$/m);
    expect(status).toBe(0);
  });

  test('is right in its types', { timeout: 120_000 }, () => {
    const { config } = ts.readConfigFile(tsconfig, ts.sys.readFile);
    const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, join(root, 'test/conformance/runners'));
    const found = ts.getPreEmitDiagnostics(ts.createProgram(fileNames, options));
    expect(fileNames.filter((name) => name.endsWith('.mjs'))).toHaveLength(sources.length);
    expect(found.map(({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`)).toEqual([]);
  });
});

/** The members of the interface in a file whose name ends in `Claims`, in order. */
function claimsOf(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const claims = source.statements.filter(ts.isInterfaceDeclaration).find(({ name }) => name.text.endsWith('Claims'));
  return claims?.members.map((member) => member.name?.getText(source) ?? '') ?? [];
}
