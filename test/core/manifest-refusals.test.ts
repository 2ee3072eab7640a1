/** Manifests that must not be believed: every row of the bad-input table that concerns them, and every rule of the format. */
import { describe, expect, it } from 'vitest';
import {
  asciiJson,
  createManifest,
  encodeManifest,
  latin1Decode,
  latin1Encode,
  MAX_MANIFEST_BYTES,
  parseManifest,
  type RenditionDraft,
  readOpening,
} from '../../src/core/index.js';
import { fullDraft, rawManifest } from './manifests.js';
import { codeOf, fieldOf, refusalOf } from './support.js';

type Json = { [name: string]: unknown };

const RAW = encodeManifest(rawManifest(2_000_000));
const FULL = encodeManifest(createManifest(fullDraft()));
const RAW_TEXT = latin1Decode(RAW);

/** The encoded manifest with one value replaced (or, by `undefined`, removed); the path is dotted. */
function withValue(bytes: Uint8Array, path: string, value: unknown): Uint8Array {
  const root = JSON.parse(latin1Decode(bytes)) as Json;
  const names = path.split('.');
  const last = names.pop() as string;
  let at = root;
  for (const name of names) at = at[name] as Json;
  at[last] = value;
  return latin1Encode(asciiJson(root));
}

/** The raw manifest's text with one piece of it replaced, for what JSON.stringify would not write. */
function withText(from: string, to: string): Uint8Array {
  expect(RAW_TEXT).toContain(from);
  return latin1Encode(RAW_TEXT.replace(from, to));
}

function expectInvalid(bytes: Uint8Array, field: string | RegExp): void {
  const error = refusalOf(() => parseManifest(bytes));
  expect(error.code).toBe('MANIFEST_INVALID');
  expect(error.context.field).toMatch(typeof field === 'string' ? new RegExp(`^${field.replace(/\./g, '\\.')}$`) : field);
}

describe('caps before parsing', () => {
  it('refuse 9 MB of blanks, and anything else above 8 MiB, without looking at it', () => {
    expect(codeOf(() => parseManifest(new Uint8Array(9_000_000).fill(0x20)))).toBe('MANIFEST_TOO_LARGE');
    expect(codeOf(() => parseManifest(new Uint8Array(MAX_MANIFEST_BYTES + 1).fill(0xff)))).toBe('MANIFEST_TOO_LARGE');
    expect(codeOf(() => parseManifest(new Uint8Array(MAX_MANIFEST_BYTES).fill(0x20)))).toBe('MANIFEST_INVALID');
  });

  it('let a good manifest with many blanks through', () => {
    const padded = latin1Encode(`  \n${RAW_TEXT.replace(/,/g, ' , ').replace(/":/g, '" \t:')}${' '.repeat(100_000)}`);
    expect(parseManifest(padded)).toEqual(parseManifest(RAW));
  });

  it.each([
    ['[', 8_000_000],
    ['{"a":', 1_000_000],
    ['[{"a":', 1_000_000],
    ['[]', 9],
  ])('refuse nesting of %j', (piece, times) => {
    expectInvalid(latin1Encode(piece.repeat(times)), 'manifest');
  });

  it('allow what is as deep as the format is, and not deeper', () => {
    expectInvalid(withText('"title":"Sunset"', '"title":[[[[[[[0]]]]]]]'), 'manifest');
    expectInvalid(withText('"title":"Sunset"', '"title":[[[[[0]]]]]'), 'metadata.title');
  });

  it('refuse more values than a manifest can have', () => {
    expectInvalid(latin1Encode(`[${'0,'.repeat(4_000_000)}0]`), 'manifest');
    const keys = Array.from({ length: 20_002 }, (_, index) => `"k${index}":0`).join();
    expectInvalid(latin1Encode(`{${keys}}`), 'manifest');
    expectInvalid(latin1Encode(`{${keys.replace(/,/g, ' ')}}`), 'manifest');
    expectInvalid(latin1Encode('{}'.repeat(4_000_000)), 'manifest');
  });

  it('let through what has as many parts as a manifest can have', () => {
    const hashes = { crc32c: '0'.repeat(8), md5: '0'.repeat(32), sha256: '0'.repeat(64) };
    const sizes = Array.from({ length: 40 }, (_, index) => 1_000 + index);
    const custom = Object.fromEntries(Array.from({ length: 1_400 }, (_, index) => [`k${index}`, '']));
    const draft = fullDraft();
    const renditions = Array.from({ length: 32 }, (_, index) => ({
      ...(draft.renditions[0] as RenditionDraft),
      id: `r${index}`,
      opening: Array.from({ length: 16 }, (_range, at) => ({ start: at * 2_000, end: at * 2_000 + 1 })),
      segments: sizes.map((sizeBytes) => ({ sizeBytes, hashes })),
    }));
    const bytes = encodeManifest(createManifest({ ...draft, metadata: { custom }, renditions }));
    expect(parseManifest(bytes).renditions).toHaveLength(32);
    expect(readOpening(bytes)?.opening[31]?.segments).toHaveLength(16);
  });

  it('take keys in any order', () => {
    const turned = JSON.stringify(JSON.parse(latin1Decode(RAW)), (_key, value: unknown) =>
      typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).reverse()) : value,
    );
    expect(turned).not.toBe(RAW_TEXT);
    expect(parseManifest(latin1Encode(turned))).toEqual(parseManifest(RAW));
  });

  it.each([
    '',
    '{',
    '}',
    ']',
    '{}',
    '[]',
    'null',
    '"reelway.manifest"',
    '1',
    'NaN',
    '{"format"}',
    '{"a":1,}',
    '<!doctype html>',
    '"',
    '"\\',
    '{"\\x":1}',
    '\u0000',
  ])('refuse %j', (text) => {
    expect(codeOf(() => parseManifest(latin1Encode(text)))).toBe('MANIFEST_INVALID');
  });

  it('refuse what is not ASCII, between strings and in them', () => {
    expectInvalid(withText('Sunset', 'S\u00fcnset'), 'manifest');
    expectInvalid(withText('Sunset', 'Suns\u007fet'), 'manifest');
    expectInvalid(withText('{"format"', '\u00a0{"format"'), 'manifest');
    expectInvalid(Uint8Array.from([0xef, 0xbb, 0xbf, ...RAW]), 'manifest');
  });
});

