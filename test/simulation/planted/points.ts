/** Mutation points: comments in shipped source, each of which names the statement below it. See `mutate.ts`. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';

/** Longest comment, without its indentation. */
const MAX_LENGTH = 60;
const POINT = /^\/\/ mutation-point: ([a-z][a-z0-9]*(?:-[a-z0-9]+)*)$/;

/** One mutation point. */
export interface MutationPoint {
  readonly name: string;
  /** Offset in the file of the end of the comment. */
  readonly end: number;
}

/** A file with mutation points. */
export interface MarkedFile {
  readonly path: string;
  readonly text: string;
  readonly points: readonly MutationPoint[];
}

/** The mutation points of a file. Throws where a comment has another form, so that a typing error does not hide one. */
export function pointsIn(path: string, text: string): MutationPoint[] {
  const points: MutationPoint[] = [];
  let start = 0;
  for (const line of text.split('\n')) {
    if (line.includes('mutation-point')) {
      const name = line.trim().length <= MAX_LENGTH ? POINT.exec(line.trim())?.[1] : undefined;
      if (name === undefined) {
        throw new Error(
          `${path}: expected a line "// mutation-point: two-words" of at most ${MAX_LENGTH} characters, got "${line.trim()}"`,
        );
      }
      points.push({ name, end: start + line.trimEnd().length });
    }
    start += line.length + 1;
  }
  return points;
}

/** All files below a folder that have mutation points. */
export async function readMarkedFiles(folder: string): Promise<MarkedFile[]> {
  const entries = await readdir(folder, { recursive: true, encoding: 'utf8' });
  const files = entries
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .map((name) => join(folder, name));
  const marked = await Promise.all(
    files.map(async (path) => {
      const text = await readFile(path, 'utf8');
      return { path, text, points: pointsIn(path, text) };
    }),
  );
  return marked.filter(({ points }) => points.length > 0);
}

/** The statement directly below a mutation point, which may stand above or below the statement's docblock. */
export function statementAt(source: ts.SourceFile, { name, end }: MutationPoint): ts.Statement {
  const start = end + source.text.slice(end).search(/\S|$/);
  const find = (node: ts.Node): ts.Node | undefined => {
    if (node.getStart(source) === start || node.getStart(source, true) === start) return node;
    return ts.forEachChild(node, (child) => (child.pos <= start && start < child.end ? find(child) : undefined));
  };
  const node = ts.forEachChild(source, find);
  if (node === undefined || !isListed(node)) {
    throw new Error(`${source.fileName}: mutation point "${name}" is not directly above a statement of a block`);
  }
  return node;
}

function isListed(node: ts.Node): node is ts.Statement {
  const { parent } = node;
  const isList = ts.isBlock(parent) || ts.isSourceFile(parent) || ts.isCaseOrDefaultClause(parent);
  return isList && parent.statements.includes(node as ts.Statement);
}
