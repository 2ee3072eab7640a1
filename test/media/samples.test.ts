/** Samples by tables and by fragments, in cases that tools write seldom. */
import { describe, expect, it } from 'vitest';
import { createMediaReader, indexVideo, type MediaSample } from '../../src/media/index.js';
import type { Clock } from '../../src/ports/index.js';
import * as movie from './build-movie.js';
import { memoryFile, readerOf, samplesOf } from './support.js';

const { box, EMPTY_TABLES, extend, FTYP, fragment, full, join, moovLast, n32, n64, sound, track, trackFragment } = movie;

async function read(bytes: Uint8Array, at = 0): Promise<MediaSample[]> {
  const reader = readerOf(bytes);
  return samplesOf(reader, await indexVideo(reader), at);
}

const offsets = (samples: readonly MediaSample[]): number[][] => samples.map(({ offset, sizeBytes }) => [offset, sizeBytes]);

describe('samples by tables', () => {
  it('lie one behind the other in their chunk', async () => {
    expect(await read(moovLast(60, track({ offset: 24 })))).toEqual([
      { offset: 24, sizeBytes: 10, dts: 0, pts: 0, duration: 100, isSync: true },
      { offset: 34, sizeBytes: 20, dts: 100, pts: 100, duration: 100, isSync: true },
      { offset: 54, sizeBytes: 30, dts: 200, pts: 200, duration: 100, isSync: true },
    ]);
  });

  it('follow runs of chunks, with 64-bit offsets', async () => {
    const tables = {
      stsc: full('stsc', 0, 0, n32(2, 1, 2, 1, 3, 1, 1)),
      stco: full('co64', 0, 0, n32(3), n64(30, 60, 24)),
    };
    const sizes = [1, 2, 3, 4, 5];
    const samples = await read(moovLast(60, track({ sizes, tables })));
    expect(offsets(samples)).toEqual([
      [30, 1],
      [31, 2],
      [60, 3],
      [63, 4],
      [24, 5],
    ]);
  });

  it('skip chunks without samples and runs without ticks', async () => {
    const tables = {
      stsc: full('stsc', 0, 0, n32(3, 1, 0, 1, 2, 3, 1, 3, 0, 1)),
      stco: full('stco', 0, 0, n32(3, 99, 24, 99)),
      stts: full('stts', 0, 0, n32(4, 0, 7, 1, 50, 0, 7, 2, 60)),
    };
    const samples = await read(moovLast(60, track({ tables })));
    expect(samples.map(({ dts, duration }) => [dts, duration])).toEqual([
      [0, 50],
      [50, 60],
      [110, 60],
    ]);
  });

  it('have signed composition offsets and listed sync samples', async () => {
    const tables = { ctts: full('ctts', 0, 0, n32(2, 1, 200, 2, -100)), stss: full('stss', 0, 0, n32(2, 1, 3)) };
    const samples = await read(moovLast(60, track({ offset: 24, tables })));
    expect(samples.map(({ pts, isSync }) => [pts, isSync])).toEqual([
      [200, true],
      [0, false],
      [100, true],
    ]);
  });

  it('have no sync sample where the list is empty', async () => {
    const samples = await read(moovLast(60, track({ offset: 24, tables: { stss: full('stss', 0, 0, n32(0)) } })));
    expect(samples.map(({ isSync }) => isSync)).toEqual([false, false, false]);
  });

  it('group frames of PCM by 1,024 and by chunk', async () => {
    const tables = {
      stts: full('stts', 0, 0, n32(1, 2_000, 1)),
      stsz: full('stsz', 0, 0, n32(1, 2_000)),
      stsc: full('stsc', 0, 0, n32(1, 1, 1_500, 1)),
      stco: full('stco', 0, 0, n32(2, 24, 7_000)),
    };
    const samples = await read(moovLast(10_000, track({ handler: 'soun', entry: sound('sowt'), tables })));
    expect(samples.map(({ offset, sizeBytes, dts, duration }) => [offset, sizeBytes, dts, duration])).toEqual([
      [24, 4_096, 0, 1_024],
      [4_120, 1_904, 1_024, 476],
      [7_000, 2_000, 1_500, 500],
    ]);
  });

  it('that the file does not hold any more are left out', async () => {
    const head = join(FTYP, movie.movie(track({ offset: 700 })));
    const file = join(head, box('free', new Uint8Array(700 - head.length - 16)), n32(100), 'mdat');
    expect(file.length).toBe(700);
    const cut = join(file, new Uint8Array(35));
    const reader = readerOf(cut);
    const index = await indexVideo(reader);
    expect(index.warnings).toMatchObject([{ kind: 'truncated', missingBytes: 57 }]);
    expect(offsets(await samplesOf(reader, index))).toEqual([
      [700, 10],
      [710, 20],
    ]);
  });

  it('cost the same memory for any number, and rest by the clock', async () => {
    const count = 200_000;
    const tables = {
      stts: full('stts', 0, 0, n32(1, count, 100)),
      stsz: full(
        'stsz',
        0,
        0,
        n32(0, count),
        new Uint8Array(count * 4).map((_, at) => (at % 4 === 3 ? 1 : 0)),
      ),
      stsc: full('stsc', 0, 0, n32(1, 1, count, 1)),
    };
    const bytes = moovLast(count, track({ offset: 24, sizes: [], tables }));
    const file = memoryFile(bytes);
    let nowMs = 0;
    let rests = 0;
    const rest = (run: () => void): (() => void) => {
      rests++;
      queueMicrotask(run);
      return () => {};
    };
    const clock: Clock = { wallMs: () => 0, monotonicMs: () => nowMs++, after: (_delayMs, run) => rest(run), random: () => 0 };
    const reader = createMediaReader(file, bytes.length, { clock });
    const index = await indexVideo(reader);
    expect(file.reads.count).toBeLessThan(10);
    expect((await samplesOf(reader, index)).length).toBe(count);
    expect(file.reads.largestBytes).toBeLessThanOrEqual(16_384);
    expect(file.reads.bytes).toBeLessThan(count * 4 * 1.1 + 100_000);
    expect(rests).toBeGreaterThan(500);
  });
});

