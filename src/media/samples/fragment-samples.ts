/** The samples of a track in `moof` boxes. */
import { type Box, findBox, readBox, readChildren, readContent, requireBox } from '../boxes/box.js';
import { damaged, either, type Fields, u8, u32, u64 } from '../boxes/fields.js';
import type { MediaReader } from '../boxes/media-reader.js';
import { BATCH, openTable, rangeOf, type TableCursor } from '../tracks/sample-tables.js';
import type { FragmentDefaults, MediaTrack } from '../types.js';
import { type AddSample, readBatches, type SampleReader } from './sample-reader.js';

/** `traf`: what all its runs share. */
interface TrackFragment {
  readonly runs: readonly Box[];
  readonly trackId: number;
  /** Where data offsets are counted from; `undefined`: from the end of the track fragment before. */
  readonly base: number | undefined;
  /** When its first sample is decoded; `undefined`: after the one before. */
  readonly mediaTime: number | undefined;
  /** What samples have where a run says nothing. */
  readonly defaults: FragmentDefaults;
}

/** `trun`: samples that lie one behind the other. */
interface SampleRun {
  readonly cursor: TableCursor;
  readonly flags: number;
  readonly isMine: boolean;
  readonly defaults: FragmentDefaults;
  /** Flags of the next sample, if it is the first one. */
  firstFlags: number | undefined;
  /** Where the next sample lies. */
  offset: number;
  /** When it is decoded, if it begins a track fragment. */
  mediaTime: number | undefined;
}

/** Bits of `trun`: which columns there are, in their order. */
const [DURATIONS, SIZES, FLAGS, COMPOSITIONS] = [0x100, 0x200, 0x400, 0x800] as const;
/** Sample flags: depends on others, or is no sync sample. */
const NOT_SYNC = 0x1010000;
/** Runs that one `moof` box may have; real ones have a few dozen. */
const MAX_RUNS = 4_096;

/** Which part of the file to walk. */
export interface FragmentRange {
  /** Where a box of the top level begins. */
  readonly start: number;
  readonly end: number;
  /** The decoding time, in ticks before the shift, where the first fragment states none. */
  startTicks(): number;
}

/** Samples of one track in the fragments of a range, in their order. */
export function readFragmentSamples(
  reader: MediaReader,
  tracks: readonly MediaTrack[],
  track: MediaTrack,
  range: FragmentRange,
): SampleReader {
  const runs = walkRuns(reader, tracks, track.id, range);
  let run: SampleRun | undefined;
  let mediaTime: number | undefined;
  const step = (add: AddSample, current: SampleRun): void => {
    const { cursor, flags, defaults } = current;
    let at = 0;
    const column = (bit: number, otherwise: number): number => {
      if ((flags & bit) === 0) return otherwise;
      at += 4;
      return cursor.u32(at - 4);
    };
    const ticks = column(DURATIONS, defaults.duration);
    const sizeBytes = column(SIZES, defaults.sizeBytes);
    const own = column(FLAGS, defaults.flags);
    if (current.isMine) {
      const time = current.mediaTime ?? mediaTime ?? range.startTicks();
      const isSync = track.kind === 'audio' || ((current.firstFlags ?? own) & NOT_SYNC) === 0;
      add(current.offset, sizeBytes, time, column(COMPOSITIONS, 0) | 0, ticks, isSync);
      mediaTime = time + ticks;
    }
    current.offset += sizeBytes;
    current.firstFlags = undefined;
    current.mediaTime = undefined;
  };
  return readBatches(reader, track, async (add) => {
    if (!run?.cursor.left()) {
      const next = await runs.next(run?.offset ?? 0);
      run = next ?? run;
      return next !== undefined || runs.enterFragment();
    }
    await run.cursor.prepare();
    for (let steps = 0; steps < BATCH && run.cursor.take(); steps++) step(add, run);
    return true;
  });
}

