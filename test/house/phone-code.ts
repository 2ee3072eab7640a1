/** Reads built files as a phone's bundler does: everything reachable from a door, and what of it a phone cannot take. */
import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join } from 'node:path';
import ts from 'typescript';

const BUILTIN = new Set(builtinModules);

/** One thing that React Native's Babel preset, Metro or Hermes refuses. */
export interface Finding {
  readonly file: string;
  readonly what: string;
}

interface Module {
  readonly imports: readonly string[];
  readonly findings: readonly string[];
}

/** The module that a call or declaration names, if it names one. */
function moduleName(node: ts.Node): string | undefined {
  if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined) {
    return (node.moduleSpecifier as ts.StringLiteral).text;
  }
  if (ts.isCallExpression(node) && node.expression.getText() === 'require') {
    const [argument] = node.arguments;
    return argument !== undefined && ts.isStringLiteralLike(argument) ? argument.text : '<computed>';
  }
  return undefined;
}

function isAsyncGenerator(node: ts.Node): boolean {
  if (!(ts.isFunctionDeclaration(node) || ts.isFunctionExpression(node) || ts.isMethodDeclaration(node))) return false;
  const isAsync = node.modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.AsyncKeyword) ?? false;
  return isAsync && node.asteriskToken !== undefined;
}

function unwanted(node: ts.Node): string | undefined {
  if (ts.isExportDeclaration(node) && node.exportClause !== undefined && ts.isNamespaceExport(node.exportClause)) return 'export * as';
  if (ts.isClassStaticBlockDeclaration(node)) return 'static block';
  if (isAsyncGenerator(node)) return 'async generator';
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) return 'import()';
  if (ts.isForOfStatement(node) && node.awaitModifier !== undefined) return 'for await';
  if (ts.isMetaProperty(node)) return 'import.meta';
  if (ts.isRegularExpressionLiteral(node) && /\/[a-z]*v[a-z]*$/.test(node.text)) return 'RegExp v';
  return ts.isPrivateIdentifier(node) ? '#private' : undefined;
}

function read(file: string): Module {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true, ts.ScriptKind.JS);
  const imports: string[] = [];
  const findings: string[] = [];
  const visit = (node: ts.Node): void => {
    const name = moduleName(node);
    if (name !== undefined) imports.push(name);
    const what = unwanted(node);
    if (what !== undefined) findings.push(what);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { imports, findings };
}

function refusal(name: string): string | undefined {
  if (name.startsWith('node:') || BUILTIN.has(name)) return `Node's ${name}`;
  if (!name.startsWith('.')) return `not bundled: ${name}`;
  return undefined;
}

/** The files that a door reaches, and what in them a phone cannot take. */
export function walkDoor(door: string): { readonly files: readonly string[]; readonly findings: readonly Finding[] } {
  const files = [door];
  const findings: Finding[] = [];
  for (const file of files) {
    const { imports, findings: found } = read(file);
    for (const what of [...found, ...imports.flatMap((name) => refusal(name) ?? [])]) findings.push({ file, what });
    const next = imports.filter((name) => name.startsWith('.')).map((name) => join(dirname(file), name));
    for (const path of next) if (!files.includes(path)) files.push(path);
  }
  return { files, findings };
}
