/** What an index says of a track: codec, picture, colour, language, times. */
import { describe, expect, it } from 'vitest';
import type { MediaTrack } from '../../src/media/index.js';
import { type Bytes, box, full, join, moovLast, n16, n32, n64, sound, type TrackOptions, track, visual } from './build-movie.js';
import { indexOf } from './support.js';

const trackOf = async (options: TrackOptions): Promise<MediaTrack | undefined> => (await indexOf(moovLast(60, track(options)))).tracks[0];
const hevc = [1, 0x21, 0x60, 0, 0, 0, 0xb0, 0, 0, 0, 0, 0, 93];
const descriptors = (objectType: number, ...config: readonly number[]): Uint8Array => {
  const specific = config.length > 0 ? [5, config.length, ...config] : [];
  const decoder = [4, 13 + specific.length, objectType, 0x15, ...Array.from({ length: 11 }, () => 0), ...specific];
  return full('esds', 0, 0, [3, 0x80, 0x80, 3 + decoder.length, 0, 1, 0, ...decoder]);
};

const CODECS: readonly (readonly [string, string, Uint8Array])[] = [
  ['avc1.64001f', 'vide', visual('avc1', box('avcC', [1, 0x64, 0, 0x1f, 255]))],
  ['avc3.42e01e', 'vide', visual('avc3', box('avcC', [1, 0x42, 0xe0, 0x1e, 255]))],
  ['hvc1.1.6.H93.B0', 'vide', visual('hvc1', box('hvcC', hevc))],
  ['hev1.1.6.H93.B0', 'vide', visual('hev1', box('hvcC', hevc))],
  ['dvh1.08.04', 'vide', visual('dvh1', box('hvcC', hevc), box('dvvC', [1, 0, 0x10, 0x25]))],
  ['hvc1.1.6.H93.B0', 'vide', visual('hvc1', box('hvcC', hevc), box('dvvC', [1, 0, 0x10, 0x25]))],
  ['vp09.02.31.10', 'vide', visual('vp09', full('vpcC', 1, 0, [2, 31, 0xa3]))],
  ['av01.0.08M.10', 'vide', visual('av01', box('av1C', [0x81, 8, 0x4c, 0]))],
  ['av01.2.13H.12', 'vide', visual('av01', box('av1C', [0x81, 0x4d, 0xe0, 0]))],
  ['mp4v.20.9', 'vide', visual('mp4v', descriptors(0x20, 0, 0, 1, 0xb0, 9))],
  ['avc1', 'vide', visual('avc1')],
  ['mp4a.40.2', 'soun', sound('mp4a', descriptors(0x40, 0x11, 0x90))],
  ['mp4a.40.5', 'soun', sound('mp4a', descriptors(0x40, 0x2b, 0x92))],
  ['mp4a.40.42', 'soun', sound('mp4a', descriptors(0x40, 0xf9, 0x46))],
  ['mp4a.6B', 'soun', sound('mp4a', descriptors(0x6b))],
  ['mp4a.40.2', 'soun', sound('mp4a', box('wave', box('frma', 'mp4a'), descriptors(0x40, 0x11, 0x90), n32(8, 0)))],
  ['Opus', 'soun', sound('Opus', box('dOps', [0, 2]))],
  ['ac-3', 'soun', sound('ac-3')],
  ['ec-3', 'soun', sound('ec-3')],
  ['alac', 'soun', sound('alac')],
  ['fLaC', 'soun', sound('fLaC')],
  ['raw', 'soun', sound('raw ')],
  ['tx3g', 'sbtl', box('tx3g', n32(0, 0))],
  ['unknown', 'vide', visual('\0\0\0\0')],
];

describe('the codec of a track', () => {
  it.each(CODECS)('is %s', async (codec, handler, entry) => {
    expect(await trackOf({ handler, entry })).toMatchObject({ codec, isEncrypted: false });
  });

  it('is the original one where samples are encrypted', async () => {
    const protection = box('sinf', box('frma', 'avc1'), full('schm', 0, 0, 'cenc', n32(0x10000)));
    const entry = visual('encv', box('avcC', [1, 0x64, 0, 0x1f]), protection);
    expect(await trackOf({ entry })).toMatchObject({ codec: 'avc1.64001f', isEncrypted: true });
  });

  it('counts channels by the configuration of AAC', async () => {
    expect(await trackOf({ handler: 'soun', entry: sound('mp4a', descriptors(0x40, 0x11, 0x88)) })).toMatchObject({ channels: 1 });
    expect(await trackOf({ handler: 'soun', entry: sound('mp4a', descriptors(0x40, 0x11, 0xb8)) })).toMatchObject({ channels: 8 });
    expect(await trackOf({ handler: 'soun', entry: sound('alac') })).toMatchObject({ channels: 2, sampleRateHz: 48_000 });
  });
});

