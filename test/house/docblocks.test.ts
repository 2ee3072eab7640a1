/** The docblock gate catches what it is there for; test/package holds the built doors to it. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { undocumented } from './docblocks.js';
import { plantTree } from './planted-tree.js';

/** A docblock belongs to what follows it only at the start of a line, so each is given one. */
function missing(text: string, shared = ''): readonly string[] {
  const [door, other] = [text, shared].map((file) => file.replaceAll('/**', '\n/**'));
  return undocumented(join(plantTree({ 'index.d.ts': door ?? '', 'shared.d.ts': other ?? '' }), 'index.d.ts')).missing;
}

describe('the docblock gate', () => {
  it.each([
    ['an interface', 'export interface Planted { name: string }'],
    ['a type', 'export type Planted = string;'],
    ['a function', 'export declare function Planted(): void;'],
    ['a class', 'export declare class Planted {}'],
    ['a constant', 'export declare const Planted: 1;'],
    ['an empty docblock', '/** */\nexport declare const Planted: 1;'],
    ['a plain comment', '// Not a docblock.\nexport declare const Planted: 1;'],
  ])('catches %s', (_what, text) => {
    expect(missing(text)).toEqual(['Planted']);
  });

  it('catches a symbol behind a re-export and behind another name', () => {
    const shared = 'declare function hidden(): void; /** Said. */ declare function said(): void; export { hidden as h, said as s };';
    expect(missing("export { h as open, s } from './shared.js';", shared)).toEqual(['hidden']);
    expect(missing("export * from './shared.js';", shared)).toEqual(['hidden']);
  });

  it.each([
    ['a method', 'member(): void'],
    ['a function property', 'member: (a: string) => void'],
    ['an optional function', 'member?: () => void'],
    ['a number', 'member: number'],
    ['an optional number', 'member?: number | undefined'],
    ['a flag', 'readonly member?: boolean'],
  ])('catches %s of an interface', (_what, text) => {
    expect(missing(`/** Said. */ export interface Planted { ${text} }`)).toEqual(['Planted.member']);
    expect(missing(`/** Said. */ export interface Planted { /** Said. */ ${text} }`)).toEqual([]);
    expect(missing(`/** Said. */ export type Planted = { ${text} }`)).toEqual(['Planted.member']);
  });

  it('catches a public method of a class, and spares a private one', () => {
    const text = '/** Said. */ export declare class Planted { run(): void; private hide(): void; protected guard(): void; }';
    expect(missing(text)).toEqual(['Planted.run']);
  });

  it('spares names with a unit, documented types, plain names and a tag alone', () => {
    const members =
      'sizeBytes: number; delayMs?: number; startSeconds: number; other: Planted; videoId: string; step?: Step; /** @default 3 */ count?: number';
    expect(missing(`/** Said. */ export interface Planted { ${members} }\n/** Said. */ export type Step = () => void;`)).toEqual([]);
  });

  it('spares what the docblock of the whole names, and a number that is always the same', () => {
    expect(missing('/** From `start` to `end`. */ export interface Planted { start: number; end: number; version: 1 }')).toEqual([]);
    expect(missing('/** From start to `end`. */ export interface Planted { start: number; end: number }')).toEqual(['Planted.start']);
  });

  it('says so where there is nothing to read', () => {
    expect(missing('declare const alone: 1;')).toHaveLength(1);
    expect(undocumented('/absent/index.d.ts').missing).toHaveLength(1);
  });
});
