/** Which bytes a player needs before it shows anything: the index and the first samples. */
import { type ByteRange, mergeRanges } from '../core/index.js';
import type { MediaReader } from './media-reader.js';
import { readSamples } from './read-samples.js';
import type { FileScan } from './scan-file.js';
import type { MediaTrack } from './types.js';

/** Ranges of an opening, at most. */
const MAX_RANGES = 32;
/** A gap up to here is read along: another request costs more. */
const GAP_BYTES = 16_384;
/** Tracks that a player may begin with, at most. */
const MAX_TRACKS = 8;
/** Samples of a track, at most. */
const MAX_SAMPLES = 1_024;
/** Bytes of a box header. */
const HEADER_BYTES = 16;

/** The ranges that a player needs for the first seconds, 1 to 32, in order, not touching. */
export async function findOpening(
  reader: MediaReader,
  scan: FileScan,
  tracks: readonly MediaTrack[],
  seconds: number,
): Promise<ByteRange[]> {
  const { sizeBytes } = reader;
  const { moov, mdat, firstFragment } = scan;
  const ranges: ByteRange[] = [{ start: 0, end: scan.ftypEnd + HEADER_BYTES }, { start: moov.start, end: moov.end + HEADER_BYTES }];
  if (mdat !== undefined) ranges.push({ start: mdat.start, end: mdat.start + HEADER_BYTES });
  const index = { tracks, sizeBytes, ...(firstFragment !== undefined && { firstFragment }) };
  const played = tracks.filter(({ kind }) => kind === 'video' || kind === 'audio').slice(0, MAX_TRACKS);
  for (const track of played) {
    for (const range of await firstSamples(reader, index, track, seconds)) {
      // Headers of fragments lie between their samples.
      const isFragment = firstFragment !== undefined && range.start > firstFragment;
      ranges.push(isFragment ? { start: firstFragment, end: range.end } : range);
    }
  }
  const inFile = ranges.map(({ start, end }) => ({ start: Math.min(start, sizeBytes), end: Math.min(end, sizeBytes) }));
  return joinNearest(mergeRanges(inFile));
}

async function firstSamples(
  reader: MediaReader,
  index: Parameters<typeof readSamples>[1],
  track: MediaTrack,
  seconds: number,
): Promise<ByteRange[]> {
  const samples = readSamples(reader, index, track);
  const until = seconds * track.timescale;
  const ranges: ByteRange[] = [];
  for (let count = 0; count < MAX_SAMPLES; ) {
    const batch = await samples.next();
    if (batch === undefined) break;
    for (const { offset, sizeBytes, dts } of batch) {
      if (dts >= until && count > 0) return ranges;
      count++;
      const last = ranges[ranges.length - 1];
      if (last !== undefined && offset >= last.start && offset <= last.end + GAP_BYTES) {
        ranges[ranges.length - 1] = { start: last.start, end: Math.max(last.end, offset + sizeBytes) };
      } else ranges.push({ start: offset, end: offset + sizeBytes });
    }
  }
  return ranges;
}

/** Joins over gaps that are small, or smaller than the others where there are too many ranges. */
function joinNearest(ranges: readonly ByteRange[]): ByteRange[] {
  const gapAt = (at: number): number => (ranges[at]?.start ?? 0) - (ranges[at - 1]?.end ?? 0);
  const gaps = ranges
    .slice(1)
    .map((_, at) => gapAt(at + 1))
    .sort((a, b) => b - a);
  const most = Math.max(GAP_BYTES, gaps[MAX_RANGES - 1] ?? 0);
  const joined: ByteRange[] = [];
  ranges.forEach((range, at) => {
    const last = joined[joined.length - 1];
    if (last !== undefined && gapAt(at) <= most) joined[joined.length - 1] = { start: last.start, end: range.end };
    else joined.push(range);
  });
  return joined;
}
