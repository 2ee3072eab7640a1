/** Damaged files: a typed error, or an index that says what is wrong; never more work or memory than the file has bytes. */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { isReelwayError } from '../../src/errors/index.js';
import { createMediaReader, faststartView, indexVideo, type VideoIndex } from '../../src/media/index.js';
import { box, EMPTY_TABLES, extend, FTYP, fragment, full, join, moovLast, movie, n32, n64, track, trackFragment } from './build-movie.js';
import { indexOf, memoryFile, readerOf, STILL, samplesOf } from './support.js';

const CONTAINERS = /^(moov|trak|mdia|minf|stbl|edts|dinf|mvex|moof|traf)$/;

/** Where boxes begin, where their content begins, and where they end. */
function boundariesOf(bytes: Uint8Array, start = 0, end = bytes.length): number[] {
  const found: number[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (let at = start; at + 8 <= end; at += view.getUint32(at)) {
    const next = at + view.getUint32(at);
    found.push(at, at + 8, next);
    if (CONTAINERS.test(Buffer.from(bytes.subarray(at + 4, at + 8)).toString('latin1'))) found.push(...boundariesOf(bytes, at + 8, next));
  }
  return [...new Set(found)];
}

/** Everything that is read of a file: its index or the code of its error. */
async function readAll(bytes: Uint8Array): Promise<VideoIndex | string> {
  const file = memoryFile(bytes);
  const reader = createMediaReader(file, bytes.length, { clock: STILL });
  try {
    const index = await indexVideo(reader);
    for (const at of index.tracks.keys()) await samplesOf(reader, index, at);
    await faststartView(reader, index);
    return index;
  } catch (error) {
    if (!isReelwayError(error)) throw error;
    return error.code;
  } finally {
    expect(file.reads.largestBytes).toBeLessThanOrEqual(65_536);
  }
}

const fragmented = join(
  ...[FTYP, movie(track({ sizes: [], tables: EMPTY_TABLES }), extend(1))],
  ...[0, 200, 400].flatMap((time) => [
    fragment(trackFragment({ time, dataOffset: 100, sizes: [10, 20] })),
    box('mdat', new Uint8Array(30)),
  ]),
);

describe('a file that is cut off', () => {
  it('at any box boundary gives an error or an index with a warning', async () => {
    const bytes = new Uint8Array(await readFile(new URL('../fixtures/videos/reel.mp4', import.meta.url)));
    const reader = readerOf(bytes);
    const view = await faststartView(reader, await indexVideo(reader));
    const index = new Uint8Array(view?.indexBytes ?? 0);
    await view?.readIndex().fill(index);
    const moovFirst = join(index, bytes.subarray(48, 200_000));
    const boundaries = boundariesOf(bytes);
    expect(boundaries.length).toBeGreaterThan(60);
    // Before the end of moov there is nothing to read; the first bytes alone do not even name a container.
    for (const end of boundaries.filter((at) => at < bytes.length)) {
      expect(await readAll(bytes.subarray(0, end)), `${end}`).toMatch(end < 8 ? /NOT_SUPPORTED/ : /MEDIA_INVALID/);
    }
    expect(await readAll(moovFirst)).toMatchObject({ warnings: [{ kind: 'truncated' }], tracks: [{ kind: 'video' }, { kind: 'audio' }] });
    for (const end of boundariesOf(index))
      if (end >= 8 && end < index.length) expect(await readAll(index.subarray(0, end))).toBe('MEDIA_INVALID');
  });

  it('behind its first fragment keeps what is there', async () => {
    const moovEnd = join(FTYP, movie(track({ sizes: [], tables: EMPTY_TABLES }), extend(1))).length;
    for (let end = moovEnd; end < fragmented.length; end++) {
      const result = await readAll(fragmented.subarray(0, end));
      expect(result).toMatchObject({ tracks: [{ kind: 'video' }] });
    }
  });
});

const tableOf = (type: string, table: Uint8Array): Uint8Array => moovLast(60, track({ offset: 24, tables: { [type]: table } }));
const MANY = 0xffffffff;

const LIES: readonly (readonly [string, Uint8Array])[] = [
  ['stts', tableOf('stts', full('stts', 0, 0, n32(MANY, 3, 100)))],
  ['ctts', tableOf('ctts', full('ctts', 0, 0, n32(MANY, 3, 100)))],
  ['stss', tableOf('stss', full('stss', 0, 0, n32(MANY, 1)))],
  ['stsc', tableOf('stsc', full('stsc', 0, 0, n32(MANY, 1, 3, 1)))],
  ['stsz', tableOf('stsz', full('stsz', 0, 0, n32(0, MANY, 10)))],
  ['stco', tableOf('stco', full('stco', 0, 0, n32(MANY, 24)))],
  ['stbl', tableOf('stco', box('free'))],
  ['mdhd', moovLast(60, track({ timescale: 0 }))],
  ['stsd', tableOf('stsd', full('stsd', 0, 0, n32(1)))],
];

describe('a count that lies', () => {
  it.each(LIES)('in %s is an error that names the box', async (field, bytes) => {
    const error = await indexOf(bytes).catch((reason) => reason);
    expect(error).toMatchObject({ code: 'MEDIA_INVALID' });
    if (field !== 'mdhd') expect(error.context.field).toBe(field);
  });

  it('in one track leaves the others', async () => {
    const bad = track({ id: 2, tables: { stsz: full('stsz', 0, 0, n32(0, MANY, 10)) } });
    const index = await indexOf(moovLast(60, bad, track({ offset: 24 })));
    expect(index.tracks).toMatchObject([{ id: 1 }]);
    expect(index.warnings).toMatchObject([{ kind: 'damaged' }]);
  });

  it('of samples of one size is limited by the bytes of the file', async () => {
    const bytes = tableOf('stsz', full('stsz', 0, 0, n32(2, MANY)));
    const { tracks } = await indexOf(bytes);
    expect(tracks[0]?.sampleCount).toBe(Math.floor(bytes.length / 2));
    expect(await readAll(bytes)).toMatchObject({ warnings: [] });
  });

  it('in a run of a fragment is an error of its samples', async () => {
    const run = full('trun', 0, 0x200, n32(MANY, 1));
    const head = join(FTYP, movie(track({ sizes: [], tables: EMPTY_TABLES }), extend(1)));
    expect(await readAll(join(head, fragment(box('traf', full('tfhd', 0, 0x20000, n32(1)), run))))).toBe('MEDIA_INVALID');
  });
});

describe('a box that lies about its size', () => {
  it('is an error where it ends behind its parent', async () => {
    const bytes = moovLast(60, track());
    const at = Buffer.from(bytes).indexOf('stbl') - 4;
    bytes.set(n32(0x7fffffff), at);
    await expect(indexOf(bytes)).rejects.toMatchObject({ code: 'MEDIA_INVALID', context: { field: 'stbl' } });
  });

  it.each([
    ['smaller than its header', join(n32(4), 'free')],
    ['of more than 2^53 bytes', join(n32(1), 'free', n64(2 ** 60))],
    ['cut off in its header', [0, 0]],
  ])('at the end of a file is a warning where it is %s', async (_what, tail) => {
    const index = await indexOf(join(moovLast(60, track()), tail));
    expect(index.warnings).toMatchObject([{ kind: 'damaged' }]);
  });

  it('is refused where its parent has more than a few thousand children', async () => {
    const many = movie(...Array.from({ length: 5_000 }, () => box('free')), track());
    await expect(indexOf(join(FTYP, many))).rejects.toMatchObject({ code: 'MEDIA_INVALID' });
  });
});

describe('a file without an index', () => {
  it.each([
    ['without moov', join(FTYP, box('mdat', [1, 2, 3]))],
    ['without tracks', join(FTYP, movie())],
    ['of media segments alone', join(box('styp', 'msdh', n32(0)), fragment(trackFragment({ time: 0, sizes: [1] })), box('mdat', [1]))],
  ])('%s is damaged', async (_what, bytes) => {
    await expect(indexOf(bytes)).rejects.toMatchObject({ code: 'MEDIA_INVALID', retryable: false });
  });

  it('with a compressed one is not supported', async () => {
    await expect(indexOf(join(FTYP, box('moov', box('cmov', [1]))))).rejects.toMatchObject({ code: 'NOT_SUPPORTED' });
  });

  it('that becomes shorter while it is read has changed', async () => {
    const bytes = moovLast(60, track());
    const reader = createMediaReader(memoryFile(bytes.subarray(0, -10)), bytes.length, { clock: STILL });
    await expect(indexVideo(reader)).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
  });

  it('ends with the reason of an abort', async () => {
    const bytes = moovLast(60, track());
    const controller = new AbortController();
    const reader = createMediaReader(memoryFile(bytes), bytes.length, { clock: STILL, signal: controller.signal });
    controller.abort('enough');
    await expect(indexVideo(reader)).rejects.toBe('enough');
  });
});
