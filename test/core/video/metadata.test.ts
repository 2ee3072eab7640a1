/** Metadata: strict, bounded, and the same when read back. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asciiJson, MAX_METADATA_BYTES, parseMetadata } from '../../../src/core/index.js';
import { codeOf, fieldOf, refusalOf } from '../support.js';

const full = {
  title: 'Sunset 🌅',
  description: 'At the sea',
  contentType: 'video/mp4; codecs="avc1.64001f"',
  durationSeconds: 12.5,
  width: 1080,
  height: 1920,
  custom: { place: 'Ostsee', größe: 'L' },
};

describe('metadata', () => {
  it('comes out as it went in, as a copy', () => {
    const copy = parseMetadata(full);
    expect(copy).toEqual(full);
    expect(copy).not.toBe(full);
    expect(copy.custom).not.toBe(full.custom);
    expect(parseMetadata({})).toEqual({});
  });

  it('loses what is undefined, and the sign of zero', () => {
    const copy = parseMetadata({ title: undefined, durationSeconds: -0 });
    expect(Object.keys(copy)).toEqual(['durationSeconds']);
    expect(Object.is(copy.durationSeconds, 0)).toBe(true);
  });

  it.each([
    [null, 'metadata'],
    ['text', 'metadata'],
    [[], 'metadata'],
    [{ titel: 'x' }, 'metadata.titel'],
    [{ title: 5 }, 'metadata.title'],
    [{ durationSeconds: -1 }, 'metadata.durationSeconds'],
    [{ durationSeconds: Number.NaN }, 'metadata.durationSeconds'],
    [{ durationSeconds: Number.POSITIVE_INFINITY }, 'metadata.durationSeconds'],
    [{ width: 0 }, 'metadata.width'],
    [{ height: 1.5 }, 'metadata.height'],
    [{ height: 2 ** 53 }, 'metadata.height'],
    [{ contentType: 'mp4' }, 'metadata.contentType'],
    [{ contentType: 'video/mp4\r\nX-Evil: 1' }, 'metadata.contentType'],
    [{ contentType: 'video/mp4\n' }, 'metadata.contentType'],
    [{ custom: { a: 1 } }, 'metadata.custom.a'],
    [{ custom: { constructor: 'x' } }, 'metadata.custom.constructor'],
    [{ custom: JSON.parse('{"__proto__":"x"}') as object }, 'metadata.custom.__proto__'],
    [JSON.parse('{"__proto__":{"title":"x"}}') as object, 'metadata.__proto__'],
  ])('refuses %j and names the field', (value, field) => {
    expect(codeOf(() => parseMetadata(value))).toBe('INVALID_CONFIG');
    expect(fieldOf(() => parseMetadata(value))).toMatch(new RegExp(`^${field.replace(/\./g, '\\.')}`));
  });

  it('is at most 16 KiB of ASCII JSON, to the byte', () => {
    const frame = asciiJson({ title: '' }).length;
    const fits = { title: 'x'.repeat(MAX_METADATA_BYTES - frame) };
    expect(parseMetadata(fits)).toEqual(fits);
    expect(fieldOf(() => parseMetadata({ title: `${fits.title}x` }))).toBe('metadata');
    // An umlaut is six characters on the wire.
    expect(codeOf(() => parseMetadata({ title: 'ä'.repeat(3_000) }))).toBe('INVALID_CONFIG');
  });

  it('never repeats a private value in its message', () => {
    const error = refusalOf(() => parseMetadata({ title: { secret: 'hunter2' }, custom: { x: 'hunter2' } }));
    expect(error.message).not.toContain('hunter2');
  });

  it('takes any text in any language', () => {
    const text = fc.string({ unit: 'binary', maxLength: 40 });
    const name = text.filter((key) => !['__proto__', 'constructor', 'prototype'].includes(key));
    fc.assert(
      fc.property(text, fc.dictionary(name, text, { maxKeys: 5 }), (title, custom) => {
        const value = { title, custom: { ...custom } };
        expect(parseMetadata(value)).toEqual(value);
        expect(parseMetadata(parseMetadata(value))).toEqual(value);
      }),
      { seed: 12 },
    );
  });
});
