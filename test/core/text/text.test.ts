/** Text coding against Node's own, and the strictness of the decoders. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  asciiJson,
  base64Decode,
  base64Encode,
  base64UrlDecode,
  base64UrlEncode,
  hexDecode,
  hexEncode,
  latin1Decode,
  latin1Encode,
  utf8Decode,
  utf8Encode,
} from '../../../src/core/index.js';

const bytes = fc.uint8Array({ maxLength: 300 });
const anyText = fc.string({ unit: 'binary', maxLength: 100 });

describe('hex and base64', () => {
  it('agree with Node', () => {
    fc.assert(
      fc.property(bytes, (value) => {
        const node = Buffer.from(value);
        expect(hexEncode(value)).toBe(node.toString('hex'));
        expect(base64Encode(value)).toBe(node.toString('base64'));
        expect(base64UrlEncode(value)).toBe(node.toString('base64url'));
        expect(hexDecode(node.toString('hex'))).toEqual(value);
        expect(base64Decode(node.toString('base64'))).toEqual(value);
        expect(base64UrlDecode(node.toString('base64url'))).toEqual(value);
        expect(latin1Decode(value)).toBe(node.toString('latin1'));
        expect(latin1Encode(node.toString('latin1'))).toEqual(value);
      }),
      { seed: 4, numRuns: 300 },
    );
  });

  it('take what is larger than one slice', () => {
    const large = new Uint8Array(100_000).map((_, index) => index * 7);
    expect(base64Encode(large)).toBe(Buffer.from(large).toString('base64'));
    expect(base64Decode(base64Encode(large))).toEqual(large);
  });

  it.each(['a', 'AA', 'abc', '0g', ' 00', '00\n'])('refuse %j as hex', (text) => {
    expect(() => hexDecode(text)).toThrow(TypeError);
  });

  it.each(['A', 'AA', 'AAA', 'AB==', 'AAB=', 'A===', '====', 'AA=A', 'AAA\n', 'AA A', '_-__', 'AAA\u0141', 'AAAA='])(
    'refuse %j as base64',
    (text) => {
      expect(() => base64Decode(text)).toThrow(TypeError);
    },
  );

  it.each(['A', 'AA==', 'AB', 'AAB', '+/AA', 'AAAAA'])('refuse %j as base64url', (text) => {
    expect(() => base64UrlDecode(text)).toThrow(TypeError);
  });

  it('have one text for one value: whatever decodes encodes to the same text', () => {
    const text = fc.string({ unit: fc.constantFrom(...'ABwx01+/='), maxLength: 8 });
    fc.assert(
      fc.property(text, (candidate) => {
        let value: Uint8Array | undefined;
        try {
          value = base64Decode(candidate);
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError);
        }
        if (value !== undefined) expect(base64Encode(value)).toBe(candidate);
      }),
      { seed: 5, numRuns: 2_000 },
    );
  });
});

describe('UTF-8', () => {
  it('agrees with TextEncoder, broken surrogates included', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const encoded = new TextEncoder().encode(text);
        expect(utf8Encode(text)).toEqual(encoded);
        expect(utf8Decode(encoded)).toBe(new TextDecoder().decode(encoded));
      }),
      { seed: 6, numRuns: 1_000, examples: [['a\u00e4\u20ac\u{1f600}'], ['\ud800'], ['x\udfff\ud800y']] },
    );
  });

  it('decodes texts of more than one slice', () => {
    const text = 'Grüße 🌊 '.repeat(2_000);
    expect(utf8Decode(utf8Encode(text))).toBe(text);
  });

  it('refuses exactly what a fatal TextDecoder refuses', () => {
    const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    const likely = fc.array(
      fc.constantFrom(0x41, 0x80, 0xbf, 0xc0, 0xc2, 0xdf, 0xe0, 0xa0, 0x9f, 0xed, 0xef, 0xf0, 0x90, 0x8f, 0xf4, 0xf5, 0xff),
      {
        maxLength: 6,
      },
    );
    fc.assert(
      fc.property(likely, (list) => {
        const value = Uint8Array.from(list);
        let wanted: string | undefined;
        try {
          wanted = strict.decode(value);
        } catch {
          expect(() => utf8Decode(value)).toThrow(TypeError);
        }
        if (wanted !== undefined) expect(utf8Decode(value)).toBe(wanted);
      }),
      { seed: 7, numRuns: 5_000 },
    );
  });
});

describe('ASCII JSON', () => {
  it('says the same as JSON in nothing but ASCII', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, fc.jsonValue()), (value) => {
        const text = asciiJson(value);
        expect(text).toMatch(/^[\x20-\x7e]*$/);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { seed: 8, examples: [['\u007f\u2028\ud800']] },
    );
  });
});
