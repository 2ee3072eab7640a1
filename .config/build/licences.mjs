/**
 * Writes dist/THIRD-PARTY-LICENSES.txt from what the bundler says it put into dist, so the list cannot go stale.
 * A bundled module outside `BUNDLED`, or one without a licence text, fails the build.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BUNDLED } from '../doors.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const dist = join(root, 'dist');

/** Folders of the npm packages whose code is in the outputs, as the metafiles tell. */
function bundledPackages() {
  const found = new Set();
  for (const name of readdirSync(dist).filter((file) => /^metafile-\w+\.json$/.test(file))) {
    const metafile = JSON.parse(readFileSync(join(dist, name), 'utf8'));
    for (const output of Object.values(metafile.outputs)) {
      for (const [input, { bytesInOutput }] of Object.entries(output.inputs)) {
        const folder = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
        if (folder !== undefined && bytesInOutput > 0) found.add(folder);
      }
    }
    rmSync(join(dist, name));
  }
  return [...found].sort();
}

/** One entry of the list. */
function entry(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  if (!BUNDLED.includes(name)) throw new Error(`${name} is bundled into dist, but .config/doors.mjs does not allow it`);
  const file = readdirSync(join(root, folder)).find((candidate) => /^licen[cs]e(\.\w+)?$/i.test(candidate));
  if (file === undefined) throw new Error(`${name} ships no licence text`);
  return `${name} ${version} (${license})\n\n${readFileSync(join(root, folder, file), 'utf8').trim()}\n`;
}

const packages = bundledPackages();
const head = 'This package contains code of the packages below, under their own licences.\n';
writeFileSync(join(dist, 'THIRD-PARTY-LICENSES.txt'), [head, ...packages.map(entry)].join(`\n${'-'.repeat(80)}\n\n`));
console.log(`Licences of ${packages.length} bundled packages written.`);
