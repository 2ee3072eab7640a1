/** The boxes of a file's top level: where the index lies, where fragments begin, and what is missing. */
import { type Box, readBox, readContent } from './boxes.js';
import { damaged } from './fields.js';
import { readFragmentTracks } from './fragment-samples.js';
import type { MediaReader } from './media-reader.js';
import { BATCH, TableCursor } from './sample-tables.js';
import type { MediaWarning } from './types.js';

/** What the top level holds. */
export interface FileScan {
  readonly moov: Box;
  /** Where `ftyp` ends; 0 without one. */
  readonly ftypEnd: number;
  /** The first `mdat` box. */
  readonly mdat: Box | undefined;
  /** Where the first fragment begins; `undefined` without fragments. */
  readonly firstFragment: number | undefined;
  /** Where the last `moof` box of each track begins, as far as fragments were looked at. */
  readonly lastFragments: ReadonlyMap<number, number>;
  /** Where the latest fragment ends by `sidx` boxes; 0 without one. */
  readonly indexedSeconds: number;
  readonly warnings: readonly MediaWarning[];
}

/** Boxes of the top level that are looked at, at most: those of a fragmented video of a hundred hours. */
const MAX_BOXES = 1_000_000;
/** Of a `sidx` box. */
const ENTRY_BYTES = 12;
/** Tracks of a file that are indexed, at most. */
export const MAX_TRACKS = 64;

interface ScanState {
  moov?: Box;
  mdat?: Box;
  firstFragment?: number;
  ftypEnd: number;
  indexedSeconds: number;
  lastFragments: Map<number, number>;
  warnings: MediaWarning[];
}

/** Walks over the top level by reads of a few bytes. @throws {ReelwayError} MEDIA_INVALID without a whole `moov` box */
export async function scanFile(reader: MediaReader): Promise<FileScan> {
  const state: ScanState = { ftypEnd: 0, indexedSeconds: 0, lastFragments: new Map(), warnings: [] };
  const { sizeBytes } = reader;
  for (let position = 0, boxes = 0; position < sizeBytes; boxes++) {
    if (boxes === MAX_BOXES) throw damaged(`There are more than ${MAX_BOXES} boxes`);
    await reader.rest();
    const box = await readBox(reader, position, sizeBytes, true);
    if (box === undefined) {
      state.warnings.push({ kind: 'damaged', message: `There is no box at byte ${position}` });
      break;
    }
    if (box.end > sizeBytes) {
      const message = `${box.type} ends at byte ${box.end}, the file at ${sizeBytes}`;
      state.warnings.push({ kind: 'truncated', message, missingBytes: box.end - sizeBytes });
      if (box.type === 'mdat') state.mdat ??= box;
      break;
    }
    position = await visit(reader, box, state);
  }
  const { moov, mdat, firstFragment } = state;
  if (moov === undefined) throw damaged(state.warnings[0]?.message ?? 'There is no moov box', 'moov');
  return { ...state, moov, mdat, firstFragment };
}

/** Takes note of a box; resolves with where to go on. */
async function visit(reader: MediaReader, box: Box, state: ScanState): Promise<number> {
  if (box.type === 'ftyp') state.ftypEnd = box.end;
  if (box.type === 'moov') state.moov ??= box;
  if (box.type === 'mdat') state.mdat ??= box;
  if (box.type === 'sidx' && state.moov !== undefined) {
    const index = await readSegmentIndex(reader, box);
    // An index that covers more than the file does not say what is there.
    if (index.end > box.end && index.end <= reader.sizeBytes) {
      state.firstFragment ??= box.end;
      state.indexedSeconds = Math.max(state.indexedSeconds, index.endSeconds);
      return index.end;
    }
  }
  if (box.type === 'moof') {
    state.firstFragment ??= box.start;
    for (const id of await readFragmentTracks(reader, box)) if (state.lastFragments.size < MAX_TRACKS) state.lastFragments.set(id, box.start);
  }
  return box.end;
}

/** Where the fragments of a segment index end, in the file and in time. */
async function readSegmentIndex(reader: MediaReader, box: Box): Promise<{ end: number; endSeconds: number }> {
  const fields = await readContent(reader, box, 32);
  const isLong = fields.u8(0) > 0;
  let ticks = isLong ? fields.u64(12) : fields.u32(12);
  let end = box.end + (isLong ? fields.u64(20) : fields.u32(16));
  const first = isLong ? 32 : 24;
  const count = fields.u16(first - 2);
  if (first + count * ENTRY_BYTES > box.end - box.body) throw damaged(`${count} entries do not fit into a sidx box`, 'sidx');
  const cursor = new TableCursor(reader, { position: box.body + first, count }, ENTRY_BYTES);
  while (cursor.left > 0) {
    await reader.rest();
    await cursor.prepare();
    for (let steps = 0; steps < BATCH && cursor.take(); steps++) {
      end += cursor.read('u32') & 0x7fffffff;
      ticks += cursor.read('u32', 4);
    }
  }
  return { end, endSeconds: ticks / Math.max(1, fields.u32(8)) };
}
