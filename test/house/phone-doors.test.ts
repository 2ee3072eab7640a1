/** What a phone can reach from the phone-facing doors holds nothing that its bundler or engine refuses. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { build, type Format, type Options } from 'tsup';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DOORS } from '../../.config/doors.mjs';
import configs from '../../tsup.config.js';
import { walkDoor } from './phone-code.js';
import { plantTree } from './planted-tree.js';

const EXTENSION: { readonly [format: string]: string } = { esm: '.js', cjs: '.cjs' };
const PHONE_DOORS = DOORS.filter((door) => door.phone);

describe.each(Object.keys(EXTENSION) as Format[])('phone-facing doors in %s', (format) => {
  /** The package's own build, without types, in a folder of this test's own. */
  let dist = '';

  beforeAll(async () => {
    dist = realpathSync(mkdtempSync(join(tmpdir(), 'reelway-dist-')));
    const config = (configs as Options[]).find((candidate) => candidate.format === format);
    await build({ ...config, config: false, dts: false, silent: true, outDir: dist });
  }, 120_000);

  afterAll(() => rmSync(dist, { recursive: true, force: true }));

  it.each(PHONE_DOORS.map((door) => [door.subpath, door.name] as const))('%s holds nothing that a phone refuses', (_subpath, name) => {
    const { files, findings } = walkDoor(join(dist, name + EXTENSION[format]));
    expect(files.length).toBeGreaterThan(0);
    expect(findings.map(({ file, what }) => `${relative(dist, file)}: ${what}`)).toEqual([]);
  });
});

describe('the walk', () => {
  const walk = (files: { readonly [path: string]: string }) => {
    const folder = plantTree(files);
    return walkDoor(join(folder, 'index.js')).findings.map(({ file, what }) => `${relative(folder, file)}: ${what}`);
  };

  it.each([
    ["import 'node:fs';", "Node's node:fs"],
    ["import fs from 'fs';", "Node's fs"],
    ["export { join } from 'path/posix';", "Node's path/posix"],
    ["const fs = require('fs');", "Node's fs"],
    ["try { require('node:crypto') } catch {}", "Node's node:crypto"],
    ["import 'zod';", 'not bundled: zod'],
    ['require(name);', 'not bundled: <computed>'],
    ["export * as all from './other.js';", 'export * as'],
    ['class A { static { this.a = 1; } }', 'static block'],
    ['async function* pieces() { yield 1; }', 'async generator'],
    ['const o = { async *pieces() { yield 1; } };', 'async generator'],
    ['const pieces = async function* () { yield 1; };', 'async generator'],
    ["const lazy = () => import('./other.js');", 'import()'],
    ['async function f(x) { for await (const y of x) y; }', 'for await'],
    ['const u = import.meta.url;', 'import.meta'],
    ['class A { #a = 1; }', '#private'],
    ['const r = /[a--b]/v;', 'RegExp v'],
  ])('catches %s', (code, what) => {
    const deep = {
      'index.js': "import './shared/a.js';",
      'shared/a.js': `export * from '../b.js';`,
      'b.js': code,
      'other.js': 'export {};',
    };
    expect(walk(deep)).toEqual([`b.js: ${what}`]);
  });

  it('catches nothing in text, comments and what is not reached', () => {
    const files = {
      'index.js': "// import 'node:fs'\nconst s = 'async function* a() {} static { export * as'; function* g() { yield s; }",
      'other.js': "import 'node:fs';",
    };
    expect(walk(files)).toEqual([]);
  });

  it('knows every phone-facing door', () => {
    const engines = ['.', './upload', './fetch', './media', './conformance', './http', './s3'];
    const phone = ['./rnfs', './blob-util', './expo', './async-storage', './mmkv', './firebase', './react-native'];
    expect(PHONE_DOORS.map((door) => door.subpath)).toEqual([...engines, ...phone]);
  });
});