describe('keys', () => {
  it.each([
    ['"videoId":"clip"', '"videoId":"clip","videoId":"clip"', 'videoId'],
    ['"videoId":"clip"', '"videoId":"clip","video\\u0049d":"other"', 'videoId'],
    ['"title":"Sunset"', '"title":"Sunset","title":"x"', 'title'],
    ['"videoId":"clip"', '"videoId":"clip","__proto__":{"x":1}', '__proto__'],
    ['"videoId":"clip"', '"videoId":"clip","\\u005f_proto__":{"x":1}', '__proto__'],
    ['"videoId":"clip"', '"videoId":"clip","constructor":{"prototype":{}}', 'constructor'],
    ['"title":"Sunset"', '"custom":{"__proto__":"x"}', '__proto__'],
    ['"title":"Sunset"', '"custom":{"constructor":"x"}', 'constructor'],
    ['"title":"Sunset"', '"custom":{"prototype":"x"}', 'prototype'],
  ])('%s as %s is refused', (from, to, field) => {
    expectInvalid(withText(from, to), field);
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
    expect(({} as Json).x).toBeUndefined();
  });

  it('of one name may stand in different objects, and a text is no key', () => {
    const bytes = withText('"title":"Sunset"', '"title":"Sunset","custom":{"title":"title","format":"format"}');
    expect(parseManifest(bytes).metadata.custom).toEqual({ title: 'title', format: 'format' });
  });

  it.each([
    ['', 'extra'],
    ['source.', 'source.extra'],
    ['opening.0.', 'opening.0.extra'],
    ['metadata.', 'metadata.extra'],
    ['renditions.0.', 'renditions.0.extra'],
    ['renditions.0.hashes.', 'renditions.0.hashes.extra'],
  ])('that are not known are refused in %j', (parent, field) => {
    expectInvalid(withValue(RAW, `${parent}extra`, 1), field);
  });

  it.each([
    'format',
    'videoId',
    'uploadId',
    'layout',
    'createdMs',
    'source',
    'opening',
    'metadata',
    'renditions',
    'source.sizeBytes',
    'renditions.0.sizes',
    'renditions.0.hashes',
  ])('that are missing are refused: %s', (path) => {
    expectInvalid(withValue(RAW, path, undefined), path);
  });
});

describe('versions', () => {
  it.each([2, 99, 2 ** 40])('%s is newer than this release', (version) => {
    const error = refusalOf(() => parseManifest(withValue(RAW, 'version', version)));
    expect(error.code).toBe('MANIFEST_VERSION_UNSUPPORTED');
    expect(error.context).toMatchObject({ field: 'version', version });
    expect(codeOf(() => readOpening(withValue(RAW, 'version', version)))).toBe('MANIFEST_VERSION_UNSUPPORTED');
  });

  it('are looked at before anything else, since a newer one may differ in all of it', () => {
    expect(codeOf(() => parseManifest(latin1Encode('{"format":"reelway.manifest","version":2,"new":true}')))).toBe(
      'MANIFEST_VERSION_UNSUPPORTED',
    );
  });

  it.each([0, -1, 1.5, '1', null, true])('%j is no version', (version) => {
    expectInvalid(withValue(RAW, 'version', version), 'version');
  });

  it('need the mark of the format', () => {
    expectInvalid(withValue(RAW, 'format', 'other.manifest'), 'format');
  });
});

