/**
 * `npm ci` of a folder with a lock of its own: `node .config/build/install.mjs <folder> [npm options]`. Steps of one run of `.ci/run`
 * share REELWAY_RUN, so what an earlier step of the same run installed is used again.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder = '.', ...options] = process.argv.slice(2);
const run = process.env['REELWAY_RUN'];
// `npm ci` begins by removing node_modules, so the stamp of a run that failed does not stay.
const stamp = join(folder, 'node_modules/.reelway-run');
if (run !== undefined && existsSync(stamp) && readFileSync(stamp, 'utf8') === run) {
  process.stdout.write(`The packages of ${folder} are used again.\n`);
} else {
  const { status } = spawnSync('npm', ['ci', '--prefix', folder, ...options], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
  if (run !== undefined) writeFileSync(stamp, run);
}
