/**
 * Builds the package: `npm run build`, and without types `npm run build:js`. Where REELWAY_BUILT is set, as between the steps of
 * `.ci/run`, the build that is there is used again.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const withTypes = !process.argv.includes('--js');
const commands = [
  'node .config/build/clean.mjs',
  withTypes ? 'tsup' : 'tsup --no-dts',
  ...(withTypes ? ['node .config/build/types.mjs'] : []),
  'node .config/build/licences.mjs',
];

const isBuilt = existsSync('dist/THIRD-PARTY-LICENSES.txt') && existsSync('dist/index.d.ts');
if (process.env['REELWAY_BUILT'] !== undefined && isBuilt) process.stdout.write('The build in dist is used again.\n');
else {
  for (const command of commands) {
    const { status } = spawnSync(command, { shell: true, stdio: 'inherit' });
    if (status !== 0) process.exit(status ?? 1);
  }
}
