/**
 * Packs the built package and installs the tarball once, as an app would, into a folder of its own; suites work there.
 *
 * The folder holds `node_modules/reelway`, and beside it a copy of the consumers, which find it by walking up.
 */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { ROOT } from '../house/planted-tree.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The packed tarball. */
    tarball: string;
    /** The folder in which it is installed. */
    world: string;
  }
}

/** How a command ended. */
export interface Run {
  readonly exitCode: number;
  readonly output: string;
}

/** Runs a command to its end; its exit code and all that it said. */
export function run(command: string, args: readonly string[], cwd: string, env: { readonly [name: string]: string } = {}): Promise<Run> {
  return new Promise((resolve) => {
    const options = { cwd, env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024 };
    execFile(command, args, options, (error, stdout, stderr) => {
      resolve({ exitCode: error === null ? 0 : Number(error.code ?? 1), output: `${stdout}${stderr}` });
    });
  });
}

/** Runs a command that must succeed; all that it said. */
export async function must(command: string, args: readonly string[], cwd: string): Promise<string> {
  const { exitCode, output } = await run(command, args, cwd);
  if (exitCode !== 0) throw new Error(`${command} ${args.join(' ')} in ${cwd} ended with ${exitCode}:\n${output}`);
  return output;
}

/** `npm ci` of a folder with a lock file of its own. */
export async function installLocked(folder: string): Promise<void> {
  await must('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], folder);
}

/** Packs, installs, and takes all of it away at the end. */
export async function setup(project: TestProject): Promise<() => void> {
  const whole = ['index.js', 'index.cjs', 'index.d.ts', 'index.d.cts', 'THIRD-PARTY-LICENSES.txt'];
  const missing = whole.filter((file) => !existsSync(join(ROOT, 'dist', file)));
  if (missing.length > 0) throw new Error(`dist lacks ${missing.join(', ')}: run \`npm run build\` first`);
  const world = realpathSync(mkdtempSync(join(tmpdir(), 'reelway-world-')));
  await must('npm', ['pack', '--pack-destination', world], ROOT);
  const name = readdirSync(world).find((file) => file.endsWith('.tgz'));
  if (name === undefined) throw new Error('npm pack left no tarball');
  const tarball = join(world, name);
  writeFileSync(join(world, 'package.json'), JSON.stringify({ name: 'world', private: true }));
  await must('npm', ['install', '--no-audit', '--no-fund', '--no-save', tarball], world);
  cpSync(join(ROOT, 'test/package/consumers'), world, { recursive: true, filter: (path) => !path.includes('node_modules') });
  project.provide('tarball', tarball);
  project.provide('world', world);
  return () => rmSync(world, { recursive: true, force: true });
}