describe('the colour of a track', () => {
  const colr = (type: string, transfer: number, ...more: Bytes[]): Uint8Array => box('colr', type, n16(9, transfer, 9), ...more);

  it('has primaries, transfer, matrix and range', async () => {
    const entry = visual('avc1', box('colr', 'prof', [1, 2, 3]), colr('nclx', 16, [0x80]));
    expect((await trackOf({ entry }))?.color).toMatchObject({ primaries: 9, transfer: 16, matrix: 9, isFullRange: true, isHdr: true });
    const quickTime = (await trackOf({ entry: visual('avc1', colr('nclc', 1)) }))?.color;
    expect(quickTime).toMatchObject({ primaries: 9, transfer: 1, isHdr: false });
    expect(quickTime?.isFullRange).toBeUndefined();
  });

  it('has the mastering display, light levels and Dolby Vision', async () => {
    const mastering = box('mdcv', n16(1, 2, 3, 4, 5, 6, 7, 8), n32(10_000_000, 50));
    const entry = visual('hvc1', mastering, box('clli', n16(1_000, 400)), box('dvcC', [1, 0, 0x10, 0x25]));
    expect((await trackOf({ entry }))?.color).toMatchObject({
      isHdr: true,
      mastering: { chromaticities: [1, 2, 3, 4, 5, 6, 7, 8], maxLuminance: 10_000_000, minLuminance: 50 },
      lightLevel: { max: 1_000, average: 400 },
      dolbyVision: '8.4',
    });
  });

  it('is absent where the file states none', async () => {
    expect((await trackOf({}))?.color).toBeUndefined();
  });
});

describe('the rotation of a track', () => {
  const one = 65_536;
  const matrix = (a: number, b: number, c: number, d: number): number[] => [a, b, 0, c, d, 0, 0, 0, 0x40000000];
  it.each([
    [0, false, matrix(one, 0, 0, one)],
    [90, false, matrix(0, one, -one, 0)],
    [180, false, matrix(-one, 0, 0, -one)],
    [270, false, matrix(0, -one, one, 0)],
    [180, true, matrix(-one, 0, 0, one)],
    [0, false, matrix(0, 0, 0, 0)],
  ])('is %i degrees, mirrored: %s', async (rotationDegrees, isMirrored, values) => {
    expect(await trackOf({ matrix: values })).toMatchObject({ rotationDegrees, isMirrored, width: 640, height: 360 });
  });
});

describe('the language of a track', () => {
  it('is that of mdhd, unless it is undetermined', async () => {
    expect((await trackOf({ language: 0x15c7 }))?.language).toBe('eng');
    expect((await trackOf({ language: 0x55c4 }))?.language).toBeUndefined();
    expect((await trackOf({ language: 0 }))?.language).toBe('eng');
    expect((await trackOf({ language: 0x7fff }))?.language).toBeUndefined();
  });

  it('is that of elng where there is one', async () => {
    const elng = full('elng', 0, 0, 'de-CH\0');
    expect((await trackOf({ language: 0x15c7, afterHandler: [elng] }))?.language).toBe('de-CH');
  });
});

describe('the edit list of a track', () => {
  const edits = (version: number, ...entries: readonly Bytes[]): Uint8Array =>
    box('edts', full('elst', version, 0, n32(entries.length), ...entries));

  it('shifts times back by what it cuts off, and forward by a pause', async () => {
    const list = edits(0, n32(500, -1, one()), n32(200, 150, one()));
    const found = await trackOf({ timescale: 2_000, afterHeader: [list] });
    expect(found).toMatchObject({ shiftTicks: 1_000 - 150, durationSeconds: 0.7 });
    expect(found?.edits).toEqual([
      { durationSeconds: 0.5, mediaTime: -1, rate: 1 },
      { durationSeconds: 0.2, mediaTime: 150, rate: 1 },
    ]);
  });

  it('is read with 64-bit numbers', async () => {
    const list = edits(1, join(n64(500), n32(-1, -1, one())), join(n64(200), n64(150), n32(one())));
    expect(await trackOf({ afterHeader: [list] })).toMatchObject({ shiftTicks: 350, edits: [{ mediaTime: -1 }, { mediaTime: 150 }] });
  });

  it('with a duration of 0 leaves the duration of the media', async () => {
    expect(await trackOf({ afterHeader: [edits(0, n32(0, 100, one()))] })).toMatchObject({ shiftTicks: -100, durationSeconds: 0.3 });
  });
});

function one(): number {
  return 65_536;
}
