/**
 * ESM and CJS of every door, with types.
 *
 * `splitting` in both formats, so that `ReelwayError` exists once per format and not once per door; ES2020, because
 * React Native's Babel preset refuses static blocks; the bundled modules are the ones that phones cannot take as published.
 */
import { defineConfig, type Options } from 'tsup';
import { BUNDLED, entries } from './.config/doors.mjs';

// What only runs, such as the demo, need not wait for types. Those of CommonJS are copied (`.config/build/types.mjs`).
const typed = !process.argv.includes('--no-dts');

const shared: Options = {
  outDir: 'dist',
  target: 'es2020',
  platform: 'neutral',
  splitting: true,
  metafile: true,
  sourcemap: false,
  clean: false,
  noExternal: BUNDLED,
  external: [/^node:/],
  // `fs` without its prefix could be an npm package; with it, gates can tell.
  removeNodeProtocol: false,
  esbuildOptions(options) {
    options.chunkNames = 'shared/[name]-[hash]';
    options.mainFields = ['module', 'main'];
    options.legalComments = 'none';
    // ES2020 has no class fields; as assignments, those without a value cost nothing.
    delete options.tsconfig;
    options.tsconfigRaw = { compilerOptions: { useDefineForClassFields: false } };
  },
};

export default defineConfig([
  { ...shared, format: 'esm', entry: entries({ cli: true }), dts: typed ? { entry: entries() } : false },
  { ...shared, format: 'cjs', entry: entries() },
]);
