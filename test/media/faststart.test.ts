/** The view with moov in front: the same samples, at the places where the view has them. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createMediaReader, faststartView, indexVideo } from '../../src/media/index.js';
import {
  box,
  EMPTY_TABLES,
  extend,
  FTYP,
  fragment,
  full,
  join,
  moovLast,
  movie,
  n32,
  track,
  trackFragment,
  visual,
} from './build-movie.js';
import { memoryFile, readerOf, STILL, samplesOf } from './support.js';

/** The bytes of a view, read through a buffer of some size. */
async function viewOf(bytes: Uint8Array, bufferBytes = 524_288): Promise<Uint8Array | undefined> {
  const reader = readerOf(bytes);
  const view = await faststartView(reader, await indexVideo(reader));
  if (view === undefined) return undefined;
  const pieces: Uint8Array[] = [];
  const index = view.readIndex();
  const buffer = new Uint8Array(bufferBytes);
  for (let length = await index.fill(buffer); length > 0; length = await index.fill(buffer)) pieces.push(buffer.slice(0, length));
  expect(pieces.reduce((sum, { length }) => sum + length, 0)).toBe(view.indexBytes);
  const whole = join(...pieces, ...view.rest.map(({ start, end }) => bytes.subarray(start, end)));
  expect(whole.length).toBe(view.sizeBytes);
  return whole;
}

/** What each sample of a file holds, with its times. */
async function contentsOf(bytes: Uint8Array): Promise<string[]> {
  const reader = readerOf(bytes);
  const index = await indexVideo(reader);
  const all: string[] = [];
  for (const at of index.tracks.keys()) {
    for (const { offset, sizeBytes, ...rest } of await samplesOf(reader, index, at)) {
      const data = createHash('md5')
        .update(bytes.subarray(offset, offset + sizeBytes))
        .digest('hex');
      all.push(JSON.stringify({ at, ...rest, sizeBytes, data }));
    }
  }
  return all;
}

const NAMES = ['landscape.mp4', 'reel.mp4', 'rotated.mp4'];

describe('faststartView', () => {
  it.each(NAMES)('of %s has every sample of the file, behind moov', async (name) => {
    const bytes = new Uint8Array(await readFile(new URL(`../fixtures/videos/${name}`, import.meta.url)));
    const view = (await viewOf(bytes)) ?? new Uint8Array();
    expect(view.length).toBe(bytes.length);
    const index = await indexVideo(readerOf(view));
    expect(index).toMatchObject({ isMoovFirst: true, warnings: [] });
    expect(index.opening.length).toBe(1);
    expect(await contentsOf(view)).toEqual(await contentsOf(bytes));
    expect(Buffer.compare((await viewOf(bytes, 1_021)) ?? new Uint8Array(), view)).toBe(0);
  });

  it('keeps offsets behind moov, and gives a size to a moov box that had none', async () => {
    const media = Uint8Array.from({ length: 60 }, (_, at) => at);
    const moov = movie(track({ offset: 24 }));
    const open = join(n32(0), moov.subarray(4));
    const inMiddle = join(FTYP, box('mdat', media), moov, box('free', media));
    const behind = join(FTYP, box('mdat'), movie(track({ offset: 24 + moov.length + 8 })), box('mdat', media));
    for (const file of [join(FTYP, box('mdat', media), open), inMiddle, behind]) {
      const view = (await viewOf(file)) ?? new Uint8Array();
      expect(await contentsOf(view)).toEqual(await contentsOf(file));
      expect((await contentsOf(view)).length).toBe(3);
    }
  });

  it('gives offsets 64 bits where 32 are too few', async () => {
    const media = new Uint8Array(60);
    const count = 3_000;
    const tables = { stco: full('stco', 0, 0, n32(count, 24, ...Array.from({ length: count - 1 }, () => 0xfffffff0))) };
    const moov = movie(track({ tables }));
    const head = join(FTYP, n32(1), 'mdat', n32(1, 0x100), media);
    // A file of 4 GiB of which the middle is never read.
    const moovStart = 16 + 2 ** 32 + 0x100;
    const sizeBytes = moovStart + moov.length;
    const file = memoryFile(new Uint8Array());
    const readInto = async (buffer: Uint8Array, position: number): Promise<number> => {
      const [bytes, at] = position >= moovStart ? [moov, position - moovStart] : [head, position];
      buffer.fill(0).set(bytes.subarray(at, at + buffer.length));
      return position < moovStart ? Math.min(buffer.length, moovStart - position) : Math.min(buffer.length, sizeBytes - position);
    };
    const reader = createMediaReader({ ...file, readInto }, sizeBytes, { clock: STILL });
    const index = await indexVideo(reader);
    const view = await faststartView(reader, index);
    const bytes = new Uint8Array(524_288);
    const length = (await view?.readIndex().fill(bytes)) ?? 0;
    expect(length).toBe(16 + moov.length + count * 4);
    expect(view?.indexBytes).toBe(length);
    const moved = readerOf(bytes.subarray(0, length));
    const { tracks } = await indexVideo(moved);
    expect(tracks[0]?.tables).toMatchObject({ chunkOffsetBytes: 8, chunkOffsets: { count } });
    const offsets = await moved.window(tracks[0]?.tables.chunkOffsets.position ?? 0, 16);
    expect([offsets.getBigUint64(0), offsets.getBigUint64(8)]).toEqual([24n + BigInt(length - 16), 0xfffffff0n + BigInt(length - 16)]);
  });

  it('is not made where it gains nothing or cannot be right', async () => {
    const moov = movie(track());
    expect(await viewOf(join(FTYP, moov, box('mdat', [1, 2, 3])))).toBeUndefined();
    const fragments = join(FTYP, box('mdat'), movie(track({ sizes: [], tables: EMPTY_TABLES }), extend(1)));
    expect(await viewOf(join(fragments, fragment(trackFragment({ time: 0, sizes: [1] })), box('mdat', [1])))).toBeUndefined();
    expect(await viewOf(moovLast(60, track({ entry: visual('encv') })))).toBeUndefined();
  });
});
