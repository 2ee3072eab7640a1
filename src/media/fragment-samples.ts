/** The samples of a track in `moof` boxes. */
import { type Box, findBox, readBox, readChildren, readContent, requireBox } from './boxes.js';
import { damaged } from './fields.js';
import type { MediaReader } from './media-reader.js';
import { BATCH, TableCursor } from './sample-tables.js';
import type { SampleReader } from './table-samples.js';
import type { FragmentDefaults, MediaSample, MediaTrack } from './types.js';

/** `tfhd`: what all runs of a track fragment share. */
interface FragmentHeader {
  readonly trackId: number;
  /** Where data offsets are counted from; `undefined`: from the end of the track fragment before. */
  readonly base: number | undefined;
  /** What its samples have where a run says nothing. */
  readonly defaults: FragmentDefaults;
}

/** `trun`: samples that lie one behind the other. */
interface SampleRun {
  readonly cursor: TableCursor;
  readonly flags: number;
  readonly firstFlags: number | undefined;
  readonly defaults: FragmentDefaults;
  isFirst: boolean;
}

interface SampleFacts extends Pick<MediaSample, 'duration' | 'sizeBytes' | 'isSync'> {
  readonly composition: number;
}

/** Bits of `trun`: which columns there are. */
const DURATIONS = 0x100;
const SIZES = 0x200;
const FLAGS = 0x400;
const COMPOSITIONS = 0x800;
const COLUMNS = [DURATIONS, SIZES, FLAGS, COMPOSITIONS];
/** Sample flags: depends on others, or is no sync sample. */
const NOT_SYNC = 0x1010000;

/** Runs that one `moof` box may have; real ones have a few dozen. */
const MAX_RUNS = 4_096;

/** Which part of the file to walk. */
export interface FragmentRange {
  /** All tracks, since data of one may be found by the sizes of another. */
  readonly tracks: readonly MediaTrack[];
  /** Where a box of the top level begins. */
  readonly start: number;
  readonly end: number;
  /** The decoding time, in ticks before the shift, where the first fragment states none. */
  readonly startTicks: () => number;
}

/** Samples of one track in the fragments of a range, in their order. */
export function readFragmentSamples(reader: MediaReader, track: MediaTrack, range: FragmentRange): SampleReader {
  const walk = new FragmentWalk(reader, track, range);
  return {
    next: async () => {
      for (;;) {
        await reader.rest();
        const batch = await walk.batch();
        if (batch === undefined || batch.length > 0) return batch;
      }
    },
  };
}

class FragmentWalk {
  private readonly reader: MediaReader;
  private readonly track: MediaTrack;
  private readonly range: FragmentRange;
  private position: number;
  private dts: number | undefined;
  /** Where the next sample lies. */
  private offset = 0;
  /** The track fragment that is read, and where its data offsets are counted from. */
  private header: FragmentHeader | undefined;
  private base = 0;
  private runs: { readonly box: Box; readonly header: FragmentHeader; readonly isMine: boolean }[] = [];
  private run: SampleRun | undefined;
  /** Bytes of samples that no table entry stands for; a file has no more of them than bytes. */
  private unlistedBytes = 0;

  constructor(reader: MediaReader, track: MediaTrack, range: FragmentRange) {
    this.reader = reader;
    this.track = track;
    this.range = range;
    this.position = range.start;
  }

  /** Some samples, perhaps none; `undefined` at the end. */
  async batch(): Promise<MediaSample[] | undefined> {
    if (this.run !== undefined && this.run.cursor.left > 0) return this.samplesOf(this.run);
    this.run = undefined;
    const next = this.runs.shift();
    if (next === undefined) return (await this.enterFragment()) ? [] : undefined;
    const run = await this.openRun(next.box, next.header);
    if (next.isMine) this.run = run;
    else this.offset += await this.bytesOf(run);
    return [];
  }

  private async enterFragment(): Promise<boolean> {
    if (this.position >= this.range.end) return false;
    const box = await readBox(this.reader, this.position, this.reader.sizeBytes, true);
    // Where a fragment is cut off the file ends, and the index has said so.
    if (box === undefined || box.end > this.reader.sizeBytes) return false;
    this.position = box.end;
    if (box.type !== 'moof') return true;
    this.offset = box.start;
    for (const traf of await readChildren(this.reader, box)) if (traf.type === 'traf') await this.enterTrack(box, traf);
    // What lies behind the last run of this track does not matter to it.
    while (this.runs.length > 0 && this.runs[this.runs.length - 1]?.isMine === false) this.runs.pop();
    return true;
  }

  private async enterTrack(moof: Box, traf: Box): Promise<void> {
    const boxes = await readChildren(this.reader, traf);
    const header = await readHeader(this.reader, moof, boxes, this.range.tracks);
    const isMine = header.trackId === this.track.id;
    const time = isMine ? findBox(boxes, 'tfdt') : undefined;
    if (time !== undefined) {
      const fields = await readContent(this.reader, time, 12);
      this.dts = fields.u8(0) === 1 ? fields.u64(4) : fields.u32(4);
      if (!Number.isSafeInteger(this.dts)) throw damaged(`The decoding time is ${this.dts}`, 'tfdt');
    }
    for (const box of boxes) if (box.type === 'trun') this.runs.push({ box, header, isMine });
    if (this.runs.length > MAX_RUNS) throw damaged(`A fragment has more than ${MAX_RUNS} runs`, 'moof');
    // Another track's runs matter only to a track fragment that begins where they end.
    if (isMine && header.base !== undefined) this.runs = this.runs.filter((run) => run.isMine);
  }

