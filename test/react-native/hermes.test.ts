/**
 * A whole upload and a whole fetch in Hermes: the tarball, bundled by Metro with React Native's newest preset, over the adapter for
 * react-native-fs and a fake of its native module.
 *
 * The engine is 0.12, the last one whose command line was published: legacy, slower than today's, and without `atob` and `btoa`, so
 * that base64 goes through a loop in JavaScript. Times are printed and never judged, since they belong to the machine.
 */
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ROOT } from '../house/planted-tree.js';
import { appFolder } from './kit/app-folder.js';
import { compileToBytecode, runBytecode } from './kit/hermes.js';
import { bundleAll } from './kit/metro.js';
import { type Figures, longest, tableOf } from './kit/stretches.js';

let app: Awaited<ReturnType<typeof appFolder>>;
let bytecode: string;

beforeAll(async () => {
  app = await appFolder();
  const program = join(app.folder, 'program.js');
  const entryPoints = [join(ROOT, 'test/react-native/hermes/program.ts')];
  await build({ entryPoints, outfile: program, bundle: true, format: 'esm', target: 'es2020', external: ['reelway', 'reelway/*'] });
  const job = { release: '0.88', root: app.folder, entries: { bundle: 'program.js' }, minify: false, out: join(app.folder, 'out') };
  expect((await bundleAll(job)).get('bundle')?.error).toBeUndefined();
  bytecode = join(app.folder, 'program.hbc');
  await compileToBytecode('legacy', join(app.folder, 'out/bundle.js'), bytecode);
});

afterAll(() => app.remove());

it('uploads and fetches in Hermes, with the host’s base64 and without', async () => {
  const lines = (await runBytecode(bytecode)).split('\n').filter((line) => line.startsWith('{'));
  const runs = lines.map((line) => JSON.parse(line) as Figures);
  expect(runs.map(({ withBase64 }) => withBase64)).toEqual([false, true]);
  for (const figures of runs) {
    console.log(
      `Hermes 0.12 (legacy), ${figures.withBase64 ? 'with' : 'without'} native base64: ${figures.sizeBytes} bytes in ${figures.segments} segments`,
    );
    for (const phase of figures.phases) console.log(tableOf(phase));
    console.log(`heap of the engine: at most ${figures.heap.peakBytes} bytes, ${figures.heap.heldBytes} at the end`);
    expect(figures).toMatchObject({ segments: 16, fetchedBytes: figures.sizeBytes, equal: true, aborted: 'ABORTED', longSegments: 19_074 });
    expect(figures.heap.peakBytes).toBeGreaterThan(0);
    expect(figures.longestString).toBeGreaterThan(0);
    expect(figures.longestString).toBeLessThanOrEqual(524_288);
    expect(figures.calls.map(([name]) => name)).not.toContain('readFile');
    // The measure measures: native work and JavaScript's are told apart, and neither is nothing.
    for (const { stretches } of figures.phases) {
      expect(longest(stretches).ms).toBeGreaterThan(0);
      expect(stretches.some((stretch) => stretch.native)).toBe(true);
    }
  }
});
