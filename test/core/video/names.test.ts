/** Ids, keys and names: the rows of the bad-input table, and that what comes out is safe on any file system. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  assertBlobKey,
  assertScope,
  assertVideoId,
  createUploadId,
  createVideoId,
  guessContentType,
  isBlobKey,
  isVideoId,
  manifestKey,
  safeName,
  scopeKey,
  segmentKey,
} from '../../../src/core/index.js';
import { codeOf, fieldOf, seededRandom } from '../support.js';

const clock = (wallMs: number, random: () => number) => ({ wallMs: () => wallMs, random });

describe('new ids', () => {
  it('are 26 safe characters, sorted by time, and never twice', () => {
    const random = seededRandom(1);
    const seen = new Set<string>();
    let before = '';
    for (let tick = 0; tick < 5_000; tick += 1) {
      const id = createUploadId(clock(1_700_000_000_000 + tick, random));
      expect(id).toMatch(/^[a-z0-9]{26}$/);
      expect(id > before).toBe(true);
      before = id;
      seen.add(id);
    }
    expect(seen.size).toBe(5_000);
  });

  it('differ in the same millisecond by at least 80 bits of chance', () => {
    const a = createVideoId(clock(5, seededRandom(1)));
    const b = createVideoId(clock(5, seededRandom(2)));
    expect(a.slice(0, 9)).toBe(b.slice(0, 9));
    expect(a).not.toBe(b);
    expect((a.length - 9) * Math.log2(36)).toBeGreaterThan(80);
  });

  it.each([-5, Number.NaN, Number.POSITIVE_INFINITY, 1e300, 1.5])('survive a clock that says %s', (wallMs) => {
    expect(createUploadId(clock(wallMs, () => 0.999_999_999))).toMatch(/^[a-z0-9]{26}$/);
    expect(createUploadId(clock(wallMs, () => 1))).toMatch(/^[a-z0-9]{26}$/);
    expect(assertVideoId(createVideoId(clock(wallMs, () => 0)))).toMatch(/^[a-z0-9]{26}$/);
  });
});

describe('video ids', () => {
  it.each(['a', 'A', '0', 'clip-1', 'My_Video.mp4', 'a.b.c', 'x'.repeat(128), 'console', 'com', 'nullable', '1-'])('accept %j', (id) => {
    expect(assertVideoId(id)).toBe(id);
    expect(isVideoId(id)).toBe(true);
  });

  it.each([
    '..',
    '.',
    '../../x',
    'a\0b',
    'a\n',
    '\n',
    'x'.repeat(300),
    'x'.repeat(129),
    'A/a',
    'a\\b',
    '',
    ' a',
    'a ',
    '.hidden',
    '-a',
    '_a',
    'a..b',
    'a.',
    'ä',
    'a\u202eb',
    'a%2fb',
    'a:b',
    'CON',
    'nul.mp4',
    'com1',
    'LPT9.x',
    undefined,
    null,
    7,
    {},
  ])('refuse %j', (id) => {
    expect(isVideoId(id)).toBe(false);
    expect(codeOf(() => assertVideoId(id))).toBe('INVALID_VIDEO_ID');
  });

  it('only ever let safe characters through', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 12 }), (id) => {
        if (isVideoId(id)) expect(id).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]*$/);
        else expect(codeOf(() => manifestKey(id))).toBe('INVALID_VIDEO_ID');
      }),
      { seed: 10, numRuns: 2_000 },
    );
  });
});

describe('keys', () => {
  it('of a video lie in its own folder', () => {
    expect(manifestKey('clip')).toBe('clip/manifest.json');
    expect(segmentKey('clip', 'u1', 7)).toBe('clip/u1/7');
    expect(segmentKey('clip', 'u1', 'init.mp4')).toBe('clip/u1/init.mp4');
    const longest = segmentKey('v'.repeat(128), 'u'.repeat(64), 'n'.repeat(200));
    expect(isBlobKey(longest)).toBe(true);
  });

  it('refuse what is no name', () => {
    expect(codeOf(() => segmentKey('..', 'u', 0))).toBe('INVALID_VIDEO_ID');
    for (const name of ['..', '.', '', 'a/b', 'a b', 'ä', 'a\\b', 'x'.repeat(600)]) {
      expect(() => segmentKey('clip', 'u1', name), name).toThrow(TypeError);
    }
    expect(() => segmentKey('clip', '../u', 0)).toThrow(TypeError);
  });

  it.each(['', '/', 'a/', '/a', 'a//b', '.', '..', 'a/../b', 'a/./b', 'a\\b', 'a\0', 'ä', 'a b', 'a%2f', 'x'.repeat(513)])(
    'of blobs are not %j',
    (key) => {
      expect(isBlobKey(key)).toBe(false);
      expect(() => assertBlobKey(key)).toThrow(TypeError);
    },
  );

  it('of blobs are texts', () => {
    expect(() => assertBlobKey(7 as unknown as string)).toThrow(TypeError);
    expect(assertBlobKey('a/B/c_1.m4s')).toBe('a/B/c_1.m4s');
    expect(assertBlobKey('x'.repeat(512))).toHaveLength(512);
  });
});

describe('scopes and safe names', () => {
  it.each(['', 'x'.repeat(257), 5, null, undefined])('no scope is %j', (scope) => {
    expect(codeOf(() => assertScope(scope))).toBe('INVALID_CONFIG');
    expect(fieldOf(() => scopeKey(scope as string))).toBe('scope');
  });

  it('take any script and keep case, look-alikes and broken pairs apart', () => {
    const scopes = ['a', 'A', 'ä', 'a\u0308', '用户', '\ud800', '\udc00', '\ufffd', 'a/b', '../x', ' ', 'x'.repeat(256), '😀'];
    const keys = scopes.map(scopeKey);
    for (const key of keys) expect(key).toMatch(/^[a-z0-9]{32}$/);
    expect(new Set(keys).size).toBe(scopes.length);
    expect(scopeKey('a')).toBe(scopeKey('a'));
  });

  it('names are short, safe and distinct, and stay as they are for ever', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        expect(safeName(a)).toMatch(/^[0-9a-f]{40}$/);
        expect(safeName(a) === safeName(b)).toBe(a === b);
      }),
      { seed: 11, numRuns: 500 },
    );
    // These names are on the disks of people's phones: a change would lose their caches and queues.
    expect(safeName('clip/u1/0')).toBe(GOLDEN_NAME);
    expect(scopeKey('user-1')).toBe(GOLDEN_SCOPE);
  });
});

const GOLDEN_NAME = '59a36f80035bcb46b2da72f2d4ea12f7a060011e';
const GOLDEN_SCOPE = '0b80cb68c4552243971cd339c1864da7';

describe('content types', () => {
  it.each([
    ['clip.mp4', 'video/mp4'],
    ['/a/b.c/CLIP.MOV', 'video/quicktime'],
    ['x.webm', 'video/webm'],
    ['seg.m4s', 'video/iso.segment'],
    ['list.m3u8', 'application/vnd.apple.mpegurl'],
    ['noextension', 'application/octet-stream'],
    ['archive.zip', 'application/octet-stream'],
    ['x.mp4/', 'application/octet-stream'],
    ['undefined', 'application/octet-stream'],
    ['', 'application/octet-stream'],
  ])('%j is %s', (name, type) => {
    expect(guessContentType(name)).toBe(type);
  });
});
