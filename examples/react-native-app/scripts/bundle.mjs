/** Bundles the app by Metro, as a release build does, and says how large it is: `node scripts/bundle.mjs android [out.js]`. */
import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const Metro = require('metro');
const [platform = 'android', out = join(tmpdir(), `reelway-app-${platform}.js`)] = process.argv.slice(2);
const root = fileURLToPath(new URL('..', import.meta.url));

const config = await Metro.loadConfig({ cwd: root, config: join(root, 'metro.config.js') }, { maxWorkers: 2 });
await Metro.runBuild(config, { entry: 'index.js', platform, dev: false, minify: true, out });
console.log(`${platform}: ${statSync(out).size} bytes`);
