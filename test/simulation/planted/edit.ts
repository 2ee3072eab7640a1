/** Edits: what is changed at a mutation point, said by the parts of the statement there. See `mutate.ts`. */
import { transform } from 'esbuild';
import ts from 'typescript';
import { filled, firstLine, otherPoints, testPart, valuePart } from './parts.js';
import { type MarkedFile, statementAt } from './points.js';

interface Operations {
  /** The statement goes. */
  remove: true;
  /** Nothing waits for the statement's `await` any more, and its rejection is swallowed. */
  unawaited: true;
  /** Another test of an `if`, a loop or a conditional expression. */
  condition: string;
  /** Another initializer, right side, returned or thrown expression. */
  value: string;
  /** A statement in front of it. */
  before: string;
  /** Another statement in its place. */
  replace: string;
  /** A function `(original, ...args) => …` that is called in place of the function declared there. */
  wrap: string;
}

/** One change at one mutation point: its name and exactly one operation. */
export type Edit = {
  [Name in keyof Operations]: { readonly at: string } & { readonly [Own in Name]: Operations[Own] } & {
    readonly [Other in Exclude<keyof Operations, Name>]?: never;
  };
}[keyof Operations];

/** Every mutation point that an edit names: its own, and those whose parts stand in its text. */
export function pointsNamedBy(edit: Edit): string[] {
  const { at, ...operation } = edit;
  return [at, ...Object.values(operation).flatMap((text) => (text === true ? [] : otherPoints(text)))];
}

/** A range of a file and what stands there instead. */
interface Change {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The statement that an edit changes, and how parts are named. */
interface Target {
  readonly edit: Edit;
  readonly statement: ts.Statement;
  readonly source: ts.SourceFile;
  /** Text with its placeholders filled. */
  fill(text: string): string;
}

/** The file's text with all edits applied. Rejects where one does not apply or changes nothing. */
export async function applyEdits(file: MarkedFile, edits: readonly Edit[]): Promise<string> {
  const source = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.Latest, true);
  const statementOf = (name: string): ts.Statement => {
    const point = file.points.find((one) => one.name === name);
    if (point === undefined) throw new Error(`There is no mutation point "${name}" in ${file.path}`);
    return statementAt(source, point);
  };
  const before = await compiled(file.text);
  const changes: Change[] = [];
  for (const edit of edits) {
    const statement = statementOf(edit.at);
    const fill = (text: string): string => filled(text, statement, statementOf);
    const change = changeFor({ edit, statement, source, fill });
    await requireEffect(file, edit, change, before);
    changes.push(change);
  }
  return applied(file.text, changes);
}

function applied(text: string, changes: readonly Change[]): string {
  let result = '';
  let position = 0;
  for (const change of changes.toSorted((one, other) => one.start - other.start || one.end - other.end)) {
    if (change.start < position) throw new Error(`Two edits change the same code: ${text.slice(change.start, change.end)}`);
    result += text.slice(position, change.start) + change.text;
    position = change.end;
  }
  return result + text.slice(position);
}

/** The code without types, comments and spaces. */
async function compiled(contents: string): Promise<string> {
  return (await transform(contents, { loader: 'ts', minifyWhitespace: true, logLevel: 'silent' })).code;
}

async function requireEffect({ path, text }: MarkedFile, edit: Edit, change: Change, before: string): Promise<void> {
  const after = await compiled(applied(text, [change])).catch((error: unknown) => {
    throw new Error(`The edit ${JSON.stringify(edit)} makes code of ${path} that does not compile`, { cause: error });
  });
  if (after === before) throw new Error(`The edit ${JSON.stringify(edit)} changes nothing in ${path}`);
}

function changeFor(target: Target): Change {
  const { edit, statement, fill } = target;
  if (edit.remove === true) return removal(target);
  if (edit.unawaited === true) return unawaited(target);
  if (edit.condition !== undefined) return replaced(target, testPart(statement), `(${fill(edit.condition)})`);
  if (edit.value !== undefined) return replaced(target, valuePart(statement), fill(edit.value));
  if (edit.wrap !== undefined) return wrapped(target, fill(edit.wrap));
  if (edit.replace !== undefined) return replaced(target, statement, fill(edit.replace));
  const start = statement.getStart();
  return { start, end: start, text: `${fill(edit.before)}\n` };
}

function replaced(target: Target, part: ts.Node | undefined, text: string): Change {
  if (part === undefined) throw unfit(target);
  return { start: part.getStart(), end: part.end, text };
}

function unfit({ edit, statement, source }: Target): Error {
  return new Error(`The edit ${JSON.stringify(edit)} does not apply to this statement of ${source.fileName}: ${firstLine(statement)}`);
}

/** A declaration stays: without it, the names that it declares would fail wherever they are used. */
function removal(target: Target): Change {
  const { statement } = target;
  const isDeclaration = ts.isVariableStatement(statement) || ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement);
  return replaced(target, isDeclaration ? undefined : statement, '');
}

function unawaited(target: Target): Change {
  const { statement } = target;
  const call = ts.isExpressionStatement(statement) && ts.isAwaitExpression(statement.expression) ? statement.expression : undefined;
  return replaced(target, call, `void Promise.resolve(${call?.expression.getText()}).catch(() => undefined)`);
}

function wrapped(target: Target, wrapper: string): Change {
  const { statement, source } = target;
  const call = (original: string): string => `(${wrapper})((${original}), ...all)`;
  if (ts.isFunctionDeclaration(statement)) {
    const exported = statement.modifiers?.find(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
    const original = source.text.slice(exported?.end ?? statement.getStart(), statement.end);
    const head = `${exported?.getText() ?? ''} function ${statement.name?.text}`;
    return replaced(target, statement, `${head}(...all) { return ${call(original)}; }`);
  }
  const value = valuePart(statement);
  const isFunction = value !== undefined && (ts.isArrowFunction(value) || ts.isFunctionExpression(value));
  return replaced(target, isFunction ? value : undefined, `(...all) => ${call(value?.getText() ?? '')}`);
}
