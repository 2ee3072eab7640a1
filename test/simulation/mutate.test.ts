/** The planting of bugs: what each operation makes of a statement, and which edits are rejected. */
import { transform } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { plantTree } from '../house/planted-tree.js';
import { applyEdits, type Edit } from './planted/edit.js';
import { loadMutant, mutatedFiles } from './planted/mutate.js';
import { pointsIn, readMarkedFiles } from './planted/points.js';

/** Code without its types, comments and spare parentheses. */
const plain = async (code: string): Promise<string> => (await transform(code, { loader: 'ts' })).code;

const planted = async (code: string, ...edits: readonly Edit[]): Promise<string> => {
  const path = 'code.ts';
  return plain(await applyEdits({ path, text: code, points: pointsIn(path, code) }, edits));
};

/** A function around one marked statement. */
const around = (statement: string): string => `
  async function run(object: Item) {
    // mutation-point: step
    ${statement}
    end();
  }`;

describe('an edit', () => {
  it.each<[title: string, before: string, edit: Edit, after: string]>([
    ['removes a statement', 'if (isWrong) throw wrong;', { at: 'step', remove: true }, ''],
    ['stops waiting', 'await save(1);', { at: 'step', unawaited: true }, 'void Promise.resolve(save(1)).catch(() => undefined);'],
    ['changes the test of an if', 'if (a && b) go(); else stop();', { at: 'step', condition: 'true' }, 'if (true) go(); else stop();'],
    ['changes the test of a while', 'while (a < b) go();', { at: 'step', condition: 'false' }, 'while (false) go();'],
    ['changes the test of a do', 'do go(); while (a < b);', { at: 'step', condition: 'false' }, 'do go(); while (false);'],
    ['changes the test of a for', 'for (;a < b;) go();', { at: 'step', condition: '$test || c' }, 'for (;a < b || c;) go();'],
    ['changes the test of a value', 'return a ? b : c;', { at: 'step', condition: '!$test' }, 'return !a ? b : c;'],
    ['changes an initializer', 'const list: number[] = await find();', { at: 'step', value: '[]' }, 'const list = [];'],
    ['changes a destructured value', 'const { a } = find();', { at: 'step', value: '{}' }, 'const { a } = {};'],
    ['changes a right side', 'object.limit = limit;', { at: 'step', value: '$value * 2' }, 'object.limit = limit * 2;'],
    ['changes what is returned', 'return one || other;', { at: 'step', value: '$value && third' }, 'return (one || other) && third;'],
    ['changes an argument', 'return key(a, b, c);', { at: 'step', value: "$callee($args[0], 'x', $args[2])" }, "return key(a, 'x', c);"],
    [
      'changes the arguments of new',
      'const q = new Queue(a, ...b);',
      { at: 'step', value: 'new $callee(1, $args)' },
      'const q = new Queue(1, a, ...b);',
    ],
    ['puts a statement in front', 'go(a);', { at: 'step', before: 'return $callee(2);' }, 'return go(2); go(a);'],
    ['drops the else of an if', 'if (a) go(); else stop();', { at: 'step', replace: 'if ($test) $then' }, 'if (a) go();'],
    ['keeps only the else of an if', 'if (a) go(); else stop();', { at: 'step', replace: '$else' }, 'stop();'],
    ['drops the catch of a try', 'try { go(); } catch { stop(); }', { at: 'step', replace: '$body' }, '{ go(); }'],
    [
      'runs a loop once',
      'for (const a of b) { go(a); }',
      { at: 'step', replace: '{ const [a] = b; $body }' },
      '{ const [a] = b; { go(a); } }',
    ],
    ['repeats a statement', 'go(a);', { at: 'step', replace: '$node $node' }, 'go(a); go(a);'],
  ])('%s', async (_title, before, edit, after) => {
    const { at: _at, ...operation } = edit;
    expect(Object.keys(operation)).toHaveLength(1);
    expect(await planted(around(before), edit)).toBe(await plain(around(after)));
  });

  it('wraps an exported function, below its docblock', async () => {
    const code = '/** Adds. */\n// mutation-point: add\nexport async function add<T>(one: T, other: T) {\n  return one + other;\n}';
    const edit: Edit = { at: 'add', wrap: '(original, one) => original(one, 1)' };
    expect(await planted(code, edit)).toBe(
      await plain(
        'export function add(...all) { return ((original, one) => original(one, 1))((async function add(one, other) { return one + other; }), ...all); }',
      ),
    );
  });

  it('wraps a function that is a value, above its docblock', async () => {
    const code = '// mutation-point: add\n/** Adds. */\nconst add = (one: number): number => one + 1;';
    const edit: Edit = { at: 'add', wrap: '(original, ...args) => -original(...args)' };
    expect(await planted(code, edit)).toBe(
      await plain('const add = (...all) => ((original, ...args) => -original(...args))(((one) => one + 1), ...all);'),
    );
  });

  it('changes the order of two statements together with another edit', async () => {
    const code = 'const key = 1;\n// mutation-point: put\nput(key);\n// mutation-point: note\nnote(key);';
    const edits: Edit[] = [
      { at: 'put', before: 'void $callee@note($args[0]@note, 0);\n$node@note' },
      { at: 'note', remove: true },
    ];
    expect(await planted(code, ...edits)).toBe(await plain('const key = 1; void note(key, 0); note(key); put(key);'));
  });

  it('changes code in the same way after its names were changed', async () => {
    const edit: Edit = { at: 'step', value: '$callee($args[1], $args[0])' };
    const renamed = await planted(around('const found = await this.store.find(key, signal);'), edit);
    expect(renamed.replaceAll(/found|store|find|key|signal/g, '_')).toBe(
      (await planted(around('const seen = await this.client.look(name, abort);'), edit)).replaceAll(/seen|client|look|name|abort/g, '_'),
    );
  });
});

