/** The engines keep to few rooms on few floors, and no import goes up or round. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type CruisedModule, drawGraph, type ImportGraph, importGraph } from './import-graph.js';
import { plantTree, ROOT, runTool } from './planted-tree.js';

async function cruise(folder: string): Promise<readonly CruisedModule[]> {
  const args = ['--config', join(ROOT, '.config/rooms.mjs'), '--output-type', 'json', 'src'];
  const { stdout, stderr } = await runTool('dependency-cruiser/bin/dependency-cruise.mjs', args, folder);
  expect(stdout, stderr).toMatch(/^\{/);
  return (JSON.parse(stdout) as { readonly modules: readonly CruisedModule[] }).modules;
}

/** Modules by what they import. */
function modulesOf(imports: { readonly [source: string]: readonly string[] }): readonly CruisedModule[] {
  return Object.entries(imports).map(([source, others]) => ({ source, dependencies: others.map((resolved) => ({ resolved })) }));
}

/** How many rooms and floors an engine may have. */
const LIMITS = { upload: { rooms: 15, floors: 11 }, fetch: { rooms: 12, floors: 8 } };

/** What is wrong with a graph. */
function faultsOf(graph: ImportGraph, limits: { readonly rooms: number; readonly floors: number }): string[] {
  const { roomCount, floors, cycle, upward } = graph;
  return [
    ...(roomCount > limits.rooms ? [`${roomCount} rooms, at most ${limits.rooms} allowed`] : []),
    ...(floors.length > limits.floors ? [`${floors.length} floors, at most ${limits.floors} allowed`] : []),
    ...(cycle === undefined ? [] : [`cycle ${cycle.join(' -> ')}`]),
    ...upward.map((arrow) => `upward ${arrow}`),
  ];
}

describe('the import graph', () => {
  it('of the real engines has no arrow upward, no cycle, and no more rooms and floors than allowed', async () => {
    const modules = await cruise(ROOT);
    for (const [engine, limits] of Object.entries(LIMITS)) {
      const graph = importGraph(modules, engine);
      process.stdout.write(`${drawGraph(graph)}\n`);
      expect(graph.arrowCount).toBeGreaterThan(graph.roomCount);
      expect(faultsOf(graph, limits), drawGraph(graph)).toEqual([]);
    }
  });

  it('counts folders and files as rooms, and imports of types as arrows', async () => {
    const tree = plantTree({
      'src/upload/index.ts': "export { run } from './run/run.js';",
      'src/upload/run/run.ts':
        "import type { Options } from '../options.js'; import { j } from '../journal/index.js'; export const run = j;",
      'src/upload/run/other.ts': "import { run } from './run.js'; import { j } from '../journal/index.js'; export const other = [run, j];",
      'src/upload/options.ts': "import type { Page } from './journal/index.js'; export type Options = Page;",
      'src/upload/journal/index.ts': 'export const j = 1; export type Page = number;',
      'src/fetch/index.ts': "export type * from '../upload/index.js';",
    });
    const graph = importGraph(await cruise(tree), 'upload');
    expect(graph.floors).toEqual([['index.ts'], ['run'], ['options.ts'], ['journal']]);
    expect(faultsOf(graph, { rooms: 4, floors: 4 })).toEqual([]);
    expect(drawGraph(graph).split('\n')[0]).toBe('upload: 4 rooms on 4 floors, 4 arrows');
    expect(faultsOf(graph, { rooms: 3, floors: 3 })).toEqual(['4 rooms, at most 3 allowed', '4 floors, at most 3 allowed']);
  });

  it('shows an arrow that goes up', () => {
    const modules = modulesOf({
      'src/upload/manifest/bad.ts': ['src/upload/queue/queue.ts'],
      'src/upload/queue/queue.ts': ['src/upload/options.ts', 'src/core/index.ts'],
      'src/upload/options.ts': [],
    });
    expect(faultsOf(importGraph(modules, 'upload'), LIMITS.upload)).toEqual(['upward manifest -> queue']);
  });

  it('shows a cycle of rooms whose files have none', () => {
    const modules = modulesOf({
      'src/fetch/read/a.ts': ['src/fetch/schedule/b.ts'],
      'src/fetch/schedule/b.ts': [],
      'src/fetch/schedule/c.ts': ['src/fetch/read/d.ts'],
      'src/fetch/read/d.ts': [],
    });
    const faults = faultsOf(importGraph(modules, 'fetch'), LIMITS.fetch);
    expect(faults).toEqual(['cycle read -> schedule -> read', 'upward schedule -> read']);
  });
});
