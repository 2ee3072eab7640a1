/** The samples of a track by the tables in `moov`. */
import { damaged } from '../boxes/fields.js';
import type { MediaReader } from '../boxes/media-reader.js';
import { BATCH, openTable, type TableCursor } from '../tracks/sample-tables.js';
import type { MediaTrack } from '../types.js';
import { type AddSample, readBatches, type SampleReader } from './sample-reader.js';

/** PCM frames that make one sample, at most: one sample a frame would be 48,000 a second. */
const PCM_FRAMES = 1_024;

/** A value that a table repeats: `left` more times. */
interface Repeated {
  left: number;
  value: number;
}

/** Samples by the tables in `moov`, and the decoding time behind those that were read. */
export function readTableSamples(reader: MediaReader, track: MediaTrack): SampleReader & { endTicks(): number } {
  const { chunkOffsetBytes, fixedBytes, ...tables } = track.tables;
  const durations = openTable(reader, tables.durations, 8);
  const compositions = openTable(reader, tables.compositionOffsets, 8);
  const sizes = openTable(reader, tables.sizes, fixedBytes ? 0 : 4);
  const syncs = openTable(reader, tables.syncSamples, 4);
  const chunks = walkChunks(
    openTable(reader, tables.chunkOffsets, chunkOffsetBytes),
    openTable(reader, tables.chunkRuns, 12),
    chunkOffsetBytes > 4,
  );
  const duration = { left: 0, value: 0 };
  const composition = { left: 0, value: 0 };
  const isPcm = track.kind === 'audio' && fixedBytes > 0 && tables.durations.count === 1;
  let number = 1;
  let nextSync = 0;
  let mediaTime = 0;

  /** Adds the next sample; false where tables have to be read first. */
  const step = (add: AddSample): boolean => {
    if (!chunks.enter() || !repeat(durations, duration) || !repeat(compositions, composition)) return false;
    if (nextSync < number && syncs.take()) nextSync = syncs.u32();
    const most = isPcm && duration.value === 1 ? PCM_FRAMES : 1;
    const frames = Math.min(most, chunks.current.left, track.sampleCount + 1 - number);
    sizes.take();
    const sizeBytes = frames * (fixedBytes || sizes.u32());
    const ticks = frames * duration.value;
    add(chunks.current.offset, sizeBytes, mediaTime, composition.value | 0, ticks, !tables.syncSamples || nextSync === number);
    mediaTime += ticks;
    number += frames;
    chunks.current.left -= frames;
    chunks.current.offset += sizeBytes;
    duration.left -= frames;
    composition.left -= frames;
    return number <= track.sampleCount;
  };
  const samples = readBatches(reader, track, async (add) => {
    for (const cursor of [durations, compositions, sizes, syncs, ...chunks.cursors]) await cursor.prepare();
    for (let steps = 0; steps < BATCH && step(add); ) steps++;
    return number <= track.sampleCount && !chunks.isOver();
  });
  return { ...samples, endTicks: () => mediaTime };
}

/**
 * The last entry of a table that is too short goes on, as players do it; without any, the value is 0. Values are made signed by the
 * caller: composition offsets are so in every version, as QuickTime has them.
 */
function repeat(cursor: TableCursor, run: Repeated): boolean {
  if (run.left > 0 || cursor.left() === 0) return true;
  if (!cursor.take()) return false;
  run.left = cursor.u32();
  run.value = cursor.u32(4);
  return run.left > 0;
}

/** Walks over the chunks; `stsc` says from which chunk on how many samples each has. */
function walkChunks(offsets: TableCursor, runs: TableCursor, isLarge: boolean) {
  const current = { left: 0, offset: 0 };
  let number = 0;
  let perChunk = 0;
  let next = { first: 1, perChunk: 0 };
  const takeRun = () => (runs.take() ? { first: runs.u32(), perChunk: runs.u32(4) } : { first: Number.POSITIVE_INFINITY, perChunk: 0 });
  return {
    current,
    cursors: [offsets, runs],
    isOver: () => current.left <= 0 && offsets.left() === 0,
    /** Whether there is a sample left in this chunk, or in the next one. */
    enter: (): boolean => {
      if (current.left > 0) return true;
      if (!offsets.take()) return false;
      current.offset = isLarge ? offsets.u32() * 2 ** 32 + offsets.u32(4) : offsets.u32();
      number++;
      if (number === 1) next = { ...takeRun(), first: 1 };
      if (number >= next.first) {
        perChunk = next.perChunk;
        next = takeRun();
      }
      if (next.first <= number) throw damaged('Numbers of chunks do not rise', 'stsc');
      current.left = perChunk;
      return perChunk > 0;
    },
  };
}
