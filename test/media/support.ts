/** What the tests of `src/media` share: files in memory that count reads, and the whole of what is read from one. */
import { createMediaReader, indexVideo, type MediaReader, type MediaSample, readSamples, type VideoIndex } from '../../src/media/index.js';
import type { Clock, ReadHandle } from '../../src/ports/index.js';

/** Counts of reads. */
export interface Reads {
  count: number;
  bytes: number;
  /** The largest buffer that was asked to be filled. */
  largestBytes: number;
}

/** A file in memory. `shortBy` bytes are missing in each read that can be short. */
export function memoryFile(bytes: Uint8Array, shortBy = 0): ReadHandle & { readonly reads: Reads } {
  const reads = { count: 0, bytes: 0, largestBytes: 0 };
  return {
    reads,
    readInto: async (buffer, position) => {
      const length = Math.min(Math.max(1, buffer.length - shortBy), buffer.length, Math.max(0, bytes.length - position));
      buffer.set(bytes.subarray(position, position + length));
      reads.count++;
      reads.bytes += length;
      reads.largestBytes = Math.max(reads.largestBytes, buffer.length);
      return length;
    },
    close: async () => {},
  };
}

/** Time that stands still, in which nothing rests. */
export const STILL: Clock = { wallMs: () => 0, monotonicMs: () => 0, after: () => () => {}, random: () => 0 };

/** A reader over bytes in memory. */
export function readerOf(bytes: Uint8Array): MediaReader {
  return createMediaReader(memoryFile(bytes), bytes.length, { clock: STILL });
}

/** The index of bytes in memory. */
export function indexOf(bytes: Uint8Array): Promise<VideoIndex> {
  return indexVideo(readerOf(bytes));
}

/** All samples of a track, by its place in the index. */
export async function samplesOf(reader: MediaReader, index: VideoIndex, at = 0): Promise<MediaSample[]> {
  const track = index.tracks[at];
  if (track === undefined) throw new Error(`There is no track ${at}`);
  const samples = readSamples(reader, index, track);
  const all: MediaSample[] = [];
  for (let batch = await samples.next(); batch; batch = await samples.next()) all.push(...batch);
  return all;
}
