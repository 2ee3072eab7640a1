/** Files of the upload engine take few members of its shared context, so that each names what it depends on. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { plantTree, ROOT } from './planted-tree.js';

/** Members of `EngineContext` that one file may use. */
const MAX_MEMBERS = 3;

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  strict: true,
  noEmit: true,
  types: [],
};

/** The symbols that a node takes from an object: `context.name`, `context['name']`, `{ name } = context`, `Pick<EngineContext, 'name'>`. */
function membersAt(node: ts.Node, names: ReadonlySet<string>, checker: ts.TypeChecker): readonly (ts.Symbol | undefined)[] {
  // The checker is asked only where a name fits: it is slow.
  if (ts.isPropertyAccessExpression(node)) return names.has(node.name.text) ? [checker.getSymbolAtLocation(node.name)] : [];
  if (ts.isElementAccessExpression(node)) return [checker.getSymbolAtLocation(node.argumentExpression)];
  if (ts.isObjectBindingPattern(node)) {
    const taken = node.elements.map(({ propertyName, name }) => (propertyName ?? name).getText()).filter((name) => names.has(name));
    return taken.map((name) => checker.getTypeAtLocation(node).getProperty(name));
  }
  if (!ts.isTypeReferenceNode(node) || node.typeName.getText() !== 'Pick') return [];
  return checker.getPropertiesOfType(checker.getTypeAtLocation(node));
}

/** The names of the members of `EngineContext`. */
function namesIn(source: ts.SourceFile | undefined): ReadonlySet<string> {
  const shared = source?.statements.find((node) => ts.isInterfaceDeclaration(node) && node.name.text === 'EngineContext');
  return new Set((shared as ts.InterfaceDeclaration | undefined)?.members.map(({ name }) => name?.getText() ?? ''));
}

/** File → the members of `EngineContext` in `src/upload/context.ts` that it uses. */
function membersByFile(root: string): ReadonlyMap<string, ReadonlySet<string>> {
  const folder = join(root, 'src/upload');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const program = ts.createProgram(
    files.map((name) => join(folder, name)),
    OPTIONS,
  );
  const checker = program.getTypeChecker();
  const names = namesIn(program.getSourceFile(join(folder, 'context.ts')));
  const isShared = (symbol: ts.Symbol | undefined): symbol is ts.Symbol =>
    symbol?.declarations?.some(({ parent }) => ts.isInterfaceDeclaration(parent) && parent.name.text === 'EngineContext') === true;
  const used = new Map<string, ReadonlySet<string>>();
  for (const name of files.filter((each) => each !== 'context.ts').sort()) {
    const source = program.getSourceFile(join(folder, name));
    const members = new Set<string>();
    const visit = (node: ts.Node): void => {
      for (const symbol of membersAt(node, names, checker)) if (isShared(symbol)) members.add(symbol.name);
      ts.forEachChild(node, visit);
    };
    if (source !== undefined) visit(source);
    if (members.size > 0) used.set(name, members);
  }
  return used;
}

function greedy(used: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  return [...used]
    .filter(([, members]) => members.size > MAX_MEMBERS)
    .map(([file, members]) => `${file}: ${[...members].sort().join(', ')}`);
}

describe('the context of the upload engine', () => {
  it('gives each file at most three members', () => {
    const used = membersByFile(ROOT);
    expect(used.size).toBeGreaterThan(10);
    expect(greedy(used)).toEqual([]);
  });

  it('is counted in accesses, patterns and picked types', () => {
    const head = "import type { EngineContext } from '../context.js';";
    const root = plantTree({
      'src/upload/context.ts': 'export interface EngineContext { readonly a: number; b: { readonly e: number }; c(): void; d: string }',
      'src/upload/run/access.ts': `${head} export const f = (x: EngineContext) => { x.c(); return [x.a, x.b, x['d']]; };`,
      'src/upload/run/pattern.ts': `${head} export const f = ({ a, b: other }: EngineContext, x: EngineContext) => { const { c, d } = x; return [a, other, c, d]; };`,
      'src/upload/run/picked.ts': `${head} export type Few = Pick<EngineContext, 'a' | 'b' | 'c' | 'd'>;`,
      'src/upload/run/narrow.ts': `${head} export const f = ({ a, b }: EngineContext, y: { d: string }) => [a, b.e, y.d];`,
      'src/upload/run/passing.ts': `${head} import { f } from './narrow.js'; export const g = (x: EngineContext) => [f(x, x), x.a, x.b, x.c];`,
    });
    expect(greedy(membersByFile(root))).toEqual(['access', 'pattern', 'picked'].map((name) => `run/${name}.ts: a, b, c, d`));
  });
});
