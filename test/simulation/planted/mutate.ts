/** An engine with a bug planted in it: its sources with a few words changed, bundled apart from the real one. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';

/** One change of one file of the engine. */
export interface Edit {
  /** Below the engine's room, src/upload or src/fetch. */
  readonly file: string;
  /** Occurs once in the file. */
  readonly find: string;
  readonly replace: string;
}

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Loads the door of an engine's room with these edits. Rejects where the engine no longer has the words that an edit looks for. */
export async function loadMutant<Door>(room: 'upload' | 'fetch', edits: readonly Edit[]): Promise<Door> {
  const folder = await mkdtemp(join(tmpdir(), 'reelway-mutant-'));
  try {
    const outfile = join(folder, 'engine.mjs');
    const result = await build({
      entryPoints: [join(ROOT, 'src', room, 'index.ts')],
      bundle: true,
      format: 'esm',
      platform: 'neutral',
      target: 'es2022',
      mainFields: ['module', 'main'],
      write: false,
      logLevel: 'silent',
      plugins: [planter(room, edits)],
    });
    await writeFile(outfile, result.outputFiles[0]?.text ?? '');
    return (await import(/* @vite-ignore */ pathToFileURL(outfile).href)) as Door;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function planter(room: string, edits: readonly Edit[]): Plugin {
  return {
    name: 'plant',
    setup: (bundle) => {
      bundle.onLoad({ filter: /src\/(upload|fetch)\/.*\.ts$/ }, async ({ path }) => {
        const own = edits.filter(({ file }) => path === join(ROOT, 'src', room, file));
        if (own.length === 0) return undefined;
        let contents = await readFile(path, 'utf8');
        for (const edit of own) contents = changed(contents, edit);
        return { contents, loader: 'ts' };
      });
    },
  };
}

function changed(contents: string, { file, find, replace }: Edit): string {
  const parts = contents.split(find);
  if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times: ${find}`);
  return parts.join(replace);
}