  private async openRun(box: Box, header: FragmentHeader): Promise<SampleRun> {
    if (this.header !== header) {
      this.header = header;
      this.base = header.base ?? this.offset;
      this.offset = this.base;
    }
    const fields = await readContent(this.reader, box, 16);
    const flags = fields.u32(0) & 0xffffff;
    if (flags & 1) this.offset = this.base + fields.i32(8);
    let at = flags & 1 ? 12 : 8;
    const firstFlags = flags & 4 ? fields.u32(at) : undefined;
    if (flags & 4) at += 4;
    const entryBytes = COLUMNS.filter((bit) => flags & bit).length * 4;
    const claimed = fields.u32(4);
    if (at + claimed * entryBytes > box.end - box.body) throw damaged(`${claimed} samples do not fit into a trun box`, 'trun');
    const count = entryBytes > 0 ? claimed : this.countUnlisted(claimed, header);
    const cursor = new TableCursor(this.reader, { position: box.body + at, count }, entryBytes);
    return { cursor, flags, firstFlags, defaults: header.defaults, isFirst: true };
  }

  private countUnlisted(claimed: number, header: FragmentHeader): number {
    const each = Math.max(1, header.defaults.sizeBytes);
    const count = Math.min(claimed, Math.floor((this.reader.sizeBytes - this.unlistedBytes) / each));
    this.unlistedBytes += count * each;
    return count;
  }

  private async samplesOf(run: SampleRun): Promise<MediaSample[]> {
    await run.cursor.prepare();
    const batch: MediaSample[] = [];
    const { shiftTicks } = this.track;
    this.dts ??= this.range.startTicks();
    for (let steps = 0; steps < BATCH && run.cursor.take(); steps++) {
      const { duration, sizeBytes, isSync, composition } = this.takeSample(run);
      const dts = this.dts + shiftTicks;
      const { offset } = this;
      // A sample of a truncated file may not be there any more.
      if (offset >= 0 && offset + sizeBytes <= this.reader.sizeBytes) {
        batch.push({ offset, sizeBytes, dts, pts: dts + composition, duration, isSync });
      }
      this.dts += duration;
      this.offset += sizeBytes;
      run.isFirst = false;
    }
    return batch;
  }

  private takeSample({ cursor, flags, firstFlags, defaults, isFirst }: SampleRun): SampleFacts {
    let at = 0;
    const column = (bit: number, otherwise: number): number => {
      if ((flags & bit) === 0) return otherwise;
      at += 4;
      return cursor.read('u32', at - 4);
    };
    const duration = column(DURATIONS, defaults.duration);
    const sizeBytes = column(SIZES, defaults.sizeBytes);
    const ownFlags = column(FLAGS, defaults.flags);
    const sampleFlags = isFirst ? (firstFlags ?? ownFlags) : ownFlags;
    const isSync = this.track.kind === 'audio' || (sampleFlags & NOT_SYNC) === 0;
    return { duration, sizeBytes, isSync, composition: flags & COMPOSITIONS ? cursor.read('i32', at) : 0 };
  }

  /** The bytes of all samples of a run of another track. */
  private async bytesOf(run: SampleRun): Promise<number> {
    const { cursor, flags } = run;
    if ((flags & SIZES) === 0) return cursor.left * run.defaults.sizeBytes;
    let sum = 0;
    while (cursor.left > 0) {
      await this.reader.rest();
      await cursor.prepare();
      for (let steps = 0; steps < BATCH && cursor.take(); steps++) sum += cursor.read('u32', flags & DURATIONS ? 4 : 0);
    }
    return sum;
  }
}

async function readHeader(
  reader: MediaReader,
  moof: Box,
  boxes: readonly Box[],
  tracks: readonly MediaTrack[],
): Promise<FragmentHeader> {
  const fields = await readContent(reader, requireBox(boxes, 'tfhd'), 32);
  const flags = fields.u32(0);
  const trackId = fields.u32(4);
  const defaults = tracks.find((track) => track.id === trackId)?.defaults;
  let at = 8;
  const next = (bit: number, bytes: number): number | undefined => {
    if ((flags & bit) === 0) return undefined;
    at += bytes;
    return bytes === 8 ? fields.u64(at - 8) : fields.u32(at - 4);
  };
  const base = next(1, 8) ?? (flags & 0x20000 ? moof.start : undefined);
  next(2, 4);
  const duration = next(8, 4) ?? defaults?.duration ?? 0;
  const sizeBytes = next(16, 4) ?? defaults?.sizeBytes ?? 0;
  return { trackId, base, defaults: { duration, sizeBytes, flags: next(32, 4) ?? defaults?.flags ?? 0 } };
}

/** The tracks that have samples in a `moof` box. */
export async function readFragmentTracks(reader: MediaReader, moof: Box): Promise<number[]> {
  const ids: number[] = [];
  for (const traf of await readChildren(reader, moof)) {
    if (traf.type === 'traf') ids.push((await readContent(reader, requireBox(await readChildren(reader, traf), 'tfhd'), 8)).u32(4));
  }
  return ids;
}
