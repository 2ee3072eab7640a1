/** What may not stand in the sources, beyond what linter and compiler can say. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** One thing that may not be written. */
export interface Ban {
  readonly name: string;
  /** Which files, by path from the root. */
  readonly where: RegExp;
  readonly except?: RegExp;
  /** Looked for in every line. */
  readonly pattern: RegExp;
  /** Looked for in code with its comments blanked. @default false */
  readonly codeOnly?: boolean;
}

const SHIPPED = /^(src|adapters)\//;
const CODE = /\.(ts|mts|cts|js|mjs|cjs)$/;
// Written with a gap, so that this file does not ban itself.
const marker = (...words: string[]) => new RegExp(words.join('\\s+'), 'i');

/** Every ban; test/house/bans.test.ts plants each one. */
export const BANS: readonly Ban[] = [
  { name: 'coverage-pragma', where: CODE, pattern: marker('(c8|v8|istanbul|node:coverage)', '(ignore|disable|enable|start|stop)') },
  { name: 'lint-pragma', where: SHIPPED, except: /^src\/cli\//, pattern: marker('biome-ignore-(all|start)') },
  { name: 'ts-pragma', where: CODE, pattern: /@ts-(ignore|nocheck)/ },
  { name: 'bare-error', where: SHIPPED, pattern: /\bnew Error\(/, codeOnly: true },
  { name: 'unfinished', where: CODE, pattern: new RegExp(`\\b(${['TO', 'FIX'].map((a, i) => a + ['DO', 'ME'][i]).join('|')}|X{3})\\b`) },
  {
    name: 'skipped-test',
    where: /^test\//,
    pattern: /\b(it|test|describe|suite)\.(skip|only|todo|fails|skipIf|runIf)\b(?!\(process\.platform)/,
    codeOnly: true,
  },
  {
    name: 'own-clock',
    where: /^src\//,
    except: /^src\/(internal\/(system-clock|host\.d)\.ts|cli\/|testing\/)/,
    pattern: /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\b(setTimeout|clearTimeout|setInterval)\(/,
    codeOnly: true,
  },
  {
    name: 'module-state',
    where: SHIPPED,
    pattern: /^(export )?((let|var) |const \w+(: [^=]+)? = new (Map|Set|WeakMap|WeakSet)\b[^(]*\(\))/,
    codeOnly: true,
  },
  {
    name: 'machine-path',
    where: /./,
    except: /^(package-lock\.json|.*\/package-lock\.json)$/,
    pattern: new RegExp(['/wo', 'rk/(main|shared|reelway)'].join('')),
  },
];

/** Lines of code a file may have. */
export const MAX_FILE_LINES = 400;

/** Files that are looked at: text under the project's own folders, never what is installed or built. */
export function sourceFiles(root: string): string[] {
  const folders = ['src', 'adapters', 'test', 'examples', 'docs', '.config', '.ci'];
  const below = folders.flatMap((folder) => {
    try {
      return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
    } catch {
      return [];
    }
  });
  return below.filter(
    (file) => !/(^|\/)(node_modules|dist|coverage|fixtures)\//.test(file) && /\.(m|c)?(ts|js|json|md|sh)x?$|^\.ci\//.test(file),
  );
}

/** The text with every comment blanked, lines kept. */
function withoutComments(file: string, text: string): string {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  let result = '';
  const visit = (node: ts.Node): void => {
    if (ts.isJSDoc(node)) return;
    const children = node.getChildren(source);
    for (const child of children) visit(child);
    if (children.length > 0) return;
    const start = node.getStart(source);
    result += text.slice(result.length, start).replace(/[^\n]/g, ' ') + text.slice(start, node.end);
  };
  visit(source);
  return result;
}

function findings(ban: Ban, file: string, text: string): string[] {
  if (!ban.where.test(file) || ban.except?.test(file) === true) return [];
  if (!text.split('\n').some((line) => ban.pattern.test(line))) return [];
  const lines = (ban.codeOnly === true && CODE.test(file) ? withoutComments(file, text) : text).split('\n');
  return lines.flatMap((line, index) => (ban.pattern.test(line) ? [`${file}:${index + 1}: ${ban.name}`] : []));
}

/** Every finding in a tree, as `path:line: name`. */
export function findBanned(root: string): string[] {
  return sourceFiles(root).flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    const long =
      CODE.test(file) && text.trimEnd().split('\n').length > MAX_FILE_LINES ? [`${file}:${MAX_FILE_LINES + 1}: file-length`] : [];
    return [...long, ...BANS.flatMap((ban) => findings(ban, file, text))];
  });
}
