/** What is in the tarball, and whether editors, bundlers and Node find their way in it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { BUNDLED, DOORS } from '../../.config/doors.mjs';
import { undocumented } from '../house/docblocks.js';
import { walkDoor } from '../house/phone-code.js';
import { ROOT, runTool } from '../house/planted-tree.js';

const installed = () => join(inject('world'), 'node_modules/reelway');
const files = () => readdirSync(installed(), { recursive: true, encoding: 'utf8' }).filter((file) => !file.startsWith('node_modules'));

describe('the tarball', () => {
  it('passes publint in its strict mode', async () => {
    const { exitCode, stdout, stderr } = await runTool('publint/src/cli.js', ['run', '--strict', inject('tarball')], ROOT);
    expect(exitCode, stdout + stderr).toBe(0);
    expect(stdout).toContain('All good!');
  });

  it('has right types for Node and bundlers; only the resolution that knows no exports is left out', async () => {
    const args = [inject('tarball'), '--profile', 'node16', '--format', 'json'];
    const { exitCode, stdout, stderr } = await runTool('@arethetypeswrong/cli/dist/index.js', args, ROOT);
    expect(exitCode, stdout + stderr).toBe(0);
    const { analysis } = JSON.parse(stdout) as { analysis: { entrypoints: { [subpath: string]: unknown } } };
    expect(Object.keys(analysis.entrypoints).sort()).toEqual([...DOORS.map((door) => door.subpath), './package.json'].sort());
  });

  it('holds built files and papers, and nothing else', () => {
    const strange = files().filter((file) => !/^(dist($|\/)|package\.json$|README\.md$|LICENSE$|CHANGELOG\.md$)/.test(file));
    expect(strange).toEqual([]);
    expect(files().filter((file) => /metafile|\.map$|\.test\./.test(file))).toEqual([]);
  });

  it('holds the licence of everything that is bundled', () => {
    const text = readFileSync(join(installed(), 'dist/THIRD-PARTY-LICENSES.txt'), 'utf8');
    for (const name of BUNDLED) {
      const { version } = JSON.parse(readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8')) as { version: string };
      expect(text).toContain(`\n${name} ${version} (MIT)\n`);
    }
    expect(text.match(/Permission is hereby granted, free of charge/g)).toHaveLength(BUNDLED.length);
  });

  it.each(DOORS.map((door) => door.name))('documents every public symbol of %s', (name) => {
    for (const extension of ['d.ts', 'd.cts']) {
      const { symbols, missing } = undocumented(join(installed(), `dist/${name}.${extension}`));
      expect(symbols).toBeGreaterThan(1);
      expect(missing).toEqual([]);
    }
  });

  it('holds no comment that marks a mutation point', () => {
    const built = files().filter((file) => /^dist\/.*\.(c?js|d\.c?ts)$/.test(file));
    expect(built.length).toBeGreaterThan(2 * DOORS.length);
    expect(built.filter((file) => readFileSync(join(installed(), file), 'utf8').includes('mutation-point'))).toEqual([]);
  });

  it('names no bundled module in its types', () => {
    const declarations = files().filter((file) => /\.d\.c?ts$/.test(file));
    expect(declarations.length).toBeGreaterThan(10);
    const naming = new RegExp(
      `(from|import\\()\\s*['"](${[...BUNDLED, 'memfs', 'commander', 'proper-lockfile', 'node:[a-z/]+'].join('|')})`,
    );
    expect(declarations.filter((file) => naming.test(readFileSync(join(installed(), file), 'utf8')))).toEqual([]);
  });

  it('holds nothing in its phone-facing doors that a phone refuses', () => {
    for (const { name } of DOORS.filter((door) => door.phone)) {
      for (const extension of ['js', 'cjs']) expect(walkDoor(join(installed(), `dist/${name}.${extension}`)).findings).toEqual([]);
    }
  });

  it('starts its command line by a shebang', () => {
    expect(readFileSync(join(installed(), 'dist/cli.js'), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
    expect(existsSync(join(inject('world'), 'node_modules/.bin/reelway'))).toBe(true);
  });
});
