/**
 * What each door costs an app, minified and compressed, held to `.config/size-budget.json`.
 *
 * Raise a number there in the change that grows the door, and say why in that change.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { describe, expect, inject, it } from 'vitest';
import { DOORS } from '../../.config/doors.mjs';
import { ROOT } from '../house/planted-tree.js';

const budget = JSON.parse(readFileSync(join(ROOT, '.config/size-budget.json'), 'utf8')) as { readonly [subpath: string]: number };

/** Bytes of a door with all that it pulls in, minified and gzipped; the libraries of Node-only doors stay outside. */
async function doorBytes(subpath: string): Promise<number> {
  const result = await build({
    stdin: { contents: `export * from 'reelway${subpath.slice(1)}';`, resolveDir: inject('world') },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    external: ['node:*', 'memfs', 'proper-lockfile'],
    logLevel: 'silent',
  });
  const [file] = result.outputFiles;
  if (file === undefined) throw new Error(`${subpath} gave no bundle`);
  return gzipSync(file.contents, { level: 9 }).length;
}

describe('the size of', () => {
  it.each(DOORS.map((door) => door.subpath))('%s is within its budget', async (subpath) => {
    const bytes = await doorBytes(subpath);
    console.log(`${subpath.padEnd(14)} ${bytes.toString().padStart(7)} bytes of ${budget[subpath]}`);
    expect(bytes).toBeGreaterThan(500);
    expect(bytes).toBeLessThanOrEqual(budget[subpath] ?? 0);
    // A budget far above the figure would let growth pass unseen.
    expect(budget[subpath]).toBeLessThan(bytes * 1.25 + 1024);
  });

  it('no door is without a budget', () => {
    expect(Object.keys(budget).sort()).toEqual(DOORS.map((door) => door.subpath).sort());
  });
});
