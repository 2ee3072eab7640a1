/** Packs the build once for the whole suite. */
import { existsSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { ROOT } from '../house/planted-tree.js';
import { must } from '../package/world.js';

export async function setup({ provide }: TestProject): Promise<() => void> {
  if (!existsSync(join(ROOT, 'dist/react-native.d.ts'))) throw new Error('dist is missing: run `npm run build` first');
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'reelway-packed-')));
  await must('npm', ['pack', '--pack-destination', folder], ROOT);
  const name = readdirSync(folder).find((file) => file.endsWith('.tgz'));
  if (name === undefined) throw new Error('npm pack left no tarball');
  provide('tarball', join(folder, name));
  return () => rmSync(folder, { recursive: true, force: true });
}
