/**
 * The phone app of the examples, installed as an app is: the packed tarball, `npm ci` of its own lock. Its types, its tests and its
 * release bundles for both systems; what the bundle holds is compiled by the engine's own compiler.
 */
import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ROOT } from '../house/planted-tree.js';
import { installLocked, must } from '../package/world.js';

const SOURCE = join(ROOT, 'examples/react-native-app');
/** Bytes of a minified bundle, React Native included; about 1,570,000 when it was set. */
const BUNDLE_BUDGET = 1_750_000;

let app: string;

beforeAll(async () => {
  app = mkdtempSync(join(tmpdir(), 'reelway-phone-app-'));
  cpSync(SOURCE, app, { recursive: true, filter: (path) => !/node_modules|\.tgz$/.test(path) });
  copyFileSync(inject('tarball'), join(app, 'reelway.tgz'));
  await installLocked(app);
}, 600_000);

afterAll(() => rmSync(app, { recursive: true, force: true }));

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

describe('the phone app', () => {
  it('is locked to what the package needs today', () => {
    type Packages = { readonly packages: { readonly [path: string]: { readonly [field: string]: unknown } } };
    const locked = readJson<Packages>(join(SOURCE, 'package-lock.json')).packages['node_modules/reelway'];
    const { version, dependencies, peerDependencies } = readJson<{ [field: string]: unknown }>(join(ROOT, 'package.json'));
    expect({ ...locked, integrity: locked?.['integrity'] }).toMatchObject({ version, dependencies, integrity: undefined });
    expect(locked?.['peerDependencies']).toEqual(peerDependencies);
  });

  it('has the types that the packages of a phone have', async () => {
    await must(process.execPath, ['node_modules/typescript/bin/tsc', '-p', '.'], app);
  });

  it('passes its own tests, under Jest with the preset of React Native', async () => {
    const results = join(app, 'results.json');
    await must(process.execPath, ['node_modules/jest/bin/jest.js', '--ci', '--json', '--outputFile', results], app);
    const report = readJson<{ numPassedTests: number; numFailedTests: number; numPendingTests: number; numTotalTests: number }>(results);
    expect(report).toMatchObject({ numFailedTests: 0, numPendingTests: 0 });
    expect(report.numPassedTests).toBeGreaterThan(50);
    console.log(`${report.numPassedTests} tests of the phone app passed`);
  });

  it.each(['android', 'ios'])('is bundled for %s by Metro, and compiled by Hermes', async (platform) => {
    const bundle = join(app, `${platform}.js`);
    await must(process.execPath, ['scripts/bundle.mjs', platform, bundle], app);
    const text = readFileSync(bundle, 'utf8');
    expect(text).toContain('reelway-self-test/1');
    // Neither the ports in memory nor anything of Node may reach a phone.
    expect(text).not.toMatch(/memfs|proper-lockfile|["'`]node:/);
    const { size } = statSync(bundle);
    expect(size).toBeLessThan(BUNDLE_BUDGET);
    const bytecode = join(app, `${platform}.hbc`);
    await must(
      join(app, 'node_modules/hermes-compiler/hermesc/linux64-bin/hermesc'),
      ['-O', '-w', '-emit-binary', '-out', bytecode, bundle],
      app,
    );
    console.log(`${platform}: ${size} bytes minified, ${statSync(bytecode).size} bytes of Hermes bytecode`);
  });
});