describe('numbers', () => {
  const places = [
    'createdMs',
    'source.sizeBytes',
    'renditions.0.sizeBytes',
    'renditions.0.segmentCount',
    'renditions.0.sizes.each',
    'renditions.0.sizes.last',
  ];
  it.each(places)('that cannot be are refused as %s', (path) => {
    for (const number of ['9007199254740992', '9007199254740993', '1e999', '-1e999', '-1', '1.5', '1e-9', 'null', '"1"', 'true', '[1]']) {
      const marked = latin1Decode(withValue(RAW, path, 'MARK')).replace('"MARK"', number);
      expectInvalid(latin1Encode(marked), /./);
    }
    const notANumber = latin1Decode(withValue(RAW, path, 'MARK')).replace('"MARK"', 'NaN');
    expectInvalid(latin1Encode(notANumber), 'manifest');
  });

  it('lose the sign of zero', () => {
    const manifest = parseManifest(withText('"createdMs":1790000000000', '"createdMs":-0'));
    expect(Object.is(manifest.createdMs, 0)).toBe(true);
  });
});

describe('ids', () => {
  it.each(['..', '../../x', 'a\0b', 'a\n', 'x'.repeat(300), 'A/a', ''])('%j names no video', (id) => {
    expectInvalid(withValue(RAW, 'videoId', id), 'videoId');
    expect(fieldOf(() => readOpening(withValue(RAW, 'videoId', id)))).toBe('videoId');
  });

  it.each(['..', 'a/b', '', 'x'.repeat(65), 'a\n'])('%j names no upload', (id) => {
    expectInvalid(withValue(RAW, 'uploadId', id), 'uploadId');
  });

  it('of renditions are safe and unique', () => {
    expectInvalid(withValue(RAW, 'renditions.0.id', '__proto__.x'), 'renditions.0.id');
    const twice = withValue(withValue(FULL, 'renditions.1.id', 'high'), 'opening.1.rendition', 'high');
    expectInvalid(twice, 'renditions');
  });
});

const EVIL = [
  '//evil',
  '//evil/{n}',
  '\\\\evil',
  '/\\evil',
  '\thttps://evil',
  'https://cdn@evil',
  'http://169.254.169.254/',
  '../../secret',
  '..',
  '.',
  'u1/../../x',
  '%2e%2e/%2e%2e/x',
  'javascript:alert(1)',
  'file:///etc/passwd',
  'data:text/plain,x',
  'HTTPS:evil',
  '/absolute',
  'u1//x',
  'u1/',
  'u1/x?y=1',
  'u1/x#y',
  'u1/\u0000',
  'u1/x\n',
  'u1/\u202ex',
  '',
  '{n}{n}',
  '{N}',
  '{n}/../x',
  'x'.repeat(400),
];

describe('addresses', () => {
  it.each(EVIL)('%j leads out of the folder', (url) => {
    for (const path of [
      'renditions.0.urlTemplate',
      'renditions.0.init.url',
      'renditions.0.playlist',
      'renditions.1.urlTemplate',
      'playlist',
    ]) {
      const error = refusalOf(() => parseManifest(withValue(FULL, path, url)));
      expect(error.code, path).toBe('URL_NOT_ALLOWED');
      expect(error.context.field).toBe(path);
    }
    expect(codeOf(() => parseManifest(withValue(RAW, 'renditions.0.urlTemplate', url)))).toBe('URL_NOT_ALLOWED');
    for (const path of ['opening.0.urlTemplate', 'opening.0.init.url']) {
      expect(
        codeOf(() => readOpening(withValue(FULL, path, url))),
        path,
      ).toBe('URL_NOT_ALLOWED');
    }
  });

  it('in an opening are those of the rendition', () => {
    expectInvalid(withValue(RAW, 'opening.0.urlTemplate', 'other/{n}'), 'opening.0');
    expectInvalid(withValue(FULL, 'opening.0.init.url', 'u1/other'), 'opening.0');
  });
});

