/** Nothing banned stands in the sources, and each ban catches what it is there for. */
import { describe, expect, it } from 'vitest';
import { BANS, findBanned, MAX_FILE_LINES, sourceFiles } from './bans.js';
import { plantTree, ROOT } from './planted-tree.js';

// Put together at run time, so that this file does not break the bans that it plants.
const join = (...parts: string[]) => parts.join('');

/** Ban → a file with one violation in its second line. */
const PLANTED: { readonly [name: string]: readonly [file: string, line: string] } = {
  'coverage-pragma': ['src/core/a.ts', join('/* v8 ', 'ignore next */')],
  'lint-pragma': ['src/core/b.ts', join('// biome-', 'ignore-all lint: no')],
  'ts-pragma': ['test/core/c.test.ts', join('// @ts-', 'ignore')],
  'bare-error': ['adapters/memory/d.ts', "throw new Error('no code');"],
  unfinished: ['src/core/e.ts', join('// TO', 'DO: later')],
  'skipped-test': ['test/core/f.test.ts', join('it.', "skip('later', () => undefined);")],
  'own-clock': ['src/upload/g.ts', 'const now = `//${Date.now()}`;'],
  'module-state': ['src/fetch/h.ts', 'let count = 0;'],
  'machine-path': ['docs/i.md', join('Look into /wo', 'rk/main.')],
};

describe('the bans', () => {
  it('are kept by the real tree', () => {
    expect(sourceFiles(ROOT).length).toBeGreaterThan(50);
    expect(findBanned(ROOT)).toEqual([]);
  });

  it('each catch what is planted', () => {
    const files = Object.fromEntries(Object.values(PLANTED).map(([file, line]) => [file, `// Line one.\n${line}\n`]));
    const expected = Object.entries(PLANTED).map(([name, [file]]) => `${file}:2: ${name}`);
    expect(findBanned(plantTree(files)).sort()).toEqual(expected.sort());
    expect(Object.keys(PLANTED).sort()).toEqual(BANS.map((ban) => ban.name).sort());
  });

  it('catch a file that is too long, and not one that is just short enough', () => {
    const text = (lines: number) => 'export {};\n'.repeat(lines);
    const tree = plantTree({ 'src/core/long.ts': text(MAX_FILE_LINES + 1), 'src/core/short.ts': text(MAX_FILE_LINES) });
    expect(findBanned(tree)).toEqual([`src/core/long.ts:${MAX_FILE_LINES + 1}: file-length`]);
  });

  it('leave comments and installed packages alone', () => {
    const tree = plantTree({
      'src/core/a.ts': 'const url = `https://${1}`; // By hand, since `new Error(message)` and Date.now() are not for us.\nexport {};\n',
      'test/package/node_modules/x/index.js': "throw new Error('theirs');\n",
    });
    expect(findBanned(tree)).toEqual([]);
  });
});
