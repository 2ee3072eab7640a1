/** The boxes of a file's top level: where the index lies, where fragments begin, and what is missing. */
import { type Box, readBox, readContent } from './boxes/box.js';
import { either, u8, u16, u32 } from './boxes/fields.js';
import type { MediaReader } from './boxes/media-reader.js';
import { readTrackFragments } from './samples/fragment-samples.js';
import { openTable, rangeOf } from './tracks/sample-tables.js';
import type { MediaWarning } from './types.js';

/** What the top level holds. */
export interface FileScan {
  readonly moov?: Box;
  /** Where `ftyp` ends; 0 without one. */
  readonly ftypEnd: number;
  /** The first `mdat` box in front of all fragments. */
  readonly mdat?: Box;
  /** Where the first fragment begins. */
  readonly firstFragment?: number;
  /** Where the last `moof` box of each track begins, as far as fragments were looked at. */
  readonly lastFragments: ReadonlyMap<number, number>;
  /** Where the latest fragment ends by `sidx` boxes; 0 without one. */
  readonly indexedSeconds: number;
  readonly warnings: readonly MediaWarning[];
}

/** Boxes of the top level that are looked at, at most: those of a fragmented video of a hundred hours. */
const MAX_BOXES = 1_000_000;
/** Tracks of a file that are indexed, at most. */
export const MAX_TRACKS = 64;

type Scan = { -readonly [Name in keyof FileScan]: FileScan[Name] } & { lastFragments: Map<number, number>; warnings: MediaWarning[] };

/** Walks over the top level by reads of a few bytes; says in `warnings` where it had to stop. */
export async function scanFile(reader: MediaReader): Promise<FileScan> {
  const scan: Scan = { ftypEnd: 0, indexedSeconds: 0, lastFragments: new Map(), warnings: [] };
  for (let position = 0, boxes = 0; position < reader.sizeBytes; boxes++) {
    await reader.rest();
    const box = boxes < MAX_BOXES ? await readBox(reader, position, reader.sizeBytes, true) : undefined;
    if (box === undefined) {
      scan.warnings.push({ kind: 'damaged', message: `There is no box at byte ${position}` });
      break;
    }
    if (scan.firstFragment === undefined && box.type === 'mdat') scan.mdat ??= box;
    const missingBytes = box.end - reader.sizeBytes;
    if (missingBytes > 0) {
      scan.warnings.push({ kind: 'truncated', message: `${box.type} is cut off`, missingBytes });
      break;
    }
    position = await visit(reader, box, scan);
  }
  return scan;
}

/** Takes note of a whole box; resolves with where to go on. */
async function visit(reader: MediaReader, box: Box, scan: Scan): Promise<number> {
  if (box.type === 'ftyp') scan.ftypEnd = box.end;
  if (box.type === 'moov') scan.moov ??= box;
  if (box.type === 'moof') {
    scan.firstFragment ??= box.start;
    for (const { trackId } of await readTrackFragments(reader, box, [])) {
      if (scan.lastFragments.size < MAX_TRACKS) scan.lastFragments.set(trackId, box.start);
    }
  }
  return box.type === 'sidx' && scan.moov ? enterIndex(reader, box, scan) : box.end;
}

/** Takes note of fragments by their index. */
async function enterIndex(reader: MediaReader, box: Box, scan: Scan): Promise<number> {
  const { lastStart, end, endSeconds } = await readSegmentIndex(reader, box);
  // An index that covers more than the file does not say what is there.
  if (lastStart < box.end || end > reader.sizeBytes) return box.end;
  scan.firstFragment ??= box.end;
  scan.indexedSeconds = Math.max(scan.indexedSeconds, endSeconds);
  // The last fragment says when each track ends; those in front of it need not be looked at.
  return lastStart;
}

interface SegmentIndex {
  /** Where the last of its fragments begins. */
  readonly lastStart: number;
  readonly end: number;
  readonly endSeconds: number;
}

/** Where the fragments of a segment index end, in the file and in time. */
async function readSegmentIndex(reader: MediaReader, box: Box): Promise<SegmentIndex> {
  const fields = await readContent(reader, box, 32);
  const isLong = u8(fields, 0) > 0;
  const first = isLong ? 32 : 24;
  let ticks = either(fields, 12, isLong);
  let end = box.end + either(fields, isLong ? 20 : 16, isLong);
  let lastStart = end;
  const cursor = openTable(reader, rangeOf(box, first, u16(fields, first - 2), 12), 12);
  while (cursor.left() > 0) {
    await cursor.prepare();
    while (cursor.take()) {
      lastStart = end;
      end += cursor.u32() & 0x7fffffff;
      ticks += cursor.u32(4);
    }
    await reader.rest();
  }
  return { lastStart, end, endSeconds: ticks / (u32(fields, 8) || 1) };
}
