/** The import rules: the real tree keeps them, and each rule catches what it is there for. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import rules, { FLOORS, MAY_NPM } from '../../.config/rooms.mjs';
import { plantTree, ROOT, runTool } from './planted-tree.js';

interface Violation {
  readonly from: string;
  readonly rule: { readonly name: string };
}

async function violations(folder: string): Promise<string[]> {
  const args = ['--config', join(ROOT, '.config/rooms.mjs'), '--output-type', 'json', 'src', 'adapters'];
  const { stdout, stderr } = await runTool('dependency-cruiser/bin/dependency-cruise.mjs', args, folder);
  expect(stdout, stderr).toMatch(/^\{/);
  const report = JSON.parse(stdout) as { summary: { violations: Violation[]; totalCruised: number } };
  expect(report.summary.totalCruised).toBeGreaterThan(10);
  return report.summary.violations.map((violation) => `${violation.from}: ${violation.rule.name}`);
}

const PACKAGES = [...Object.keys(MAY_NPM), 'left-pad'];

/** A file's path in a folder of an engine; `.` is the engine's own folder. */
const pathOf = (engine: string, folder: string, name: string) => `src/${engine}/${folder === '.' ? '' : `${folder}/`}${name}.ts`;
/** A specifier from one folder of an engine to a file of another one. */
const to = (folder: string, other: string, name: string) => `${folder === '.' ? './' : '../'}${other === '.' ? '' : `${other}/`}${name}.js`;
/** By which file of a folder others enter it here. */
const entryOf = (folder: string) => (folder === 'journal' || folder === 'cache' ? 'index' : 'own');

/** One file for each folder of each engine, which imports all floors below its own. */
const FOLDERS = Object.fromEntries(
  Object.entries(FLOORS).flatMap(([engine, floors]) =>
    floors.flatMap((floor, level) =>
      floor.map((folder) => {
        const below = floors.slice(level + 1).flat();
        const imports = below.map((other) => `import '${to(folder, other, entryOf(other))}';`).join(' ');
        return [pathOf(engine, folder, entryOf(folder)), `${imports} export const own = 1;`];
      }),
    ),
  ),
);

/** For each folder of each engine an import of the floor above, or of the engine's index. */
const PLANTED_FLOORS = Object.fromEntries(
  Object.entries(FLOORS).flatMap(([engine, floors]) =>
    floors.flatMap((floor, level) =>
      floor.map((folder) => {
        const above = floors[level - 1]?.[0];
        const target = above === undefined ? '../index.js' : to(folder, above, entryOf(above));
        return [
          pathOf(engine, folder, 'bad-floor'),
          [`import '${target}';`, `floor-${engine}-${folder === '.' ? 'root' : folder}`] as const,
        ];
      }),
    ),
  ),
);

