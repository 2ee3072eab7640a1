/**
 * Headers of real files with bytes changed at random, by seed: each gives an index or a typed error, in bounded work.
 * `MUTATIONS` says how many are tried.
 */
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { isReelwayError } from '../../src/errors/index.js';
import { createMediaReader, faststartView, indexVideo, type MediaReader, readSamples } from '../../src/media/index.js';
import type { ReadHandle } from '../../src/ports/index.js';
import { seededRandom } from '../core/support.js';
import { box, EMPTY_TABLES, extend, FTYP, fragment, full, join, movie, n16, n32, track, trackFragment } from './build-movie.js';
import { type Reads, STILL } from './support.js';

const COUNT = Number(process.env['MUTATIONS'] ?? 5_000);
const NUMBERS = [0, 1, 2, 7, 8, 16, 0x7f, 0x80, 0xff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffff00, 0xfffffffe, 0xffffffff];
const TYPES = ['moov', 'trak', 'stbl', 'stsz', 'co64', 'free', 'uuid', 'moof', 'sidx', 'traf', 'trun', 'mdat', 'stco', 'mvex', 'edts'];

/** A file of which only some bytes matter: the headers. All others are zero. */
interface Sample {
  readonly name: string;
  readonly sizeBytes: number;
  readonly start: number;
  readonly headers: Uint8Array;
}

async function samples(): Promise<Sample[]> {
  const names = ['landscape.mp4', 'reel.mp4', 'rotated.mp4'];
  const videos = names.map(async (name) => {
    const bytes = new Uint8Array(await readFile(new URL(`../fixtures/videos/${name}`, import.meta.url)));
    const start = Buffer.from(bytes).lastIndexOf('moov') - 4;
    return { name, sizeBytes: bytes.length, start, headers: bytes.slice(start) };
  });
  const index = full('sidx', 0, 0, n32(1, 1_000, 0, 0), n16(0, 1), n32(400, 600, 0));
  const parts = [0, 200, 400].flatMap((time) => [
    fragment(trackFragment({ time, dataOffset: 100, sizes: [10, 20] }), trackFragment({ id: 2, flags: 0, sizes: [3, 4] })),
    box('mdat', new Uint8Array(40)),
  ]);
  const tracks = [1, 2].map((id) => track({ id, sizes: [], tables: EMPTY_TABLES }));
  const fragments = join(FTYP, movie(...tracks, extend(1, 2)), index, ...parts);
  return [...(await Promise.all(videos)), { name: 'fragments', sizeBytes: fragments.length, start: 0, headers: fragments }];
}

/** Changes 1 to 4 places. */
function mutate(headers: Uint8Array, random: () => number): Uint8Array {
  const changed = headers.slice();
  const below = (most: number): number => Math.floor(random() * most);
  for (let left = 1 + below(4); left > 0; left--) {
    const at = below(changed.length - 8);
    const kind = below(4);
    if (kind === 0) changed[at] = below(256);
    else if (kind === 1) changed.set(n32(NUMBERS[below(NUMBERS.length)] ?? 0), at - (at % 4));
    else if (kind === 2) changed.set(Buffer.from(TYPES[below(TYPES.length)] ?? ''), at);
    else changed.copyWithin(at, below(changed.length), below(changed.length));
  }
  return changed;
}

function fileOf({ start, sizeBytes }: Sample, headers: Uint8Array): ReadHandle & { readonly reads: Reads } {
  const head = headOf(start);
  const reads = { count: 0, bytes: 0, largestBytes: 0 };
  return {
    reads,
    close: async () => {},
    readInto: async (buffer, position) => {
      const length = Math.min(buffer.length, sizeBytes - position);
      buffer.fill(0);
      buffer.set(head.subarray(position, position + length));
      const from = Math.max(position, start);
      if (from < position + length) buffer.set(headers.subarray(from - start, position + length - start), from - position);
      reads.count++;
      reads.bytes += length;
      reads.largestBytes = Math.max(reads.largestBytes, buffer.length);
      return length;
    },
  };
}

/** `ftyp`, and `mdat` up to the headers. */
function headOf(start: number): Uint8Array {
  return start === 0 ? new Uint8Array() : join(FTYP, n32(start - FTYP.length), 'mdat');
}

/** Reads everything of a file; resolves with how many samples and pieces there were, or with what is wrong with them. */
async function readAll(sample: Sample, reader: MediaReader): Promise<number | string> {
  const index = await indexVideo(reader);
  const isSound = index.opening.length <= 32 && index.opening.every(({ start, end }) => start < end && end <= sample.sizeBytes);
  if (!isSound) return 'the opening lies outside of the file';
  let count = 0;
  for (const track of index.tracks) {
    const all = readSamples(reader, index, track);
    for (let batch = await all.next(); batch; batch = await all.next()) {
      count += batch.length;
      if (batch.some(({ offset, sizeBytes }) => offset < 0 || offset + sizeBytes > sample.sizeBytes)) return 'a sample lies outside';
    }
  }
  const view = await faststartView(reader, index);
  const buffer = new Uint8Array(65_536);
  const moved = view?.readIndex();
  while (moved && (await moved.fill(buffer)) > 0) count++;
  return count;
}

/** How a file ends: with an index, or with a code; anything else is a fault. */
async function outcomeOf(sample: Sample, headers: Uint8Array): Promise<string> {
  const file = fileOf(sample, headers);
  const reader = createMediaReader(file, sample.sizeBytes, { clock: STILL });
  const result = await readAll(sample, reader).catch((error) => (isReelwayError(error) ? error.code : String(error)));
  const { largestBytes, bytes } = file.reads;
  if (largestBytes > 65_536 || bytes > sample.sizeBytes * 4 + 100_000) return `${bytes} bytes read, at most ${largestBytes} at once`;
  if (typeof result === 'string') return result;
  return result < sample.sizeBytes * 2 ? 'INDEX' : `${result} samples`;
}

it(`gives an index or a typed error for each of ${COUNT} mutations`, { timeout: 3_600_000 }, async () => {
  const all = await samples();
  const random = seededRandom(11);
  const outcomes = new Map<string, number>();
  for (let nth = 0; nth < COUNT; nth++) {
    const sample = all[nth % all.length] as Sample;
    const outcome = await outcomeOf(sample, mutate(sample.headers, random));
    expect(['INDEX', 'MEDIA_INVALID', 'NOT_SUPPORTED'], `mutation ${nth} of ${sample.name}`).toContain(outcome);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  // Both happen often: the mutations neither miss the headers nor wreck them all.
  expect(outcomes.get('INDEX')).toBeGreaterThan(COUNT / 10);
  expect(outcomes.get('MEDIA_INVALID')).toBeGreaterThan(COUNT / 20);
});
