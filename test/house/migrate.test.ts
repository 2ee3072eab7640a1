/** The migration guide shows code that is run, names calls and codes that exist, and leaves none of the old calls out. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ERROR_TABLE } from '../../src/errors/index.js';

const PAGE = readFileSync('docs/migrate.md', 'utf8');

/** Every block of code, and what is written above it. */
const BLOCKS = [...PAGE.matchAll(/(?:<!-- (.+?) -->\n)?```(\w+)\n([\s\S]*?)```/g)].map(([, source, language, code]) => ({
  source: source ?? '',
  language,
  lines: linesOf(code ?? ''),
}));

/** Without what a page may do differently: how far a piece of code is moved to the right. */
function linesOf(code: string): readonly string[] {
  return code
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function holds(file: string, lines: readonly string[]): boolean {
  return `\n${linesOf(readFileSync(file, 'utf8')).join('\n')}\n`.includes(`\n${lines.join('\n')}\n`);
}

/** Members of the interface of this name. */
function membersOf(file: string, name: string): readonly string[] {
  const body = new RegExp(`export interface ${name}\\b[^{]*{([\\s\\S]*?)\n}`).exec(readFileSync(file, 'utf8'))?.[1] ?? '';
  return ['on', ...[...body.matchAll(/^ {2}(?:readonly )?(\w+)\??[(:]/gm)].map(([, member]) => member ?? '')];
}

describe('the migration guide', () => {
  it('says of every piece of code where it is run, or that it is the reader’s', () => {
    expect(BLOCKS.length).toBeGreaterThan(10);
    expect(BLOCKS.filter(({ source }) => source !== 'before' && !existsSync(source))).toEqual([]);
  });

  it.each(BLOCKS.filter(({ source }) => source !== 'before'))('shows $source as it is', ({ source, lines }) => {
    expect(lines.length).toBeGreaterThan(0);
    expect(holds(source, lines), lines.join('\n')).toBe(true);
  });

  it.each([
    ['engine', 'src/upload/types.ts', 'UploadEngine'],
    ['upload', 'src/upload/types.ts', 'UploadHandle'],
    ['fetcher', 'src/fetch/types.ts', 'VideoFetcher'],
    ['session', 'src/ports/video-session.ts', 'VideoSession'],
  ])('names only calls of %s that there are', (word, file, name) => {
    const members = membersOf(file, name);
    // What stands in the left column or in a block marked `before` is the reader's.
    const ours = PAGE.replace(/<!-- before -->\n```[\s\S]*?```/g, '').replace(/^\| `[^|]*\|/gm, '|');
    const named = [...ours.matchAll(new RegExp(`\\b${word}\\.(\\w+)`, 'g'))].map(([, member]) => member ?? '');
    expect(named.length).toBeGreaterThan(1);
    expect(named.filter((member) => !members.includes(member))).toEqual([]);
  });

  it('leaves none of the old calls out', () => {
    const left = [...PAGE.matchAll(/^\| (`[^|]*) \|/gm)].map(([, cell]) => cell).join(' ');
    const calls = ['segmentVideo', 'addToUploadQueue', 'uploadSegments', 'finalizeUpload', 'prepareVideo', 'startIntelligentLoading'];
    for (const call of [...calls, 'combineSegments', 'cleanup']) expect(left).toContain(`${call}(`);
  });

  it('names only codes that there are', () => {
    const named = [...PAGE.matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/g)].map(([, code]) => code ?? '');
    expect(named.length).toBeGreaterThan(1);
    expect(named.filter((code) => !(code in ERROR_TABLE))).toEqual([]);
  });

  it('links to pages that exist', () => {
    const links = [...PAGE.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link]) => `docs/${link}`);
    expect(links.length).toBeGreaterThan(1);
    expect(links.filter((link) => !existsSync(link))).toEqual([]);
  });
});
