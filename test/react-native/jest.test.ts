/** A consumer's own test of a screen under Jest with the preset of the newest React Native, on `reelway/testing` of the tarball. */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ROOT } from '../house/planted-tree.js';
import { run } from '../package/world.js';
import { appFolder, NODE_22, PACKAGES } from './kit/app-folder.js';

let app: Awaited<ReturnType<typeof appFolder>>;

/** The newest of the presets: where it lies is up to npm. */
function newestPreset(): string {
  const configuration = createRequire(join(PACKAGES, 'metro-config-0.88/package.json'));
  const transformer = createRequire(configuration.resolve('@react-native/metro-babel-transformer'));
  return dirname(transformer.resolve('@react-native/babel-preset/package.json'));
}

/** Every package of this suite, as if the app had installed it. */
function linkPackages(modules: string): void {
  const names = readdirSync(PACKAGES).filter((name) => !name.startsWith('.'));
  const scoped = names.filter((name) => name.startsWith('@'));
  for (const scope of scoped) mkdirSync(join(modules, scope));
  const within = scoped.flatMap((scope) => readdirSync(join(PACKAGES, scope)).map((name) => `${scope}/${name}`));
  for (const name of [...names.filter((name) => !name.startsWith('@')), ...within]) symlinkSync(join(PACKAGES, name), join(modules, name));
}

beforeAll(async () => {
  app = await appFolder();
  const modules = join(app.folder, 'node_modules');
  linkPackages(modules);
  rmSync(join(modules, '@react-native/babel-preset'));
  symlinkSync(newestPreset(), join(modules, '@react-native/babel-preset'));
  // What the package itself depends on comes with it.
  symlinkSync(join(ROOT, 'node_modules/memfs'), join(modules, 'memfs'));
  cpSync(join(import.meta.dirname, 'jest'), app.folder, { recursive: true });
});

afterAll(() => app.remove());

it('runs a screen’s tests on ports in memory', async () => {
  const jest = join(PACKAGES, 'jest/bin/jest.js');
  const results = join(app.folder, 'results.json');
  const { output } = await run(
    NODE_22,
    ['--max-old-space-size=1024', jest, '--ci', '--json', '--outputFile', results, '--no-cache', '--no-watchman'],
    app.folder,
  );
  const report = JSON.parse(readFileSync(results, 'utf8')) as { [count: string]: unknown };
  expect(report, output).toMatchObject({ numPassedTests: 3, numTotalTests: 3, numFailedTests: 0 });
});
