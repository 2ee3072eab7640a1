/** Which bytes a player needs before it shows anything: the index and the first samples. */
import type { ByteRange } from '../core/index.js';
import type { MediaReader } from './boxes/media-reader.js';
import { readSamples } from './samples/read-samples.js';
import type { SampleReader } from './samples/sample-reader.js';
import type { FileScan } from './scan-file.js';
import type { MediaSample, MediaTrack } from './types.js';

/** Ranges of an opening, at most. */
const MAX_RANGES = 32;
/** A gap up to here is read along: another request costs more. */
const GAP_BYTES = 16_384;
/** Tracks that a player may begin with, at most. */
const MAX_TRACKS = 8;
/** Samples of a track, at most. */
const MAX_SAMPLES = 256;
const HEADER_BYTES = 16;

/** The ranges that a player needs for the first seconds, 1 to 32, in order, not touching. */
export async function findOpening(
  reader: MediaReader,
  scan: FileScan,
  tracks: readonly MediaTrack[],
  seconds: number,
): Promise<ByteRange[]> {
  const ranges = [{ start: 0, end: scan.ftypEnd + HEADER_BYTES }];
  if (scan.moov) ranges.push({ start: scan.moov.start, end: scan.moov.end + HEADER_BYTES });
  if (scan.mdat) ranges.push({ start: scan.mdat.start, end: scan.mdat.start + HEADER_BYTES });
  const played = tracks.filter(({ kind }) => kind === 'video' || kind === 'audio').slice(0, MAX_TRACKS);
  for (const track of played) {
    const samples = readSamples(reader, { tracks, firstFragment: scan.firstFragment }, track);
    for (const { offset, sizeBytes } of await firstSamples(samples, seconds * track.timescale)) {
      // Headers of fragments lie between their samples.
      extend(ranges, { start: Math.min(offset, scan.firstFragment ?? offset), end: offset + sizeBytes });
    }
  }
  for (const range of ranges) range.end = Math.min(range.end, reader.sizeBytes);
  return joinNearest(ranges.filter(({ start, end }) => start < end).sort((a, b) => a.start - b.start));
}

/** The first sample, and those that are decoded before `until`. */
async function firstSamples(samples: SampleReader, until: number): Promise<MediaSample[]> {
  const first: MediaSample[] = [];
  for (let batch = await samples.next(); batch; batch = first.length < MAX_SAMPLES ? await samples.next() : undefined) {
    for (const sample of batch) {
      if (sample.dts >= until && first.length > 0) return first;
      first.push(sample);
    }
  }
  return first;
}

/** Adds a range, to the last one where it lies close behind it. */
function extend(ranges: { start: number; end: number }[], range: ByteRange): void {
  const last = ranges[ranges.length - 1];
  if (last && range.start >= last.start && range.start <= last.end + GAP_BYTES) last.end = Math.max(last.end, range.end);
  else ranges.push({ ...range });
}

/** Joins sorted ranges over gaps that are small, or smaller than the others where there are too many. */
function joinNearest(ranges: readonly ByteRange[], gapBytes = GAP_BYTES): ByteRange[] {
  const joined: { start: number; end: number }[] = [];
  const gaps: number[] = [];
  for (const range of ranges) {
    const last = joined[joined.length - 1];
    const gap = range.start - (last?.end ?? 0);
    if (last && gap <= gapBytes) last.end = Math.max(last.end, range.end);
    else {
      gaps.push(gap);
      joined.push({ ...range });
    }
  }
  const most = gaps.sort((a, b) => b - a)[MAX_RANGES - 1];
  return most === undefined || joined.length <= MAX_RANGES ? joined : joinNearest(joined, most);
}
