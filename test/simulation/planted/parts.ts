/** Parts of a statement, by names that do not depend on the names in its code. See `mutate.ts`. */
import ts from 'typescript';

/** The initializer, right side, returned or thrown expression. */
export function valuePart(statement: ts.Statement): ts.Expression | undefined {
  if (ts.isReturnStatement(statement) || ts.isThrowStatement(statement)) return statement.expression;
  if (ts.isVariableStatement(statement)) {
    const { declarations } = statement.declarationList;
    return declarations.length === 1 ? declarations[0]?.initializer : undefined;
  }
  const expression = ts.isExpressionStatement(statement) ? statement.expression : undefined;
  return expression !== undefined && isAssignment(expression) ? expression.right : undefined;
}

function isAssignment(node: ts.Expression): node is ts.BinaryExpression {
  if (!ts.isBinaryExpression(node)) return false;
  const { kind } = node.operatorToken;
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
}

/** The test of an `if`, a loop or a conditional expression. */
export function testPart(statement: ts.Statement): ts.Expression | undefined {
  if (ts.isIfStatement(statement) || ts.isWhileStatement(statement) || ts.isDoStatement(statement)) return statement.expression;
  return ts.isForStatement(statement) ? statement.condition : conditionalPart(statement)?.condition;
}

function conditionalPart(statement: ts.Statement): ts.ConditionalExpression | undefined {
  const value = valuePart(statement);
  return value !== undefined && ts.isConditionalExpression(value) ? value : undefined;
}

/** The call, or `new`, that the statement consists of, or whose outcome is its value. */
function callPart(statement: ts.Statement): ts.CallExpression | ts.NewExpression | undefined {
  let node = valuePart(statement) ?? (ts.isExpressionStatement(statement) ? statement.expression : undefined);
  while (node !== undefined && (ts.isAwaitExpression(node) || ts.isParenthesizedExpression(node) || ts.isVoidExpression(node))) {
    node = node.expression;
  }
  return node !== undefined && (ts.isCallExpression(node) || ts.isNewExpression(node)) ? node : undefined;
}

function bodyPart(statement: ts.Statement): ts.Node | undefined {
  if (ts.isTryStatement(statement)) return statement.tryBlock;
  if (ts.isFunctionDeclaration(statement)) return statement.body;
  return ts.isIterationStatement(statement, false) ? statement.statement : undefined;
}

const PARTS: ReadonlyMap<string, (statement: ts.Statement) => ts.Node | undefined> = new Map([
  ['node', (statement: ts.Statement): ts.Node | undefined => statement],
  ['value', valuePart],
  ['test', testPart],
  ['then', (statement) => (ts.isIfStatement(statement) ? statement.thenStatement : conditionalPart(statement)?.whenTrue)],
  ['else', (statement) => (ts.isIfStatement(statement) ? statement.elseStatement : conditionalPart(statement)?.whenFalse)],
  ['body', bodyPart],
  ['callee', (statement) => callPart(statement)?.expression],
]);

const PLACEHOLDER = /\$(args\[\d+\]|[a-z]+)(?:@([a-z0-9]+(?:-[a-z0-9]+)*))?/g;

/** The mutation points whose parts a text names. */
export function otherPoints(text: string): string[] {
  return [...text.matchAll(PLACEHOLDER)].flatMap(([, , point]) => point ?? []);
}

/** A text whose placeholders are filled with the code of their parts. */
export function filled(text: string, own: ts.Statement, statementOf: (point: string) => ts.Statement): string {
  return text.replace(PLACEHOLDER, (placeholder, name: string, point: string | undefined) => {
    const statement = point === undefined ? own : statementOf(point);
    const code = name.startsWith('args') ? argumentsCode(statement, name) : partCode(statement, name);
    if (code === undefined) throw new Error(`"${placeholder}" in "${text}": this statement has no such part: ${firstLine(statement)}`);
    return code;
  });
}

/** The first line of a statement, for messages. */
export function firstLine(statement: ts.Statement): string {
  return statement.getText().split('\n')[0] ?? '';
}

function partCode(statement: ts.Statement, name: string): string | undefined {
  const part = PARTS.get(name)?.(statement);
  return part === undefined ? undefined : codeOf(part);
}

function argumentsCode(statement: ts.Statement, name: string): string | undefined {
  const list = callPart(statement)?.arguments;
  if (name === 'args') return list?.map(codeOf).join(', ');
  const one = list?.[Number(name.slice('args['.length, -1))];
  return one === undefined ? undefined : codeOf(one);
}

/** Expressions come in parentheses, so that they fit wherever an expression may stand. */
function codeOf(node: ts.Node): string {
  return ts.isStatement(node) || ts.isBlock(node) || ts.isSpreadElement(node) ? node.getText() : `(${node.getText()})`;
}