describe('samples of fragments', () => {
  const start = join(FTYP, movie.movie(track({ id: 1, sizes: [], tables: EMPTY_TABLES }), extend(1)));
  const media = box('mdat', new Uint8Array(100));
  const first = (traf: (at: number) => Uint8Array): Uint8Array => {
    const measured = fragment(traf(0)).length;
    return join(fragment(traf(measured + 8)), media);
  };

  it('take what a run leaves out from the track and the movie', async () => {
    const file = join(
      start,
      first((dataOffset) => trackFragment({ time: 1_000, dataOffset, sizes: [10, 20] })),
    );
    const samples = await read(file);
    const offset = file.length - 100;
    expect(samples).toEqual([
      { offset, sizeBytes: 10, dts: 1_000, pts: 1_000, duration: 100, isSync: false },
      { offset: offset + 10, sizeBytes: 20, dts: 1_100, pts: 1_100, duration: 100, isSync: false },
    ]);
  });

  it('go on behind the last fragment where no time is stated', async () => {
    const traf = (dataOffset: number): Uint8Array => trackFragment({ dataOffset, sizes: [10, 20] });
    const samples = await read(join(start, first(traf), first(traf)));
    expect(samples.map(({ dts }) => dts)).toEqual([0, 100, 200, 300]);
  });

  it('begin where the samples of moov end', async () => {
    const head = join(FTYP, box('mdat', new Uint8Array(60)), movie.movie(track({ offset: 24 }), extend(1)));
    const samples = await read(
      join(
        head,
        first((dataOffset) => trackFragment({ dataOffset, sizes: [10] })),
      ),
    );
    expect(samples.map(({ dts }) => dts)).toEqual([0, 100, 200, 300]);
  });

  it('begin where the data of the track fragment before them end, in moof boxes of the old kind', async () => {
    const tracks = [track({ id: 1, sizes: [], tables: EMPTY_TABLES }), track({ id: 2, sizes: [], tables: EMPTY_TABLES })];
    const head = join(FTYP, movie.movie(...tracks, extend(1, 2)));
    const trafs = (dataOffset: number) => [
      trackFragment({ id: 1, flags: 0, dataOffset, sizes: [10, 20] }),
      trackFragment({ id: 2, flags: 0, sizes: [5, 6] }),
    ];
    const dataOffset = fragment(...trafs(0)).length + 8;
    const file = join(head, fragment(...trafs(dataOffset)), media);
    const data = file.length - 100;
    expect(offsets(await read(file, 0))).toEqual([
      [data, 10],
      [data + 10, 20],
    ]);
    expect(offsets(await read(file, 1))).toEqual([
      [data + 30, 5],
      [data + 35, 6],
    ]);
  });

  it('without sizes of their own are no more than the file has bytes', async () => {
    const run = full('trun', 0, 0, n32(0xffffffff));
    const file = join(start, fragment(box('traf', full('tfhd', 0, 0x20000, n32(1)), run)), media);
    const samples = await read(file);
    expect(samples.length).toBeGreaterThan(10);
    expect(samples.length).toBeLessThanOrEqual(file.length / 7);
  });

  it('end where the file is cut off', async () => {
    const file = join(
      start,
      first((dataOffset) => trackFragment({ dataOffset, sizes: [10, 20, 40] })),
    );
    const reader = readerOf(file.subarray(0, -60));
    const index = await indexVideo(reader);
    expect(index.warnings).toMatchObject([{ kind: 'truncated', missingBytes: 60 }]);
    expect((await samplesOf(reader, index)).map(({ sizeBytes }) => sizeBytes)).toEqual([10, 20]);
  });
});

