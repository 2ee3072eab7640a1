/** A folder that holds the packed tarball as an app's `node_modules` does, for what runs outside this repository's own tree. */
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { arch, tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { must } from '../../package/world.js';

/** Where the packages of this suite are. */
export const PACKAGES = realpathSync(join(import.meta.dirname, '../node_modules'));

/** React Native's newer tooling wants a newer Node than the suites. */
export const NODE_22 = join(PACKAGES, `node-22-linux-${arch()}/bin/node`);

/** A new folder with `node_modules/reelway`, unpacked from the suite's tarball. */
export async function appFolder(): Promise<{ readonly folder: string; remove(): void }> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'reelway-phone-')));
  mkdirSync(join(folder, 'node_modules'));
  await must('tar', ['-xzf', inject('tarball'), '-C', 'node_modules'], folder);
  renameSync(join(folder, 'node_modules/package'), join(folder, 'node_modules/reelway'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'phone', private: true }));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
