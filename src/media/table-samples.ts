/** The samples of a track by the tables in `moov`. */
import { damaged } from './fields.js';
import type { MediaReader } from './media-reader.js';
import { BATCH, TableCursor } from './sample-tables.js';
import type { MediaSample, MediaTrack } from './types.js';

/** Samples in decoding order, some at a time. */
export interface SampleReader {
  /** The next 1 to 64 samples; `undefined` at the end, and again at each call after it. @throws {ReelwayError} MEDIA_INVALID, SOURCE_CHANGED */
  next(): Promise<readonly MediaSample[] | undefined>;
}

/** PCM frames that make one sample, at most: one sample a frame would be 48,000 a second. */
const PCM_FRAMES = 1_024;

/** Where a walk over the tables stands. */
class TableWalk {
  /** The decoding time behind the last sample, before the shift. */
  dts = 0;
  private readonly track: MediaTrack;
  private readonly sizeBytes: number;
  private readonly durations: TableCursor;
  private readonly compositions: TableCursor;
  private readonly chunkRuns: TableCursor;
  private readonly chunks: TableCursor;
  private readonly sizes: TableCursor;
  private readonly syncs: TableCursor;
  private readonly isPcm: boolean;
  private index = 0;
  private duration = { left: 0, ticks: 0 };
  private composition = { left: 0, ticks: 0 };
  private chunk = { number: 0, left: 0, offset: 0 };
  private run = { perChunk: 0, nextFirst: 0, nextPerChunk: 0 };
  private nextSync = 0;

  constructor(reader: MediaReader, track: MediaTrack) {
    const { tables } = track;
    this.track = track;
    this.sizeBytes = reader.sizeBytes;
    this.durations = new TableCursor(reader, tables.durations, 8);
    this.compositions = new TableCursor(reader, tables.compositionOffsets, 8);
    this.chunkRuns = new TableCursor(reader, tables.chunkRuns, 12);
    this.chunks = new TableCursor(reader, tables.chunkOffsets, tables.chunkOffsetBytes);
    // Two sizes of 4 bits share a byte.
    const bytes = tables.sizeBits === 4 ? { ...tables.sizes, count: Math.ceil(tables.sizes.count / 2) } : tables.sizes;
    this.sizes = new TableCursor(reader, bytes, Math.ceil(tables.sizeBits / 8));
    this.syncs = new TableCursor(reader, tables.syncSamples, 4);
    this.isPcm = track.kind === 'audio' && tables.sizeBits === 0 && tables.durations.count === 1;
  }

  async prepare(): Promise<void> {
    for (const cursor of [this.durations, this.compositions, this.chunkRuns, this.chunks, this.sizes, this.syncs]) await cursor.prepare();
  }

  get isOver(): boolean {
    return this.index >= this.track.sampleCount || (this.chunk.left === 0 && this.chunks.left === 0);
  }

  /** Adds the next sample; false where tables have to be read first. */
  step(batch: MediaSample[]): boolean {
    if (this.isOver || !this.enterChunk() || !this.enterRun(this.durations, this.duration, 'u32')) return false;
    if (!this.enterRun(this.compositions, this.composition, 'i32')) return false;
    if (this.nextSync <= this.index && this.syncs.take()) this.nextSync = this.syncs.read('u32');
    const frames = this.isPcm && this.duration.ticks === 1 ? Math.min(PCM_FRAMES, this.chunk.left, this.track.sampleCount - this.index) : 1;
    const sizeBytes = frames * this.takeSize();
    const { offset } = this.chunk;
    const { shiftTicks, tables } = this.track;
    const dts = this.dts + shiftTicks;
    const pts = dts + (this.composition.left > 0 ? this.composition.ticks : 0);
    const isSync = tables.syncSamples === undefined || this.nextSync === this.index + 1;
    // A sample of a truncated file may not be there any more.
    if (offset + sizeBytes <= this.sizeBytes) batch.push({ offset, sizeBytes, dts, pts, duration: frames * this.duration.ticks, isSync });
    this.dts += frames * this.duration.ticks;
    this.index += frames;
    this.chunk.left -= frames;
    this.chunk.offset += sizeBytes;
    this.duration.left -= frames;
    this.composition.left -= frames;
    return true;
  }

  private enterChunk(): boolean {
    if (this.chunk.left > 0) return true;
    if (!this.chunks.take()) return false;
    const number = this.chunk.number + 1;
    const offset = this.chunks.read(this.track.tables.chunkOffsetBytes === 8 ? 'u64' : 'u32');
    if (this.run.nextFirst <= number) this.enterChunkRun(number);
    this.chunk = { number, offset, left: this.run.perChunk };
    return this.chunk.left > 0;
  }

  private enterChunkRun(number: number): void {
    const { run, chunkRuns } = this;
    if (number === 1 && chunkRuns.take()) run.nextPerChunk = chunkRuns.read('u32', 4);
    run.perChunk = run.nextPerChunk;
    const isLast = chunkRuns.left === 0;
    chunkRuns.take();
    run.nextFirst = isLast ? Number.POSITIVE_INFINITY : chunkRuns.read('u32');
    if (run.nextFirst <= number) throw damaged('Numbers of chunks do not rise', 'stsc');
    run.nextPerChunk = isLast ? 0 : chunkRuns.read('u32', 4);
  }

  /** The last entry of a table that is too short goes on, as players do it; without any, all is 0. */
  private enterRun(cursor: TableCursor, run: { left: number; ticks: number }, type: 'u32' | 'i32'): boolean {
    if (run.left > 0 || cursor.left === 0) return true;
    if (!cursor.take()) return false;
    run.left = cursor.read('u32');
    run.ticks = cursor.read(type, 4);
    return run.left > 0;
  }

  private takeSize(): number {
    const { sizeBits, fixedBytes } = this.track.tables;
    if (sizeBits === 0) return fixedBytes;
    if (sizeBits !== 4 || this.index % 2 === 0) this.sizes.take();
    if (sizeBits === 4) return this.index % 2 === 0 ? this.sizes.read('u8') >> 4 : this.sizes.read('u8') & 15;
    return this.sizes.read(sizeBits === 8 ? 'u8' : sizeBits === 16 ? 'u16' : 'u32');
  }
}

/** Samples by the tables in `moov`, and where decoding stands behind them. */
export function readTableSamples(reader: MediaReader, track: MediaTrack): SampleReader & { readonly endTicks: () => number } {
  const walk = new TableWalk(reader, track);
  return {
    endTicks: () => walk.dts,
    next: async () => {
      const batch: MediaSample[] = [];
      while (batch.length === 0 && !walk.isOver) {
        await reader.rest();
        await walk.prepare();
        for (let steps = 0; steps < BATCH && walk.step(batch); ) steps++;
      }
      return batch.length > 0 ? batch : undefined;
    },
  };
}