describe('planting', () => {
  it.each<[title: string, statement: string, edit: Edit, message: RegExp]>([
    [
      'removes a declaration',
      'const a = 1;',
      { at: 'step', remove: true },
      /"remove":true.*does not apply to this statement of code\.ts: const a = 1;$/,
    ],
    ['removes an await that is not there', 'go();', { at: 'step', unawaited: true }, /unawaited.* does not apply .*: go\(\);$/],
    ['changes a test that is not there', 'go();', { at: 'step', condition: 'true' }, /condition.* does not apply .*: go\(\);$/],
    ['changes the value of a call', 'go();', { at: 'step', value: '1' }, /value.* does not apply .*: go\(\);$/],
    ['changes the value of two declarations', 'let a = 1, b = 2;', { at: 'step', value: '1' }, /value.* does not apply .*: let a = 1/],
    ['wraps a value that is not a function', 'const a = 1;', { at: 'step', wrap: '() => 1' }, /wrap.* does not apply .*: const a = 1;$/],
    [
      'names a part that the statement does not have',
      'go();',
      { at: 'step', before: 'if ($test) stop();' },
      /"\$test" in "if \(\$test\) stop\(\);": this statement has no such part: go\(\);$/,
    ],
    ['names an argument that the call does not have', 'go(1);', { at: 'step', before: 'f($args[1]);' }, /"\$args\[1\]" in /],
    ['names an unknown part', 'go();', { at: 'step', before: 'f($vale);' }, /"\$vale" in /],
    ['names a part of an unknown point', 'go();', { at: 'step', before: '$node@other' }, /no mutation point "other" in code\.ts/],
    ['changes nothing', 'const list: number[] = [];', { at: 'step', value: ' [ ] ' }, /"value":" \[ \] ".* changes nothing in code\.ts/],
    ['changes a function to the same function', 'const f = (a: number) => a;', { at: 'step', value: '(a) => a' }, /changes nothing/],
    ['changes only a type', 'const a = b;', { at: 'step', value: '$value as string' }, /changes nothing/],
    ['does not compile', 'const a = b;', { at: 'step', value: 'b c' }, /"value":"b c".*does not compile/],
  ])('rejects an edit that %s', async (_title, statement, edit, message) => {
    await expect(planted(around(statement), edit)).rejects.toThrow(message);
  });

  it('rejects two edits of the same code', async () => {
    const edits: Edit[] = [
      { at: 'step', condition: 'true' },
      { at: 'step', remove: true },
    ];
    await expect(planted(around('if (a) go();'), ...edits)).rejects.toThrow(/Two edits change the same code: a$/);
  });

  it.each([
    ['a closing brace', 'function a() {\n// mutation-point: step\n}'],
    ['another comment', '// mutation-point: step\n// Why.\ngo();'],
    ['an argument', 'go(\n// mutation-point: step\na,\n);'],
    ['a property', 'go({\n// mutation-point: step\na: 1,\n});'],
    ['a member of a class', 'class A {\n// mutation-point: step\ngo() {}\n}'],
    ['a statement without a block', 'if (a)\n// mutation-point: step\ngo();'],
    ['the end of the file', 'go();\n// mutation-point: step\n'],
  ])('rejects a mutation point above %s', async (_what, code) => {
    await expect(planted(code, { at: 'step', remove: true })).rejects.toThrow(
      /code\.ts: mutation point "step" is not directly above a statement/,
    );
  });

  it.each([
    'go(); // mutation-point: step',
    '// mutation-point:step',
    '// mutation-point: Step',
    '// mutation-point: step, and why',
    '/* mutation-point: step */',
    `// mutation-point: ${'long-'.repeat(8)}name`,
  ])('rejects the comment "%s"', (line) => {
    expect(() => pointsIn('code.ts', `${line}\ngo();`)).toThrow(/code\.ts: expected a line "\/\/ mutation-point: two-words"/);
  });

  it('rejects an edit whose point is missing or not unique', async () => {
    const marked = '// mutation-point: step\ngo();\n';
    const folder = plantTree({ 'a/one.ts': marked, 'b/c/two.ts': marked, 'three.ts': marked.replace('step', 'only') });
    const files = await readMarkedFiles(folder);
    const plant = (at: string) => mutatedFiles(files, [{ at, remove: true }]);
    await expect(plant('none')).rejects.toThrow('Mutation point "none": expected in one place, got none');
    await expect(plant('step')).rejects.toThrow(/^Mutation point "step": expected in one place, got .*one\.ts, .*two\.ts$/);
    expect([...(await plant('only'))]).toEqual([[`${folder}/three.ts`, '// mutation-point: only\n\n']]);
  });

  it('rejects an edit of a file that the engine does not load', async () => {
    await expect(loadMutant('fetch', [{ at: 'verify-segments', value: '[]' }])).rejects.toThrow(/The fetch engine does not load/);
  });
});
