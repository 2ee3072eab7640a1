/**
 * A view of a file in which `moov` comes first, without rewriting the file: one small index object, and ranges of the file as it is.
 * Players begin such a file without a second look at its end.
 */
import type { ByteRange } from '../core/index.js';
import type { PackageReader } from '../ports/index.js';
import { type Box, findBox, readBox, readChildren, readContent, requireBox } from './boxes.js';
import { damaged, type Fields } from './fields.js';
import type { MediaReader } from './media-reader.js';
import { BATCH, TableCursor } from './sample-tables.js';
import type { VideoIndex } from './types.js';

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

/** Bytes of a file from which on a chunk offset may not fit into 32 bits. */
const LARGE_BYTES = 2 ** 32;

/** Copied bytes of the file, new bytes, or a table of chunk offsets. */
type Part = ByteRange | Uint8Array | OffsetTable;

interface OffsetTable {
  readonly position: number;
  readonly count: number;
  /** Bytes of an offset, in the file and in the view. */
  readonly from: number;
  readonly to: number;
}

/** New bytes in place of those of a range. */
interface Patch extends ByteRange {
  readonly parts: readonly (Uint8Array | OffsetTable)[];
}

/**
 * The view of a file whose `moov` lies behind its media data. `undefined` where there is nothing to gain or it cannot be made: `moov`
 * is in front already, the file is fragmented, or it is encrypted and so has offsets elsewhere too.
 *
 * @throws {ReelwayError} MEDIA_INVALID, SOURCE_CHANGED
 */
export async function faststartView(reader: MediaReader, index: VideoIndex): Promise<FaststartView | undefined> {
  if (index.isMoovFirst || index.isFragmented || index.tracks.some((track) => track.isEncrypted)) return undefined;
  const { sizeBytes } = index;
  const first = await readBox(reader, 0, sizeBytes, true);
  const headEnd = first?.type === 'ftyp' ? first.end : 0;
  const moov = await readBox(reader, index.moov.start, sizeBytes);
  if (moov === undefined) throw damaged('There is no moov box', 'moov');
  const { patches, growth } = await planPatches(reader, moov, sizeBytes + moov.end - moov.start > LARGE_BYTES);
  const moovBytes = moov.end - moov.start + growth;
  const move = (offset: number): number => {
    if (offset < headEnd) return offset;
    return offset + (offset < moov.start ? moovBytes : growth);
  };
  const parts = [{ start: 0, end: headEnd }, ...applyPatches(moov, patches)];
  return {
    sizeBytes: sizeBytes + growth,
    indexBytes: headEnd + moovBytes,
    rest: [
      { start: headEnd, end: moov.start },
      { start: moov.end, end: sizeBytes },
    ].filter(({ start, end }) => start < end),
    readIndex: () => readParts(reader, parts, move),
  };
}

interface PatchPlan {
  readonly patches: readonly Patch[];
  /** Bytes by which `moov` grows. */
  readonly growth: number;
}

async function planPatches(reader: MediaReader, moov: Box, isLarge: boolean): Promise<PatchPlan> {
  const patches: Patch[] = [];
  let growth = 0;
  for (const trak of await readChildren(reader, moov)) {
    if (trak.type !== 'trak') continue;
    const parents = [trak];
    for (const type of ['mdia', 'minf', 'stbl']) {
      parents.push(requireBox(await readChildren(reader, parents[parents.length - 1] ?? trak), type));
    }
    const tables = await readChildren(reader, parents[parents.length - 1] ?? trak);
    const box = findBox(tables, 'stco') ?? requireBox(tables, 'co64');
    const fields = await readContent(reader, box, 8);
    const patch = patchTable(box, fields, isLarge);
    patches.push(patch);
    if (patch.grown !== 0) for (const parent of parents) patches.push(patchSize(parent, patch.grown));
    growth += patch.grown;
  }
  // The header of `moov` may say "to the end", which is true no longer.
  patches.push(patchSize(moov, growth));
  return { patches: patches.sort((a, b) => a.start - b.start), growth };
}

function patchTable(box: Box, fields: Fields, isLarge: boolean): Patch & { readonly grown: number } {
  const from = box.type === 'co64' ? 8 : 4;
  const to = isLarge ? 8 : from;
  const count = fields.u32(4);
  const position = box.body + 8;
  const end = position + count * from;
  if (end > box.end) throw damaged(`${count} offsets do not fit into a ${box.type} box`, box.type);
  const header = new Uint8Array(16);
  const size = header.length + count * to + box.end - end;
  const grown = size - (box.end - box.start);
  const view = new DataView(header.buffer);
  view.setUint32(0, size);
  header.set([...(to === 8 ? 'co64' : 'stco')].map((letter) => letter.charCodeAt(0)), 4);
  view.setUint32(12, count);
  return { start: box.start, end, parts: [header, { position, count, from, to }], grown };
}

function patchSize(box: Box, growth: number): Patch {
  const size = box.end - box.start + growth;
  const isLong = box.body - box.start === 16;
  if (size >= 2 ** 32 && !isLong) throw damaged(`${box.type} is too large`, box.type);
  const bytes = new Uint8Array(isLong ? 8 : 4);
  const view = new DataView(bytes.buffer);
  if (isLong) view.setUint32(0, Math.floor(size / 2 ** 32));
  view.setUint32(isLong ? 4 : 0, size % 2 ** 32);
  const start = box.start + (isLong ? 8 : 0);
  return { start, end: start + bytes.length, parts: [bytes] };
}

function applyPatches(moov: Box, patches: readonly Patch[]): Part[] {
  const parts: Part[] = [];
  let { start } = moov;
  for (const patch of patches) {
    parts.push({ start, end: patch.start }, ...patch.parts);
    start = patch.end;
  }
  return [...parts, { start, end: moov.end }];
}

function readParts(reader: MediaReader, parts: readonly Part[], move: (offset: number) => number): PackageReader {
  let number = 0;
  let done = 0;
  let cursor: TableCursor | undefined;
  /** Writes some of a table; resolves with the bytes written. */
  const writeOffsets = async (table: OffsetTable, target: Uint8Array): Promise<number> => {
    cursor ??= new TableCursor(reader, table, table.from);
    const view = new DataView(target.buffer, target.byteOffset, target.length);
    let at = 0;
    while (cursor.left > 0 && at + table.to <= target.length) {
      await reader.rest();
      await cursor.prepare();
      for (let steps = 0; steps < BATCH && at + table.to <= target.length && cursor.take(); steps++) {
        const offset = move(cursor.read(table.from === 8 ? 'u64' : 'u32'));
        if (table.to === 8) view.setUint32(at, Math.floor(offset / 2 ** 32));
        view.setUint32(at + table.to - 4, offset % 2 ** 32);
        at += table.to;
      }
    }
    return at;
  };
  return {
    fill: async (buffer) => {
      let filled = 0;
      for (let part = parts[number]; part !== undefined; part = parts[number]) {
        const target = buffer.subarray(filled);
        const length = bytesOf(part);
        let written = Math.min(length - done, target.length);
        if (part instanceof Uint8Array) target.set(part.subarray(done, done + written));
        else if ('start' in part) await reader.fill(target.subarray(0, written), part.start + done);
        else written = await writeOffsets(part, target);
        filled += written;
        done += written;
        if (done < length) break;
        number++;
        done = 0;
        cursor = undefined;
      }
      return filled;
    },
  };
}

function bytesOf(part: Part): number {
  if (part instanceof Uint8Array) return part.length;
  return 'start' in part ? part.end - part.start : part.count * part.to;
}
