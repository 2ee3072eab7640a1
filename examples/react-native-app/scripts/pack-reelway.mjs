/** Packs the package of this repository beside the app, where its package.json looks for it. An app of your own has `"reelway": "0.1.0"` there. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const app = fileURLToPath(new URL('..', import.meta.url));
const root = fileURLToPath(new URL('../../..', import.meta.url));
const folder = mkdtempSync(`${app}pack-`);
execFileSync('npm', ['run', 'build'], { cwd: root, stdio: 'inherit' });
execFileSync('npm', ['pack', '--pack-destination', folder], { cwd: root, stdio: 'inherit' });
const [tarball] = readdirSync(folder);
renameSync(`${folder}/${tarball}`, `${app}reelway.tgz`);
rmSync(folder, { recursive: true });