describe('the duration of a fragmented file', () => {
  const start = join(FTYP, movie.movie(track({ sizes: [], tables: EMPTY_TABLES }), extend(1)));
  const fragments = [0, 200, 400].map((time) => join(fragment(trackFragment({ time, sizes: [1, 1] })), box('mdat', [1, 2])));
  const sizes = fragments.map(({ length }) => length);
  const segments = (...entries: readonly number[]): Uint8Array =>
    full('sidx', 0, 0, n32(1, 1_000, 0, 0), movie.n16(0, entries.length / 3), n32(...entries));
  const countReads = async (file: Uint8Array): Promise<{ seconds: number; reads: number }> => {
    const handle = memoryFile(file);
    const { durationSeconds } = await indexVideo(createMediaReader(handle, file.length, { windowBytes: 4_096 }));
    return { seconds: durationSeconds, reads: handle.reads.count };
  };

  it('is that of its last fragment', async () => {
    expect((await countReads(join(start, ...fragments))).seconds).toBe(0.6);
  });

  it('is found by a segment index without a look at all fragments', async () => {
    const many = Array.from({ length: 40 }, (_, at) => at).map((at) =>
      join(fragment(trackFragment({ time: at * 200, sizes: [1, 1] })), box('mdat', new Uint8Array(5_000))),
    );
    const index = segments(...many.flatMap(({ length }) => [length, 200, 0x90000000]));
    const indexed = await countReads(join(start, index, ...many));
    const walked = await countReads(join(start, ...many));
    expect([indexed.seconds, walked.seconds]).toEqual([8, 8]);
    expect(indexed.reads).toBeLessThan(walked.reads / 4);
  });

  it('is not taken from a segment index that covers more than the file', async () => {
    const index = segments(...[...sizes, 5_000].flatMap((size) => [size, 999, 0]));
    expect((await countReads(join(start, index, ...fragments))).seconds).toBe(0.6);
  });
});
