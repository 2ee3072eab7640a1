/**
 * Bundles entries as an app of React Native does, by the Metro and the Babel preset of one of its releases.
 *
 *   node bundle.mjs '{"release":"0.88","root":"/app","entries":{"name":"file.js"},"minify":true,"out":"/app/out"}'
 *
 * Prints one line of JSON per entry: its bytes and modules, or why Metro refused it. A program of its own, because newer releases want
 * a newer Node than the suites.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const { release, root, entries, minify, out } = JSON.parse(process.argv[2]);

/** `require` as the package does that is `name` to `from`. */
function requireOf(from, name) {
  return createRequire(from.resolve(`${name}/package.json`));
}

const here = createRequire(import.meta.url);
const reactNative = requireOf(here, `metro-config-${release}`);
const metroConfig = requireOf(reactNative, 'metro-config');
const transformer = createRequire(reactNative.resolve('@react-native/metro-babel-transformer'));
const Metro = metroConfig('metro');
const { FileStore } = metroConfig('metro-cache');
const { getDefaultConfig, mergeConfig } = here(`metro-config-${release}`);

// What Babel's output and Metro's own runtime ask for; all else must come from the tarball.
const runtimes = ['metro-runtime', '@react-native/js-polyfills'].map((name) => dirname(reactNative.resolve(`${name}/package.json`)));
const helpers = dirname(transformer.resolve('@babel/runtime/package.json'));

const modules = new Set();
const config = mergeConfig(getDefaultConfig(root), {
  projectRoot: root,
  maxWorkers: 1,
  watchFolders: [root, ...runtimes, helpers],
  cacheStores: [new FileStore({ root: join(out, `cache-${release}`) })],
  resolver: { extraNodeModules: { '@babel/runtime': helpers }, useWatchman: false },
  // The app's own start of React Native is not what is measured.
  serializer: { getModulesRunBeforeMainModule: () => [], processModuleFilter: (module) => modules.add(module.path) !== undefined },
  reporter: { update: () => undefined },
});

for (const [name, file] of Object.entries(entries)) {
  modules.clear();
  try {
    const { code } = await Metro.runBuild(config, {
      entry: join(root, file),
      platform: 'android',
      dev: false,
      minify,
      out: join(out, name),
    });
    console.log(JSON.stringify({ name, bytes: Buffer.byteLength(code), modules: [...modules] }));
  } catch (error) {
    console.log(JSON.stringify({ name, bytes: 0, modules: [], error: String(error.message) }));
  }
}
