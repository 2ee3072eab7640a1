/** Where the sample tables of a track lie, and cursors over them that hold one window each. */
import { type Box, findBox, readContent, requireBox } from '../boxes/box.js';
import { damaged, type Fields, u32 } from '../boxes/fields.js';
import type { MediaReader } from '../boxes/media-reader.js';
import type { SampleTables, TableRange } from '../types.js';

/** Finds the tables. @throws {ReelwayError} MEDIA_INVALID where one is missing, or a count is larger than its box */
export async function readTables(reader: MediaReader, boxes: readonly Box[], frameBytes = 1): Promise<SampleTables> {
  const table = async (type: string, entryBytes: number): Promise<TableRange | undefined> => {
    const box = findBox(boxes, type);
    return box && rangeOf(box, 8, u32(await readContent(reader, box, 8), 4), entryBytes);
  };
  const box = requireBox(boxes, 'stsz');
  const fields = await readContent(reader, box, 12);
  const claimed = u32(fields, 8);
  const stated = u32(fields, 4);
  // Old writers say 1 for PCM. No table stands behind this count, so the file's own size has to.
  const fixedBytes = stated === 1 ? frameBytes : stated;
  const sizes = rangeOf(box, 12, fixedBytes ? Math.min(claimed, Math.floor(reader.sizeBytes / fixedBytes)) : claimed, fixedBytes ? 0 : 4);
  const large = await table('co64', 8);
  const [durations, chunkRuns, chunkOffsets] = [await table('stts', 8), await table('stsc', 12), large ?? (await table('stco', 4))];
  if (!(durations && chunkRuns && chunkOffsets)) throw damaged('A sample table is missing', 'stbl');
  return {
    durations,
    compositionOffsets: await table('ctts', 8),
    chunkRuns,
    chunkOffsets,
    chunkOffsetBytes: large ? 8 : 4,
    sizes,
    fixedBytes,
    syncSamples: await table('stss', 4),
  };
}

/** The entries of a table. @throws {ReelwayError} MEDIA_INVALID where they do not fit into the box */
export function rangeOf(box: Box, skip: number, count: number, entryBytes: number): TableRange {
  if (skip + count * entryBytes > box.end - box.body) throw damaged(`${count} entries do not fit into ${box.type}`, box.type);
  return { position: box.body + skip, count };
}

/** Samples that are made between two looks at the tables. */
export const BATCH = 64;
/** Entries that a cursor has ready: one for each of these samples, and one ahead. */
const READY = BATCH + 2;
/** Bytes that one refill brings, at most. */
const REFILL_BYTES = 16_384;

/** Walks over a table. `prepare` reads, everything else only looks, so that samples cost no promise each. */
export interface TableCursor {
  /** Entries that were not taken yet. */
  left(): number;
  /** Has the entries of the next `BATCH` samples at hand. */
  prepare(): Promise<void>;
  /** Moves to the next entry; false where it is not at hand. */
  take(): boolean;
  /** A field of the entry that was taken last; before `prepare` only. */
  u32(field?: number): number;
}

/** A cursor in front of the first entry. Entries of 0 bytes are only counted. */
export function openTable(reader: MediaReader, range: TableRange | undefined, entryBytes: number): TableCursor {
  let { position, count: left } = range ?? { position: 0, count: 0 };
  let fields: Fields | undefined;
  let ready = 0;
  let at = 0;
  return {
    left: () => left,
    prepare: async () => {
      const least = Math.min(READY, left);
      if (ready >= least) return;
      if (entryBytes === 0) ready = left;
      else {
        fields = await reader.window(position, least * entryBytes, Math.min(left * entryBytes, REFILL_BYTES));
        ready = Math.floor(fields.byteLength / entryBytes);
        at = -entryBytes;
      }
    },
    take: () => {
      if (ready === 0) return false;
      ready--;
      left--;
      at += entryBytes;
      position += entryBytes;
      return true;
    },
    u32: (field = 0) => (fields ? u32(fields, at + field) : 0),
  };
}
