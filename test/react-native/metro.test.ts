/**
 * The tarball in an app's bundle, by the bundlers and presets of four releases of React Native; what it weighs there, and that the
 * engine's own compiler takes it.
 *
 * Raise a number in `metro/size-budget.json` in the change that grows the door, and say why in that change.
 */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DOORS } from '../../.config/doors.mjs';
import { appFolder, PACKAGES } from './kit/app-folder.js';
import { compileToBytecode } from './kit/hermes.js';
import { type Bundle, bundleAll, RELEASES } from './kit/metro.js';

const DOOR_PATHS = DOORS.filter((door) => door.phone).map((door) => door.subpath);
const FORMATS = ['import', 'require'] as const;
type Format = (typeof FORMATS)[number];

const budget = JSON.parse(readFileSync(join(import.meta.dirname, 'metro/size-budget.json'), 'utf8')) as { readonly [door: string]: number };

const specifier = (door: string): string => `reelway${door.slice(1)}`;
const bundleName = (format: Format, door: string): string => `${format}-${door === '.' ? 'root' : door.slice(2)}`;
const take = (format: Format, door: string, name: string): string =>
  format === 'import' ? `import * as ${name} from '${specifier(door)}';` : `const ${name} = require('${specifier(door)}');`;

/** An entry that keeps all of each door, as no bundler that drops what is unused could. */
function source(format: Format, doors: readonly string[]): string {
  const names = doors.map((_door, index) => `door${index}`);
  return `${doors.map((door, index) => take(format, door, `door${index}`)).join('\n')}\nglobalThis.doors = [${names.join(', ')}];\n`;
}

/** Entries by the name of their bundle: every door alone, all in one, nothing, and one that must fail. */
const SOURCES: { readonly [name: string]: string } = {
  empty: 'globalThis.doors = [];\n',
  ...Object.fromEntries(FORMATS.flatMap((format) => DOOR_PATHS.map((door) => [bundleName(format, door), source(format, [door])]))),
  ...Object.fromEntries(FORMATS.map((format) => [`${format}-all`, source(format, DOOR_PATHS)])),
  'node-door': source('import', ['./node']),
};

const heaviest = new Map<string, number>();
const bundles = new Map<string, ReadonlyMap<string, Bundle>>();
let app: Awaited<ReturnType<typeof appFolder>>;

const outOf = (release: string): string => join(app.folder, `out-${release}`);

beforeAll(async () => {
  app = await appFolder();
  for (const [name, text] of Object.entries(SOURCES)) writeFileSync(join(app.folder, `${name}.js`), text);
  const entries = Object.fromEntries(Object.keys(SOURCES).map((name) => [name, `${name}.js`]));
  const left = [...RELEASES];
  // Each process is one thread; one for every core.
  const work = async (): Promise<void> => {
    for (let release = left.shift(); release !== undefined; release = left.shift()) {
      bundles.set(release, await bundleAll({ release, root: app.folder, entries, minify: true, out: outOf(release) }));
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
}, 1_800_000);

afterAll(() => app.remove());

describe.each(RELEASES)('the bundler of React Native %s', (release) => {
  const bundle = (name: string): Bundle => bundles.get(release)!.get(name)!;

  it.each(FORMATS.flatMap((format) => DOOR_PATHS.map((door) => [format, door] as const)))('takes %s of %s', (format, door) => {
    const { bytes, error, modules } = bundle(bundleName(format, door));
    expect(error).toBeUndefined();
    const own = modules.filter((path) => path.includes('/node_modules/reelway/'));
    expect(own.length).toBeGreaterThan(0);
    const extension = format === 'import' ? /\/dist\/.*\.js$/ : /\/dist\/.*\.cjs$/;
    expect(own.filter((path) => !extension.test(path))).toEqual([]);
    // Of others' modules only the helpers of Babel and the bundler's own.
    const others = modules.filter((path) => path.includes('/node_modules/') && !path.includes('/node_modules/reelway/'));
    expect(others.filter((path) => !/node_modules\/(@babel\/runtime|metro-runtime|@react-native\/js-polyfills)\//.test(path))).toEqual([]);
    const added = bytes - bundle('empty').bytes;
    expect(added).toBeGreaterThan(100);
    heaviest.set(door, Math.max(added, heaviest.get(door) ?? 0));
  });

  it('takes all doors in one app, without a word of Node', () => {
    for (const format of FORMATS) {
      expect(bundle(`${format}-all`).error).toBeUndefined();
      expect(readFileSync(join(outOf(release), `${format}-all.js`), 'utf8')).not.toMatch(/["'`]node:/);
    }
  });

  it('refuses the door that is Node’s', () => {
    expect(bundle('node-door').error).toMatch(/Unable to resolve module node:/);
  });

  it('makes code that the compiler of Hermes takes, the newest and the last that runs here', async () => {
    for (const format of FORMATS) {
      const file = join(outOf(release), `${format}-all.js`);
      for (const compiler of ['newest', 'legacy'] as const) {
        const bytecode = `${file}.${compiler}.hbc`;
        await compileToBytecode(compiler, file, bytecode);
        expect(statSync(bytecode).size).toBeGreaterThan(100_000);
      }
    }
  });
});

describe('what each door adds to an app', () => {
  it.each(DOOR_PATHS)('%s is within its budget', (door) => {
    const bytes = heaviest.get(door) ?? 0;
    console.log(`${specifier(door).padEnd(24)} ${bytes.toString().padStart(7)} bytes minified, of ${budget[door]}`);
    expect(bytes).toBeLessThanOrEqual(budget[door] ?? 0);
    // A budget far above the figure would let growth pass unseen.
    expect(budget[door]).toBeLessThan(bytes * 1.25 + 4096);
  });

  it('no door is without a budget', () => {
    expect(Object.keys(budget).sort()).toEqual([...DOOR_PATHS].sort());
  });
});

describe('the suite', () => {
  it('tries the releases that it says', () => {
    for (const release of RELEASES) {
      const { version } = JSON.parse(readFileSync(join(PACKAGES, `metro-config-${release}/package.json`), 'utf8')) as { version: string };
      expect(version.startsWith(`${release}.`)).toBe(true);
    }
  });
});
