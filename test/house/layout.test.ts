/** The shape of the repository and of the package's face: top level, doors, pinned tools, licence. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BUNDLED, CLI, DOORS } from '../../.config/doors.mjs';
import { ROOT } from './planted-tree.js';

interface PackageJson {
  readonly license: string;
  readonly sideEffects: boolean;
  readonly engines: { readonly node: string };
  readonly bin: { readonly [name: string]: string };
  readonly files: readonly string[];
  readonly exports: { readonly [subpath: string]: unknown };
  readonly dependencies: { readonly [name: string]: string };
  readonly devDependencies: { readonly [name: string]: string };
  readonly scripts: { readonly [name: string]: string };
}

const packageJson = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as PackageJson;

/** All that may lie at the top; what a user sees first stays small. */
const TOP_LEVEL = [
  ...['src', 'adapters', 'test', 'examples', 'docs', '.config', '.ci'],
  ...['package.json', 'package-lock.json', 'tsconfig.json', 'tsup.config.ts', 'vitest.config.ts', 'CHANGELOG.md', 'README.md', 'LICENSE'],
  ...['.gitignore', '.gitattributes', '.npmrc'],
];

describe('the repository', () => {
  it('has its documents, and nothing else, at the top', () => {
    const unowned = /^(\.git|node_modules|dist|coverage|\.DS_Store|.*\.tgz)$/;
    const top = readdirSync(ROOT).filter((name) => !unowned.test(name));
    expect(top.sort()).toEqual([...TOP_LEVEL].sort());
  });

  it('names the script of every gate that its papers speak of', () => {
    const spoken = ['docs/contributing.md', '.ci/run', 'README.md']
      .map((file) => readFileSync(join(ROOT, file), 'utf8'))
      .flatMap((text) => [...text.matchAll(/npm run ([a-z][a-z0-9:-]*)/g)].map((match) => match[1] ?? ''));
    expect(spoken.length).toBeGreaterThan(5);
    expect(spoken.filter((name) => packageJson.scripts[name] === undefined)).toEqual([]);
  });
});

describe('package.json', () => {
  it('exports the doors of the table one by one, each with types of its own per format', () => {
    const expected = DOORS.map(({ subpath, name }) => [
      subpath,
      {
        import: { types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` },
        require: { types: `./dist/${name}.d.cts`, default: `./dist/${name}.cjs` },
      },
    ]);
    expect(packageJson.exports).toEqual({ ...Object.fromEntries(expected), './package.json': './package.json' });
  });

  it('has a door for every adapter', () => {
    const adapters = readdirSync(join(ROOT, 'adapters'));
    expect(adapters.length).toBeGreaterThan(0);
    expect(adapters.filter((name) => packageJson.exports[`./${name}`] === undefined)).toEqual([]);
  });

  it('leads only to sources that exist', () => {
    expect([...DOORS, CLI].map(({ entry }) => entry).filter((entry) => !existsSync(join(ROOT, entry)))).toEqual([]);
  });

  it('pins every tool and library to one version', () => {
    const { dependencies, devDependencies } = packageJson;
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) expect(version, name).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it('makes nobody install what is bundled', () => {
    expect(BUNDLED.filter((name) => name in packageJson.dependencies)).toEqual([]);
  });

  it('says MIT, no side effects, and the oldest Node that works', () => {
    const { license, sideEffects, engines, bin } = packageJson;
    expect({ license, sideEffects, engines, bin }).toEqual({
      license: 'MIT',
      sideEffects: false,
      engines: { node: '>=20.19.0' },
      bin: { reelway: './dist/cli.js' },
    });
    expect(readFileSync(join(ROOT, 'LICENSE'), 'utf8')).toMatch(/^MIT License\n\nCopyright \(c\) 2026 The Reelway authors\n/);
  });
});
