/** The published types under every TypeScript that is promised, in the ways in which apps resolve modules. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { ROOT } from '../house/planted-tree.js';
import { installLocked, run } from './world.js';

const VERSIONS = Object.keys(
  (JSON.parse(readFileSync(join(ROOT, 'test/types/versions/package.json'), 'utf8')) as { dependencies: { [name: string]: string } })
    .dependencies,
);

/** Compiler options of an app, all of them strict, with nothing of the host's but the language. */
const RESOLUTIONS = {
  node16: { module: 'Node16', moduleResolution: 'Node16' },
  bundler: { module: 'ESNext', moduleResolution: 'Bundler' },
} as const;

const folder = () => join(inject('world'), 'types');

async function compile(version: string, resolution: keyof typeof RESOLUTIONS, file: string, lib: readonly string[]): Promise<string> {
  const config = {
    compilerOptions: {
      ...RESOLUTIONS[resolution],
      target: 'ES2020',
      lib,
      types: [],
      strict: true,
      noUncheckedIndexedAccess: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      noEmit: true,
    },
    files: [file],
  };
  const name = `tsconfig.${version}.${resolution}.json`;
  writeFileSync(join(folder(), name), JSON.stringify(config));
  const { exitCode, output } = await run(process.execPath, [`node_modules/${version}/bin/tsc`, '-p', name], folder());
  return exitCode === 0 ? 'no errors' : output;
}

beforeAll(async () => {
  cpSync(join(ROOT, 'test/types/versions'), folder(), { recursive: true });
  await installLocked(folder());
  const text = readFileSync(join(ROOT, 'test/types/consumer/app.ts'), 'utf8');
  writeFileSync(join(folder(), 'app.mts'), text);
  writeFileSync(join(folder(), 'app.cts'), text);
  writeFileSync(
    join(folder(), 'wrong.mts'),
    "import { createUploadEngine } from 'reelway';\nexport const engine: string = createUploadEngine;\n",
  );
});

describe.each(VERSIONS)('%s', (version) => {
  it.each(Object.keys(RESOLUTIONS) as (keyof typeof RESOLUTIONS)[])('takes the types under %s', async (resolution) => {
    expect(await compile(version, resolution, 'app.mts', ['ES2020'])).toBe('no errors');
  });

  it('takes the CommonJS types, beside the browser’s own', async () => {
    expect(await compile(version, 'node16', 'app.cts', ['ES2020', 'DOM'])).toBe('no errors');
  });

  it('still finds a mistake', async () => {
    expect(await compile(version, 'node16', 'wrong.mts', ['ES2020'])).toContain('error TS2322');
  });
});

describe('the versions', () => {
  it('are all of TypeScript 5', () => {
    expect(VERSIONS).toEqual(Array.from({ length: 10 }, (_, minor) => `typescript-5.${minor}`));
  });
});
