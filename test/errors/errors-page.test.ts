/** Holds docs/errors.md to the table of codes, in both directions. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ERROR_TABLE, type ReelwayErrorCode } from '../../src/errors/index.js';

interface Entry {
  readonly code: string;
  readonly retried: string;
  readonly meaning: string;
  readonly app: string;
  readonly told: string;
}

const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');

const field = (section: string, name: string): string => {
  const line = section.split('\n').find((text) => text.startsWith(`- **${name}:** `));
  return line?.slice(`- **${name}:** `.length) ?? '';
};

const entries: Entry[] = page
  .split(/^### /m)
  .slice(1)
  .map((section) => ({
    code: /^`(\w+)`\n/.exec(section)?.[1] ?? `unreadable heading: ${section.slice(0, 40)}`,
    retried: field(section, 'Retried by itself'),
    meaning: field(section, 'Meaning'),
    app: field(section, 'The app'),
    told: field(section, 'A person is told'),
  }));

const codes = Object.keys(ERROR_TABLE) as ReelwayErrorCode[];

describe('docs/errors.md', () => {
  it('has every code of the table, each once and in its order, and no other', () => {
    expect(codes.length).toBeGreaterThan(40);
    expect(entries.map((entry) => entry.code).sort()).toEqual([...codes].sort());
  });

  it.each(codes)('says of %s what the table says', (code) => {
    const entry = entries.find((candidate) => candidate.code === code);
    expect(entry?.retried).toBe(ERROR_TABLE[code].retryable ? 'yes' : 'no');
    expect(entry?.told).toBe(`“${ERROR_TABLE[code].userMessage}”`);
    expect(entry?.meaning.length).toBeGreaterThan(20);
    expect(entry?.app.length).toBeGreaterThan(5);
  });

  it('names no code in its text that does not exist', () => {
    const named = [...page.matchAll(/`([A-Z][A-Z_]{4,})`/g)].map((match) => match[1] ?? '');
    expect(named.filter((name) => !(name in ERROR_TABLE))).toEqual([]);
  });
});

describe('the sentences for people', () => {
  it.each(codes)('%s: are one to three, complete, and free of jargon', (code) => {
    const sentence = ERROR_TABLE[code].userMessage;
    expect(sentence).toMatch(/^[A-Z].*\.$/);
    expect(sentence.length).toBeLessThanOrEqual(140);
    expect(sentence.split(/[.;] /).length).toBeLessThanOrEqual(3);
    expect(sentence).not.toMatch(/segment|manifest|blob|journal|retry|exception|null|undefined|\bkey\b|HTTP|[A-Z]{4,}/);
  });

  it.each(codes.filter((code) => !ERROR_TABLE[code].retryable))('%s: tell what to do, or that nothing is lost', (code) => {
    const harmless: ReelwayErrorCode[] = ['ABORTED', 'QUEUE_RECORD_CORRUPT', 'ENGINE_STOPPED', 'INVALID_VIDEO_ID'];
    if (harmless.includes(code)) expect(ERROR_TABLE[code].userMessage).toMatch(/asked|go on|goes on|are fine/);
    else expect(ERROR_TABLE[code].userMessage).toMatch(/[Pp]lease/);
  });

  it.each(codes.filter((code) => ERROR_TABLE[code].retryable))('%s: say that it goes on, or to try again', (code) => {
    expect(ERROR_TABLE[code].userMessage).toMatch(/again|go on|goes on/);
  });
});
