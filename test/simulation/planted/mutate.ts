/**
 * An engine with a bug planted in it: the source is changed at marked points and bundled apart from the real one.
 *
 * **Mutation points.** A comment in `src`, on a line of its own, directly above a statement:
 *
 *     // mutation-point: verify-segments
 *     const broken = await findBroken(context, session, signal);
 *
 * Its name says what the code there does, not what a bug makes of it, and is unique in `src`. An edit names the point, never a
 * file or the text of the code. So code can be moved and renamed; the comment only has to stay above its statement. Between a
 * docblock and its function is the right place for the comment of a function.
 *
 * Only statements are marked: the build drops comments above statements, but copies those above class members and inside
 * expressions into the published files. To mark a part of an expression, give it a `const` of its own.
 *
 * **Edits.** `{ at: 'verify-segments', <one operation> }`:
 *
 * | operation | what it changes | applies to |
 * |---|---|---|
 * | `remove: true` | drops the statement | all but declarations |
 * | `unawaited: true` | does not wait, and ignores the rejection | `await …;` |
 * | `condition: 'false'` | the test | `if`, `while`, `do`, `for`, and a value `… ? … : …` |
 * | `value: '[]'` | the initializer, right side, returned or thrown expression | `const`, `let`, `=`, `+=`, `return`, `throw` |
 * | `before: '…'` | puts a statement in front | all |
 * | `replace: '…'` | puts another statement in its place | all |
 * | `wrap: '(original, ...args) => …'` | calls this instead of the function, with the function and its arguments | `function`, `const … = () => …` |
 *
 * The texts are code. Placeholders in them stand for the code of the marked statement's own parts, so that a text needs no name
 * from the source: `$node` (all of it), `$value`, `$test`, `$then`, `$else`, `$body` (of a `try`, loop or function), and for a call
 * `$callee`, `$args`, `$args[0]`. `$callee@other-point` is a part of another statement in the same file. Where a name cannot be
 * avoided, use names of public ports and of libraries only.
 *
 * | to plant | edit |
 * |---|---|
 * | another argument | `value: "$callee($args[0], 'fixed')"` |
 * | an `if` without its `else` | `replace: 'if ($test) $then'` |
 * | a `try` without its `catch` | `replace: '$body'` |
 * | a step before another one | `{ at: 'first', before: '$node@second' }` and `{ at: 'second', remove: true }` |
 * | another property of an object | a `const` for it in the source, then `value` |
 * | another result of a method or of several places | `wrap`, at the function that creates the object |
 *
 * **Checks.** An edit fails with a message that names it where its point does not exist exactly once, its operation or a
 * placeholder does not fit the statement, the code does not change or does not compile, two edits change the same code, or the
 * engine does not load the file. `test/house/mutation-points.test.ts` checks all of this but the last within seconds, and that
 * every point has an edit.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { applyEdits, type Edit } from './edit.js';
import { type MarkedFile, readMarkedFiles } from './points.js';

const SOURCES = fileURLToPath(new URL('../../../src', import.meta.url));

/** Path → changed text of the files that these edits change. Rejects where an edit does not apply. */
export async function mutatedFiles(files: readonly MarkedFile[], edits: readonly Edit[]): Promise<ReadonlyMap<string, string>> {
  const ownersOf = (at: string): MarkedFile[] => files.flatMap((file) => file.points.filter(({ name }) => name === at).map(() => file));
  for (const { at } of edits) {
    const paths = ownersOf(at).map(({ path }) => path);
    if (paths.length !== 1) throw new Error(`Mutation point "${at}": expected in one place, got ${paths.join(', ') || 'none'}`);
  }
  const changed = new Map<string, string>();
  for (const file of files) {
    const own = edits.filter(({ at }) => ownersOf(at).includes(file));
    if (own.length > 0) changed.set(file.path, await applyEdits(file, own));
  }
  return changed;
}

/** Loads the door of an engine's room with these edits. Rejects where an edit does not apply, or changes a file that the engine does not load. */
export async function loadMutant<Door>(room: 'upload' | 'fetch', edits: readonly Edit[]): Promise<Door> {
  const files = await mutatedFiles(await readMarkedFiles(SOURCES), edits);
  const unused = new Set(files.keys());
  const folder = await mkdtemp(join(tmpdir(), 'reelway-mutant-'));
  try {
    const outfile = join(folder, 'engine.mjs');
    const result = await build({
      entryPoints: [join(SOURCES, room, 'index.ts')],
      bundle: true,
      format: 'esm',
      platform: 'neutral',
      target: 'es2022',
      mainFields: ['module', 'main'],
      write: false,
      logLevel: 'silent',
      plugins: [planter(files, (path) => unused.delete(path))],
    });
    if (unused.size > 0) throw new Error(`The ${room} engine does not load what the edits change: ${[...unused].join(', ')}`);
    await writeFile(outfile, result.outputFiles[0]?.text ?? '');
    return (await import(/* @vite-ignore */ pathToFileURL(outfile).href)) as Door;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function planter(files: ReadonlyMap<string, string>, onLoad: (path: string) => void): Plugin {
  return {
    name: 'plant',
    setup: (bundle) => {
      bundle.onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const contents = files.get(path);
        if (contents === undefined) return undefined;
        onLoad(path);
        return { contents, loader: 'ts' };
      });
    },
  };
}