/** A tree that keeps every rule, each room importing all that it may. */
const CLEAN = {
  'package.json': JSON.stringify({ type: 'module', dependencies: Object.fromEntries(PACKAGES.map((name) => [name, '1.0.0'])) }),
  ...Object.fromEntries(
    PACKAGES.flatMap((name) => [
      [`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' })],
      [`node_modules/${name}/index.js`, 'module.exports = {};'],
    ]),
  ),
  'src/errors/index.ts': 'export const code = 1;',
  'src/core/byte-range.ts': "import { z } from 'zod'; import { code } from '../errors/index.js'; export const start = [z, code];",
  'src/core/index.ts': "export { start } from './byte-range.js'; export type Range = number;",
  'src/ports/common.ts': "import type { Range } from '../core/index.js'; export type Port = Range; export const leaked = 1;",
  'src/ports/index.ts': "export type { Port } from './common.js'; export { leaked } from './common.js';",
  'src/abort/index.ts': "import { code } from '../errors/index.js'; export const abort = code;",
  'src/internal/index.ts':
    "import E from 'eventemitter3'; import type { Port } from '../ports/index.js'; import { start } from '../core/index.js'; import { abort } from '../abort/index.js'; export const i: Port = [E, start, abort];",
  'src/adapter-kit/index.ts':
    "import { code } from '../errors/index.js'; import { abort } from '../abort/index.js'; export const kit = [code, abort];",
  'src/transfer/index.ts': "import { i } from '../internal/index.js'; export const store = i;",
  'src/media/index.ts': "import { i } from '../internal/index.js'; export const media = i;",
  'src/packaging/index.ts':
    "import { i } from '../internal/index.js'; import { media } from '../media/index.js'; export const raw = [i, media];",
  ...FOLDERS,
  'src/upload/journal/inside.ts': 'export const inside = 1;',
  'src/fetch/types.ts': 'export type Seen = number;',
  'src/upload/index.ts':
    "import Q from 'p-queue'; import { i } from '../internal/index.js'; import { store } from '../transfer/index.js'; import { raw } from '../packaging/index.js'; import { own } from './engine/own.js'; export const up = [Q, i, store, raw, own];",
  'src/fetch/index.ts':
    "import Q from 'p-queue'; import { store } from '../transfer/index.js'; import { own } from './engine/own.js'; export const down = [Q, store, own];",
  'src/conformance/index.ts': "import { code } from '../errors/index.js'; export const suite = code;",
  'src/index.ts': "export * from './errors/index.js'; export type * from './ports/index.js'; export { up } from './upload/index.js';",
  'src/testing/index.ts': "export { suite } from '../conformance/index.js'; export { memory } from '../../adapters/memory/index.js';",
  'src/cli/main.ts':
    "import 'node:fs'; import 'commander'; import 'cli-progress'; import '../index.js'; import { node } from '../../adapters/node/index.js'; node;",
  'adapters/memory/index.ts': "import 'memfs'; import { kit } from '../../src/adapter-kit/index.js'; export const memory = kit;",
  'adapters/rnfs/index.ts': 'export const files = 1;',
  'adapters/expo/index.ts': 'export const native = 1;',
  'adapters/react-native/index.ts':
    "import { files } from '../rnfs/index.js'; import { native } from '../expo/index.js'; export const all = [files, native];",
  'adapters/node/index.ts':
    "import fs from 'node:fs'; import 'proper-lockfile'; import { code } from '../../src/errors/index.js'; export const node = [fs, code];",
};

/** Planted file → its text, and the rule that must catch it. */
const PLANTED: { readonly [path: string]: readonly [text: string, rule: string] } = {
  ...PLANTED_FLOORS,
  'src/upload/queue/bad-two-floors-up.ts': ["import '../engine/own.js';", 'floor-upload-queue'],
  'src/upload/run/bad-inside.ts': ["import '../journal/inside.js';", 'floor-upload-run'],
  'src/fetch/plan/bad-neighbour.ts': ["import '../cache/index.js';", 'floor-fetch-plan'],
  'src/fetch/extra/bad.ts': ["import '../types.js';", 'known-floor'],
  'src/transfer/bad-engine.ts': ["import '../upload/index.js';", 'room-transfer'],
  'src/packaging/bad-room.ts': ["import '../transfer/index.js';", 'room-packaging'],
  'src/abort/bad-room.ts': ["import '../core/index.js';", 'room-abort'],
  'src/adapter-kit/bad-room.ts': ["import '../internal/index.js';", 'room-adapter-kit'],
  'src/errors/bad.ts': ["import '../core/index.js';", 'room-errors'],
  'src/core/bad-room.ts': ["import type { Port } from '../ports/index.js'; export type P = Port;", 'room-core'],
  'src/ports/bad-room.ts': ["import type { i } from '../internal/index.js'; export type I = typeof i;", 'room-ports'],
  'src/internal/bad-room.ts': ["import '../upload/index.js';", 'room-internal'],
  'src/upload/bad-engine.ts': ["import type { down } from '../fetch/index.js'; export type D = typeof down;", 'room-upload'],
  'src/upload/bad-door.ts': ["import { start } from '../core/byte-range.js'; export const s = start;", 'room-upload'],
  'src/upload/bad-adapter.ts': ["import { memory } from '../../adapters/memory/index.js'; export const m = memory;", 'room-upload'],
  'src/fetch/bad-engine.ts': ["import '../upload/index.js';", 'room-fetch'],
  'src/media/bad-engine.ts': ["import '../fetch/index.js';", 'room-media'],
  'src/conformance/bad-room.ts': ["import '../internal/index.js';", 'room-conformance'],
  'src/testing/bad-room.ts': ["import '../internal/index.js';", 'room-testing'],
  'src/cli/bad-room.ts': ["import '../core/index.js';", 'room-cli'],
  'adapters/memory/bad-sibling.ts': ["import '../node/index.js';", 'room-adapters'],
  'adapters/react-native/bad-sibling.ts': ["import '../node/index.js';", 'room-adapters-react-native'],
  'adapters/memory/bad-engine.ts': ["import '../../src/upload/index.js';", 'room-adapters'],
  'adapters/memory/bad-internal.ts': ["import '../../src/internal/index.js';", 'room-adapters'],
  'adapters/memory/bad-door.ts': ["import { start } from '../../src/core/byte-range.js'; export const s = start;", 'room-adapters'],
  'src/upload/bad-zod.ts': ["import 'zod';", 'npm-zod'],
  'src/core/bad-queue.ts': ["import 'p-queue';", 'npm-p-queue'],
  'src/upload/bad-emitter.ts': ["import 'eventemitter3';", 'npm-eventemitter3'],
  'adapters/node/bad-memfs.ts': ["import 'memfs';", 'npm-memfs'],
  'src/cli/bad-lock.ts': ["import 'proper-lockfile';", 'npm-proper-lockfile'],
  'src/upload/bad-commander.ts': ["import 'commander';", 'npm-commander'],
  'adapters/node/bad-progress.ts': ["import 'cli-progress';", 'npm-cli-progress'],
  'src/core/bad-package.ts': ["import 'left-pad';", 'npm-unlisted'],
  'src/core/bad-node.ts': ["import 'node:path';", 'node-builtin'],
  'adapters/memory/bad-node.ts': ["import 'fs';", 'node-builtin'],
  'src/upload/bad-port.ts': ["import { leaked } from '../ports/index.js'; export const l = leaked;", 'ports-are-types'],
  'src/ports/bad-value.ts': ["import { code } from '../errors/index.js'; export const c = code;", 'ports-import-types'],
  'src/core/bad-cycle-back.ts': ["import type { A } from './bad-cycle.js'; export type B = A;", 'no-cycle'],
  'src/extra/bad.ts': ["import '../errors/index.js';", 'known-room'],
  'src/core/bad-path.ts': ["import './absent.js';", 'resolvable'],
};

/** Modules that a folder may hold. */
const MAX_MODULES = 16;

/** The folders of `src` and `adapters` that hold more. */
function crowded(root: string): string[] {
  const counts = new Map<string, number>();
  for (const top of ['src', 'adapters']) {
    for (const entry of readdirSync(join(root, top), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !/(?<!\.d)\.ts$/.test(entry.name)) continue;
      const folder = entry.parentPath.slice(root.length + 1);
      counts.set(folder, (counts.get(folder) ?? 0) + 1);
    }
  }
  return [...counts].filter(([, count]) => count > MAX_MODULES).map(([folder, count]) => `${folder}: ${count}`);
}

describe('the folders', () => {
  it('of the real tree hold at most 16 modules each', () => {
    expect(crowded(ROOT)).toEqual([]);
  });

  it('are found where they hold 17', () => {
    const files = (folder: string, count: number) => Array.from({ length: count }, (_, index) => [`${folder}/m${index}.ts`, 'export {};']);
    const tree = Object.fromEntries([...files('src/upload', 17), ...files('src/fetch', 16), ...files('adapters/node', 1)]);
    expect(crowded(plantTree(tree))).toEqual(['src/upload: 17']);
  });
});

describe('the rooms', () => {
  it('are kept by the real tree', async () => {
    expect(await violations(ROOT)).toEqual([]);
  });

  it('let through what the table allows', async () => {
    expect(await violations(plantTree(CLEAN))).toEqual([]);
  });

  it('catch one planted violation of each rule, and nothing else', async () => {
    const files = Object.fromEntries(Object.entries(PLANTED).map(([path, [text]]) => [path, text]));
    const expected = Object.entries(PLANTED).map(([path, [, rule]]) => `${path}: ${rule}`);
    // A cycle has two files and is told of one; the public door is one file, so its violation stands in that file itself.
    const other = "import type { B } from './bad-cycle-back.js'; export type A = B;";
    const index = `${CLEAN['src/index.ts']} export { i } from './internal/index.js';`;
    const found = await violations(plantTree({ ...CLEAN, 'src/index.ts': index, 'src/core/bad-cycle.ts': other, ...files }));
    expect([...new Set(found)].sort()).toEqual([...expected, 'src/index.ts: room-index'].sort());
  });

  it('have a planted violation for every rule', () => {
    const planted = new Set([...Object.values(PLANTED).map(([, rule]) => rule), 'room-index']);
    const names = rules.forbidden?.map((rule) => rule.name) ?? [];
    expect([...planted].sort()).toEqual([...names].sort());
  });

  it('name only adapters and npm packages that exist', () => {
    for (const [name, rooms] of Object.entries(MAY_NPM)) {
      expect(existsSync(join(ROOT, 'node_modules', name)), name).toBe(true);
      for (const room of rooms) expect(existsSync(join(ROOT, room.startsWith('adapters/') ? room : `src/${room}`)), room).toBe(true);
    }
  });
});