describe('what does not add up', () => {
  it.each<[string, unknown, string]>([
    ['renditions.0.sizes', { each: 524_288, last: 524_289 }, 'renditions.0.sizes'],
    ['renditions.0.sizes', { each: 524_288, last: 1 }, 'renditions.0.sizes'],
    ['renditions.0.sizes', { each: 524_288, last: 0 }, 'renditions.0.sizes.last'],
    ['renditions.0.sizes', { each: 0, last: 0 }, 'renditions.0.sizes.each'],
    ['renditions.0.sizes', { each: 5 }, 'renditions.0.sizes'],
    ['renditions.0.sizes', { width: 3, values: '' }, 'renditions.0.sizes'],
    ['renditions.0.sizes', { width: 7, values: '' }, 'renditions.0.sizes.width'],
    ['renditions.0.segmentCount', 5, 'renditions.0.sizes'],
    ['renditions.0.segmentCount', 0, 'renditions.0.sizes'],
    ['renditions.0.segmentCount', 65_537, 'renditions'],
    ['renditions.0.segmentCount', 2 ** 52, 'renditions'],
    ['source.sizeBytes', 2_000_001, 'renditions.0.sizeBytes'],
    ['opening.0.ranges', [[0, 2_000_001]], 'opening.0.ranges'],
    ['opening.0.ranges', [[5, 5]], 'opening.0.ranges'],
    ['opening.0.ranges', [[9, 5]], 'opening.0.ranges'],
    [
      'opening.0.ranges',
      [
        [0, 5],
        [5, 9],
      ],
      'opening.0.ranges',
    ],
    [
      'opening.0.ranges',
      [
        [8, 9],
        [0, 5],
      ],
      'opening.0.ranges',
    ],
    ['opening.0.ranges', [[0, 5, 9]], 'opening.0.ranges.0'],
    ['opening.0.ranges', Array.from({ length: 17 }, (_, index) => [index * 2, index * 2 + 1]), 'opening.0.ranges'],
    ['opening.0.segments', [], 'opening.0'],
    ['opening.0.rendition', 'other', 'opening.0'],
    ['opening.0.segments.0.hashes', {}, 'opening.0'],
    ['opening.0.segments.0.sizeBytes', 5, 'opening.0'],
    ['opening.0.firstByte', 5, 'opening.0'],
    ['opening', [], 'opening'],
    ['renditions', [], 'renditions'],
    ['renditions.0.firstByte', 5, 'renditions.0.firstByte'],
    ['renditions.0.hashes.crc32c', 'AAAA', 'renditions.0.hashes.crc32c'],
    ['renditions.0.hashes.crc32c', '!'.repeat(24), 'renditions.0.hashes.crc32c'],
    ['renditions.0.hashes.crc32c', 'A'.repeat(24), 'renditions.0.hashes.crc32c'],
    ['renditions.0.sync', 'EA==', 'renditions.0.sync'],
    ['layout', 'hsl', 'layout'],
    ['layout', 'object', 'renditions.0.urlTemplate'],
    ['metadata.title', 'x'.repeat(17_000), 'metadata'],
  ])('is refused: %s = %j', (path, value, field) => {
    expectInvalid(withValue(RAW, path, value), field);
  });

  it('is refused in packed columns', () => {
    const columns = JSON.parse(latin1Decode(FULL)) as {
      renditions: { sizes: { values: string }; times: { starts: { values: string }; end: number } }[];
    };
    const packed = columns.renditions[1];
    const sizes = Buffer.from(packed?.sizes.values ?? '', 'base64');
    const starts = Buffer.from(packed?.times.starts.values ?? '', 'base64');
    const swapped = Buffer.concat([starts.subarray(2, 4), starts.subarray(0, 2), starts.subarray(4)]);
    // The second segment gets the bytes of the first one, so that only the emptiness is wrong.
    const emptied = Buffer.from(sizes);
    emptied.writeUInt16LE(sizes.readUInt16LE(0) + sizes.readUInt16LE(2), 2);
    emptied.writeUInt16LE(0, 0);
    expectInvalid(withValue(FULL, 'renditions.1.sizes.values', emptied.toString('base64')), 'renditions.1.sizes');
    expect(refusalOf(() => parseManifest(withValue(FULL, 'renditions.1.sizes.values', emptied.toString('base64')))).message).toContain(
      'without bytes',
    );
    sizes.fill(0, 0, 2);
    expectInvalid(withValue(FULL, 'renditions.1.sizes.values', sizes.toString('base64')), 'renditions.1.sizes');
    sizes.fill(9, 0, 2);
    expectInvalid(withValue(FULL, 'renditions.1.sizes.values', sizes.toString('base64')), 'renditions.1.sizes');
    expectInvalid(withValue(FULL, 'renditions.1.times.starts.values', swapped.toString('base64')), 'renditions.1.times.starts');
    expectInvalid(withValue(FULL, 'renditions.1.times.end', 17_999), 'renditions.1.times.end');
    expectInvalid(withValue(FULL, 'renditions.1.times.end', 19_499), 'renditions.1.times.durations');
    expectInvalid(withValue(FULL, 'renditions.1.times.timescale', 0), 'renditions.1.times.timescale');
    expectInvalid(withValue(FULL, 'opening', (JSON.parse(latin1Decode(FULL)) as { opening: unknown[] }).opening.slice(0, 1)), 'opening');
  });
});