/** Walks over the runs that say something of a track. */
function walkRuns(reader: MediaReader, tracks: readonly MediaTrack[], trackId: number, range: FragmentRange) {
  let position = range.start;
  let waiting: (readonly [Box, TrackFragment])[] = [];
  let last: TrackFragment | undefined;
  /** Where data offsets are counted from. */
  let base = 0;
  let moofStart: number | undefined;
  /** Bytes that may still belong to samples for which no table entry stands; a file has no more of them than bytes. */
  let unlistedBytes = reader.sizeBytes;
  const takeUnlisted = (claimed: number, each: number): number => {
    const count = Math.min(claimed, Math.floor(unlistedBytes / each));
    unlistedBytes -= count * each;
    return count;
  };
  const openRun = (box: Box, fragment: TrackFragment, end: number, run: RunHeader): SampleRun => {
    const isFirst = fragment !== last;
    if (isFirst) base = fragment.base ?? moofStart ?? end;
    const follows = isFirst ? base : end;
    last = fragment;
    moofStart = undefined;
    const { flags, dataOffset, firstFlags, at } = run;
    const { defaults, mediaTime } = fragment;
    const entryBytes = [DURATIONS, SIZES, FLAGS, COMPOSITIONS].filter((bit) => flags & bit).length * 4;
    const count = entryBytes > 0 ? run.count : takeUnlisted(run.count, defaults.sizeBytes || 1);
    const cursor = openTable(reader, rangeOf(box, at, count, entryBytes), entryBytes);
    const offset = dataOffset === undefined ? follows : base + dataOffset;
    return {
      cursor,
      flags,
      isMine: fragment.trackId === trackId,
      defaults,
      firstFlags,
      offset,
      mediaTime: isFirst ? mediaTime : undefined,
    };
  };
  return {
    /** Moves to the next box of the top level; false at the end. */
    enterFragment: async (): Promise<boolean> => {
      const moof = position < range.end ? await readBox(reader, position, reader.sizeBytes, true) : undefined;
      // Where a fragment is cut off the file ends, and the index says so.
      if (moof === undefined || moof.end > reader.sizeBytes) return false;
      position = moof.end;
      if (moof.type === 'moof') waiting = listRuns(await readTrackFragments(reader, moof, tracks), trackId);
      moofStart = moof.start;
      return true;
    },
    /** The next run of this fragment; `end` is where the data of the run before it ends. */
    next: async (end: number): Promise<SampleRun | undefined> => {
      const [box, fragment] = waiting.shift() ?? [];
      return box && fragment && openRun(box, fragment, end, readRun(await readContent(reader, box, 16)));
    },
  };
}

/** Runs of other tracks matter only to a track fragment that begins where they end. */
function listRuns(fragments: readonly TrackFragment[], trackId: number): (readonly [Box, TrackFragment])[] {
  const isFree = fragments.every((fragment) => fragment.base !== undefined);
  const listed = fragments.filter((fragment) => !isFree || fragment.trackId === trackId);
  const runs = listed.flatMap((fragment) => fragment.runs.map((box) => [box, fragment] as const));
  if (runs.length > MAX_RUNS) throw damaged('A fragment has too many runs', 'moof');
  return runs;
}

interface RunHeader {
  readonly flags: number;
  readonly count: number;
  readonly dataOffset: number | undefined;
  readonly firstFlags: number | undefined;
  /** Where its entries begin. */
  readonly at: number;
}

function readRun(fields: Fields): RunHeader {
  const flags = u32(fields, 0);
  const at = flags & 1 ? 12 : 8;
  return {
    flags,
    count: u32(fields, 4),
    dataOffset: flags & 1 ? u32(fields, 8) | 0 : undefined,
    firstFlags: flags & 4 ? u32(fields, at) : undefined,
    at: flags & 4 ? at + 4 : at,
  };
}

/** The track fragments of a `moof` box. */
export async function readTrackFragments(reader: MediaReader, moof: Box, tracks: readonly MediaTrack[]): Promise<TrackFragment[]> {
  const fragments: TrackFragment[] = [];
  for (const traf of await readChildren(reader, moof)) {
    if (traf.type !== 'traf') continue;
    const boxes = await readChildren(reader, traf);
    const fields = await readContent(reader, requireBox(boxes, 'tfhd'), 32);
    const flags = u32(fields, 0);
    const trackId = u32(fields, 4);
    const otherwise = tracks.find((track) => track.id === trackId)?.defaults;
    const first = flags & 1 ? 16 : 8;
    // Optional fields stand one behind the other, in the order of their bits.
    const next = (bit: number, value = 0): number => {
      const before = [2, 8, 16].filter((other) => other < bit && flags & other).length;
      return flags & bit ? u32(fields, first + before * 4) : value;
    };
    fragments.push({
      runs: boxes.filter((box) => box.type === 'trun'),
      trackId,
      base: flags & 1 ? u64(fields, 8) : flags & 0x20000 ? moof.start : undefined,
      mediaTime: await readTime(reader, findBox(boxes, 'tfdt')),
      defaults: {
        duration: next(8, otherwise?.duration),
        sizeBytes: next(16, otherwise?.sizeBytes),
        flags: next(32, otherwise?.flags),
      },
    });
  }
  return fragments;
}

async function readTime(reader: MediaReader, box: Box | undefined): Promise<number | undefined> {
  if (box === undefined) return undefined;
  const fields = await readContent(reader, box, 12);
  const time = either(fields, 4, u8(fields, 0) === 1);
  if (!Number.isSafeInteger(time)) throw damaged('A decoding time is too large', 'tfdt');
  return time;
}
