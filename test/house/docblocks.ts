/**
 * Reads the built declarations of a door as an editor does, and lists what an app can see there without a docblock.
 *
 * Strict where a reader would have to guess: every exported symbol, every method, every number without a unit in its name,
 * every flag, unless the docblock of the whole names it in backticks. A property whose type is documented
 * (`fileSystem: FileSystem`), or a plain name (`videoId: string`), may speak for itself.
 */
import { dirname } from 'node:path';
import ts from 'typescript';

/** Compiler options under which a door's declarations are read. */
const OPTIONS: ts.CompilerOptions = {
  strict: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  noEmit: true,
  types: [],
};

/** Reads TypeScript's own declarations once, not once for each program. */
const HOST = ((): ts.CompilerHost => {
  const host = ts.createCompilerHost(OPTIONS);
  const libraries = new Map<string, ts.SourceFile | undefined>();
  return {
    ...host,
    getSourceFile(file, ...rest) {
      if (!/\/lib\.[^/]*\.d\.ts$/.test(file)) return host.getSourceFile(file, ...rest);
      if (!libraries.has(file)) libraries.set(file, host.getSourceFile(file, ...rest));
      return libraries.get(file);
    },
  };
})();

const UNIT = /(Bytes|Ms|Seconds)$/;

function docText(symbol: ts.Symbol, checker: ts.TypeChecker): string {
  return ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim();
}

function hasDoc(symbol: ts.Symbol, checker: ts.TypeChecker): boolean {
  return docText(symbol, checker) !== '' || symbol.getJsDocTags(checker).length > 0;
}

/** What the property's type holds besides `undefined`. */
function parts(type: ts.Type): readonly ts.Type[] {
  const all = type.isUnion() ? type.types : [type];
  return all.filter((part) => (part.flags & ts.TypeFlags.Undefined) === 0);
}

/** A function type that is written out on the spot; one with a name has a docblock of its own. */
function isUnnamedFunction(type: ts.Type): boolean {
  return type.getCallSignatures().length > 0 && type.aliasSymbol === undefined && !type.isClassOrInterface();
}

function mustBeDocumented(member: ts.Symbol, checker: ts.TypeChecker): boolean {
  if ((member.flags & (ts.SymbolFlags.Method | ts.SymbolFlags.Accessor)) !== 0) return true;
  const [declaration] = member.declarations ?? [];
  if (declaration === undefined) return false;
  const kinds = parts(checker.getTypeOfSymbolAtLocation(member, declaration));
  const number = ts.TypeFlags.NumberLike & ~ts.TypeFlags.NumberLiteral;
  if (kinds.some((kind) => (kind.flags & number) !== 0)) return !UNIT.test(member.name);
  return kinds.some((kind) => (kind.flags & ts.TypeFlags.BooleanLike) !== 0 || isUnnamedFunction(kind));
}

/** The members that the symbol's own declarations write out: not inherited ones, not those of a literal inside a member. */
function ownMembers(symbol: ts.Symbol, checker: ts.TypeChecker): ts.Symbol[] {
  const literal = (symbol.declarations ?? []).some((node) => ts.isTypeAliasDeclaration(node) && ts.isTypeLiteralNode(node.type));
  const members = literal ? checker.getDeclaredTypeOfSymbol(symbol).getProperties() : [...(symbol.members?.values() ?? [])];
  return members.filter((member) => (member.declarations ?? []).some((node) => isVisibleMember(node)));
}

function isVisibleMember(node: ts.Declaration): boolean {
  if (ts.isPropertySignature(node) || ts.isMethodSignature(node)) return true;
  if (!(ts.isPropertyDeclaration(node) || ts.isMethodDeclaration(node) || ts.isAccessor(node))) return false;
  return (ts.getCombinedModifierFlags(node) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) === 0;
}

/** Declared in the door's own folder, and not in another package or in the language's library. */
function isOurs(symbol: ts.Symbol, folder: string): boolean {
  return (symbol.declarations ?? []).some((node) => node.getSourceFile().fileName.startsWith(`${folder}/`));
}

/** Undocumented public symbols of one door's declarations, as `name` or `name.member`. */
export function undocumented(declarations: string): { readonly symbols: number; readonly missing: readonly string[] } {
  const program = ts.createProgram([declarations], OPTIONS, HOST);
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(declarations);
  const door = source === undefined ? undefined : checker.getSymbolAtLocation(source);
  if (door === undefined) return { symbols: 0, missing: [`${declarations} is no module`] };
  const exported = checker
    .getExportsOfModule(door)
    .map((symbol) => ((symbol.flags & ts.SymbolFlags.Alias) === 0 ? symbol : checker.getAliasedSymbol(symbol)))
    .filter((symbol) => isOurs(symbol, dirname(declarations)));
  const missing = exported.flatMap((symbol) => [
    ...(hasDoc(symbol, checker) ? [] : [symbol.name]),
    ...ownMembers(symbol, checker)
      .filter(
        (member) =>
          mustBeDocumented(member, checker) && !hasDoc(member, checker) && !docText(symbol, checker).includes(`\`${member.name}\``),
      )
      .map((member) => `${symbol.name}.${member.name}`),
  ]);
  return { symbols: exported.length, missing };
}
