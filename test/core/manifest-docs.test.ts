/** The specification is held to the code: its example is the format, and its figures are the limits. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  createManifest,
  encodeManifest,
  latin1Decode,
  latin1Encode,
  MAX_MANIFEST_BYTES,
  MAX_METADATA_BYTES,
  MAX_SEGMENTS,
  parseManifest,
} from '../../src/core/index.js';
import { fullDraft, rawDraft } from './manifests.js';

const page = readFileSync(new URL('../../docs/manifest-format.md', import.meta.url), 'utf8');

/** All keys of a value, at any depth. */
function keysOf(value: unknown, found = new Set<string>()): Set<string> {
  if (typeof value !== 'object' || value === null) return found;
  for (const [key, inner] of Object.entries(value)) {
    if (!Array.isArray(value)) found.add(key);
    keysOf(inner, found);
  }
  return found;
}

describe('docs/manifest-format.md', () => {
  it('shows an example that is what is written, but for line breaks', () => {
    const example = /```json\n([^`]*)```/.exec(page)?.[1] ?? '';
    expect(example.replace(/\n/g, '')).toBe(latin1Decode(encodeManifest(createManifest(rawDraft(2_000_000)))));
    expect(parseManifest(latin1Encode(example)).segmentCount).toBe(4);
  });

  it('explains every key that is ever written', () => {
    const { custom: _custom, ...metadata } = { ...fullDraft().metadata };
    const wire = JSON.parse(latin1Decode(encodeManifest(createManifest({ ...fullDraft(), metadata })))) as unknown;
    for (const key of keysOf(wire)) expect(page, key).toMatch(new RegExp(`["\`.]${key}["\`]`));
  });

  it('names every limit and every code', () => {
    for (const limit of [MAX_MANIFEST_BYTES, MAX_METADATA_BYTES, MAX_SEGMENTS]) expect(page).toContain(limit.toLocaleString('en-US'));
    for (const code of [
      'MANIFEST_TOO_LARGE',
      'MANIFEST_VERSION_UNSUPPORTED',
      'URL_NOT_ALLOWED',
      'MANIFEST_INVALID',
      'MANIFEST_UNTRUSTED',
    ]) {
      expect(page).toContain(`\`${code}\``);
    }
  });
});
