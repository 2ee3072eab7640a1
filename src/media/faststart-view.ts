/**
 * A view of a file in which `moov` comes first, without rewriting the file: one small index object, and ranges of the file as it is.
 * Players begin such a file without a second look at its end.
 */
import type { ByteRange } from '../core/index.js';
import type { PackageReader } from '../ports/index.js';
import { type Box, readBox, readChildren, readContent } from './boxes/box.js';
import { damaged, u32 } from './boxes/fields.js';
import type { MediaReader } from './boxes/media-reader.js';
import { openTable, rangeOf, type TableCursor } from './tracks/sample-tables.js';
import type { TableRange, VideoIndex } from './types.js';

/** A file in another order: the index object, then `rest`. */
export interface FaststartView {
  /** Bytes of the whole view, ≥ 1. */
  readonly sizeBytes: number;
  /** Bytes of the index object, ≥ 1: `ftyp`, and `moov` with its offsets moved. */
  readonly indexBytes: number;
  /** What follows the index object: ranges of the file, in order. */
  readonly rest: readonly ByteRange[];
  /** Reads the index object from its start; each reader yields the same bytes. Readers of one view must not overlap. */
  readIndex(): PackageReader;
}

/** Offsets that are written between two looks at the clock. */
const STRETCH = 1_024;

/** Copied bytes of the file, new bytes, or a table of chunk offsets. */
interface Part {
  readonly sizeBytes: number;
  readonly start?: number;
  readonly bytes?: Uint8Array;
  readonly table?: OffsetTable;
}

interface OffsetTable extends TableRange {
  /** Bytes of an offset, in the file and in the view. */
  readonly from: number;
  readonly to: number;
}

/**
 * The view of a file whose `moov` lies behind its media data. `undefined` where there is nothing to gain or it cannot be made: `moov`
 * is in front already, the file is fragmented, or it is encrypted and so has offsets elsewhere too.
 *
 * @throws {ReelwayError} MEDIA_INVALID, SOURCE_CHANGED
 */
export async function faststartView(reader: MediaReader, index: VideoIndex): Promise<FaststartView | undefined> {
  if (index.isMoovFirst || index.isFragmented || index.tracks.some((track) => track.isEncrypted)) return undefined;
  const { sizeBytes } = reader;
  const { start, end } = index.moov;
  const first = await readBox(reader, 0, sizeBytes, true);
  const headEnd = first?.type === 'ftyp' ? first.end : 0;
  const moov = await readBox(reader, start, end);
  // Where offsets may not fit into 32 bits any more, all get 64.
  const parts = moov ? await rewrite(reader, moov, sizeBytes + end - start > 2 ** 32) : [];
  const moovBytes = sizeOf(parts);
  const growth = moovBytes - (end - start);
  const move = (offset: number): number => (offset < headEnd ? offset : offset + (offset < start ? moovBytes : growth));
  return {
    sizeBytes: sizeBytes + growth,
    indexBytes: headEnd + moovBytes,
    rest: [
      { start: headEnd, end: start },
      { start: end, end: sizeBytes },
    ].filter((range) => range.start < range.end),
    readIndex: () => readParts(reader, [{ start: 0, sizeBytes: headEnd }, ...parts], move),
  };
}

/** The parts of a box; its header is written again, so that it may grow. */
async function rewrite(reader: MediaReader, box: Box, isLarge: boolean): Promise<Part[]> {
  if (/^(moov|trak|mdia|minf|stbl)$/.test(box.type)) {
    const parts: Part[] = [];
    for (const child of await readChildren(reader, box)) parts.push(...(await rewrite(reader, child, isLarge)));
    return [header(box.type, sizeOf(parts)), ...parts];
  }
  if (!/^(stco|co64)$/.test(box.type)) return [{ start: box.start, sizeBytes: box.end - box.start }];
  const from = box.type === 'co64' ? 8 : 4;
  const to = isLarge ? 8 : from;
  const table = { ...rangeOf(box, 8, u32(await readContent(reader, box, 8), 4), from), from, to };
  const entries: Part = { table, sizeBytes: table.count * to };
  return [header(to === 8 ? 'co64' : 'stco', entries.sizeBytes + 8), { start: box.body, sizeBytes: 8 }, entries];
}

function header(type: string, contentBytes: number): Part {
  if (contentBytes + 8 >= 2 ** 32) throw damaged(`${type} is too large`, type);
  const bytes = new Uint8Array(8).map((_, at) => (at < 4 ? 0 : type.charCodeAt(at - 4)));
  new DataView(bytes.buffer).setUint32(0, contentBytes + 8);
  return { bytes, sizeBytes: 8 };
}

function sizeOf(parts: readonly Part[]): number {
  return parts.reduce((sum, part) => sum + part.sizeBytes, 0);
}

function readParts(reader: MediaReader, parts: readonly Part[], move: (offset: number) => number): PackageReader {
  let number = 0;
  let done = 0;
  let cursor: TableCursor | undefined;
  const fillPart = async ({ start, bytes, table }: Part, target: Uint8Array): Promise<number> => {
    if (bytes) target.set(bytes.subarray(done, done + target.length));
    if (start !== undefined) await reader.fill(target, start + done);
    if (!table) return target.length;
    cursor ??= openTable(reader, table, table.from);
    return moveOffsets(reader, cursor, table, target, move);
  };
  return {
    fill: async (buffer) => {
      let filled = 0;
      for (let part = parts[number]; part && filled < buffer.length; part = parts[number]) {
        const written = await fillPart(part, buffer.subarray(filled, filled + part.sizeBytes - done));
        filled += written;
        done += written;
        // The last bytes of a buffer may be too few for an offset.
        if (done < part.sizeBytes) break;
        number++;
        done = 0;
        cursor = undefined;
      }
      return filled;
    },
  };
}

/** Writes as many offsets as fit; resolves with their bytes. */
async function moveOffsets(
  reader: MediaReader,
  cursor: TableCursor,
  { from, to }: OffsetTable,
  target: Uint8Array,
  move: (offset: number) => number,
): Promise<number> {
  const view = new DataView(target.buffer, target.byteOffset);
  let at = 0;
  while (at + to <= target.length) {
    await reader.rest();
    await cursor.prepare();
    for (let steps = 0; steps < STRETCH && at + to <= target.length && cursor.take(); steps++) {
      const offset = move(from === 8 ? cursor.u32() * 2 ** 32 + cursor.u32(4) : cursor.u32());
      if (to === 8) view.setUint32(at, offset / 2 ** 32);
      view.setUint32(at + to - 4, offset % 2 ** 32);
      at += to;
    }
  }
  return at;
}
